-- What an office asks at its door, who calls for help there, and what somebody without a booked time is promised.

create or replace function queue._door_manner(office_id integer) returns jsonb
language sql stable as $$
  select jsonb_build_object('entry_check', coalesce(d.entry_check, false), 'one_number', coalesce(d.one_number, false),
    'question_vi', coalesce(d.question_vi, ''), 'question_en', coalesce(d.question_en, ''))
  from (select) as one left join queue.door as d on d.office_id = _door_manner.office_id
$$;

create or replace function queue._entry_check(office_id integer) returns boolean
language sql stable as $$
  select coalesce((select d.entry_check from queue.door as d where d.office_id = _entry_check.office_id), false)
$$;

-- Whether this visit still needs the word that its people passed the entry check. Who was outside for long, or left, is checked again.
create or replace function queue._unchecked(o queue.office, v queue.visit) returns boolean
language sql stable as $$
  select queue._entry_check(o.office_id)
    and (not v.checked or v.state = 'left' or v.stepped_out or v.state = 'parked' and v.parked = 'away')
$$;

-- Calls for help nobody has answered, of the last half hour.
create or replace function queue._help_json(office_id integer, at timestamptz) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('help_id', h.help_id, 'device', h.device, 'asked_at', h.asked_at) order by h.asked_at), '[]')
  from queue.help as h
  where h.office_id = _help_json.office_id and h.answered_at is null and h.asked_at > _help_json.at - interval '30 minutes'
$$;

-- Who holds this number, where the office gives one per person: known for the day.
create or replace function queue._remember_person(o queue.office, now_ timestamptz, visit_id uuid, person bytea) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  if _remember_person.person is not null and (select d.one_number from queue.door as d where d.office_id = o.office_id) then
    delete from queue.walk_in_person as w where w.office_id = o.office_id and w.day < queue._day(o, _remember_person.now_);
    delete from queue.person_key as k where k.office_id = o.office_id and k.day < queue._day(o, _remember_person.now_);
    insert into queue.walk_in_person (office_id, day, person, visit_id)
    values (o.office_id, queue._day(o, _remember_person.now_), _remember_person.person, _remember_person.visit_id)
    on conflict do nothing;
  end if;
end $$;

-- Takes for a number given now, its run and whether the hour made it wait. Null run: none before closing. `sold`: how many of the places that a box
-- counts as sold are this visitor's own.
create or replace function queue._promise(o queue.office, services jsonb, now_ timestamptz, heads integer, sold integer default 0,
                                          out run timestamptz, out later boolean, out takes queue.take[])
language plpgsql stable as $$
#variable_conflict use_column
declare
  legs queue.leg[] := array(select l from queue._legs(o, _promise.services) as l);
  unhurried timestamptz := queue._first_run(o, legs, _promise.now_, false, _promise.sold);
  period record;
begin
  run := queue._first_run(o, legs, _promise.now_, true, _promise.sold);
  if run is null then
    return;
  end if;
  takes := queue._takes(o, _promise.services, run, _promise.heads);

  -- come back: the hour is full, or nothing is left before the break
  select * into period from queue._hours(o, queue._day(o, _promise.now_)) as h where h.closes > _promise.now_ order by h.opens limit 1;
  later := run > unhurried or run >= period.closes;
end $$;

-- A visitor at the door without a booked time is given what was promised: a number now, or a kept window later today. The visit row is there.
-- `enter` or `wait_outside` is decided by who has become `inside`.
create or replace function queue._number_or_window(
  o queue.office, visit_id uuid, now_ timestamptz, actor text, run timestamptz, later boolean, takes queue.take[], out decision text, out reason text)
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit := queue._visit(o.office_id, _number_or_window.visit_id);
  state text;
begin
  perform queue._take_more(o.office_id, v.visit_id, array(
    select row(t.service_no + v.service_no - 1, t.scope, t.from_cell, t.to_cell, t.amount, t.used)::queue.take from unnest(_number_or_window.takes) as t));
  if _number_or_window.later then
    update queue.visit as w
    set promised = true, starts_at = _number_or_window.run, arrived_at = null,
        ends_at = least(_number_or_window.run + make_interval(mins => o.window_minutes), (
          select h.closes from queue._hours(o, queue._day(o, _number_or_window.run)) as h where h.closes > _number_or_window.run order by h.opens limit 1))
    where w.office_id = o.office_id and w.visit_id = v.visit_id;
    perform queue._move(o.office_id, v.visit_id, 'booked', _number_or_window.now_, _number_or_window.actor, 'window');
    decision := 'come_back';
    reason := case when _number_or_window.run >= (
        select h.closes from queue._hours(o, queue._day(o, _number_or_window.now_)) as h where h.closes > _number_or_window.now_ order by h.opens limit 1)
      then 'after_break' else 'hour_full' end;
    return;
  end if;

  perform queue._at_door(o, v.visit_id, _number_or_window.now_, _number_or_window.actor);
  select w.state into state from queue.visit as w where w.office_id = o.office_id and w.visit_id = v.visit_id;
  decision := case state when 'arrived' then 'wait_outside' else 'enter' end;
end $$;

-- Whether this visit left by somebody's word: the place in line is given up. Whoever was not seen, or did not hear, keeps it for the day.
create or replace function queue._gave_up(v queue.visit) returns boolean
language sql stable as $$
  select v.state = 'left' and coalesce((
    select s.reason = 'leave' from queue.stay as s
    where s.office_id = v.office_id and s.visit_id = v.visit_id order by s.stay_no desc limit 1), false)
$$;

-- The visit stands at the door: it gets its number and goes in at once if there is room and nobody ahead fits.
create or replace function queue._at_door(o queue.office, visit_id uuid, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  perform queue._give_number(o.office_id, _at_door.visit_id, _at_door.now_);
  update queue.visit as w set arrived_at = case when queue._gave_up(w) then _at_door.now_ else coalesce(w.arrived_at, _at_door.now_) end
  where w.office_id = o.office_id and w.visit_id = _at_door.visit_id;
  perform queue._move(o.office_id, _at_door.visit_id, 'arrived', _at_door.now_, _at_door.actor);
  perform queue._admit_all(o.office_id, _at_door.now_, _at_door.visit_id);
end $$;

-- What a missed visit gave back: its booked cells, and hour places that are not past.
create or replace function queue._takes_missed(o queue.office, v queue.visit, now_ timestamptz) returns queue.take[]
language plpgsql stable as $$
#variable_conflict use_column
declare
  cell timestamptz := queue._cell(_takes_missed.now_);
begin
  return array(
    select case when t.scope like 'place/%' and t.from_cell < cell
      then row(t.service_no, t.scope, cell, cell + interval '5 minutes', t.amount, t.used)::queue.take else t end
    from unnest(queue._takes(o, queue._services(o.office_id, v.visit_id, 1), v.starts_at, v.booked_party)) as t);
end $$;

-- A door's answer, the visit in it as it stands after the command.
create or replace function queue._decision(o queue.office, decision text, reason text, visit_id uuid, now_ timestamptz, facts jsonb) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  v queue.visit;
begin
  select * into v from queue.visit as w where w.office_id = o.office_id and w.visit_id = _decision.visit_id;
  return jsonb_build_object('decision', _decision.decision, 'reason', _decision.reason)
    || case when v.visit_id is null then '{"visit": null, "number": null}'
       else jsonb_build_object('visit', queue._visit_json(o, v, _decision.now_), 'number', v.number, 'code', v.code, 'token', encode(v.token, 'hex'),
                               'area', queue._area_json(o, v.area_id, _decision.now_)) end
    || case when _decision.decision = 'come_back'
       then jsonb_build_object('come_back', jsonb_build_object('starts_at', v.starts_at, 'ends_at', v.ends_at)) else '{}' end
    || _decision.facts;
end $$;
