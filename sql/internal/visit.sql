-- A visit moves from stay to stay; the ledger keeps each with its times, counter and actor.

-- Ends the open stay and begins the next. `at` is when it happened, which for what time decided may lie before now.
create or replace function queue._move(
  office_id integer, visit_id uuid, state text, at timestamptz, actor text,
  reason text default '', counter_id text default null, place boolean default false) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit;
  stay_no integer;
begin
  update queue.visit as w
  set state = _move.state, state_at = _move.at, counter_id = _move.counter_id,
      over_at = case when _move.state in ('cancelled', 'missed', 'void', 'left') then _move.at end,
      parked = case when _move.state = 'parked' then w.parked end
  where w.office_id = _move.office_id and w.visit_id = _move.visit_id
  returning w.* into strict v;

  update queue.stay as s set ended_at = greatest(_move.at, s.started_at)
  where s.office_id = _move.office_id and s.visit_id = _move.visit_id and s.ended_at is null;
  select coalesce(max(s.stay_no), 0) + 1 into stay_no from queue.stay as s
  where s.office_id = _move.office_id and s.visit_id = _move.visit_id;
  if v.over_at is not null and v.person is not null then
    perform queue._unclaim(v.office_id, v.visit_id);
  end if;

  insert into queue.stay (office_id, visit_id, stay_no, state, present, area_id, queue_id, counter_id, heads, place, started_at, ended_at, actor, reason)
  values (_move.office_id, _move.visit_id, stay_no, _move.state,
          _move.state in ('invited', 'inside', 'called', 'serving', 'absent', 'done') or (_move.state = 'parked' and v.parked = 'here'),
          v.area_id, v.queue_id, _move.counter_id, v.party_size, _move.place, _move.at, v.over_at, _move.actor, _move.reason);
end $$;

-- The visit is over: its last stay ends and what it takes goes to whoever waits, or back (a finished visit keeps its cells, which are past).
create or replace function queue._gone(office_id integer, visit_id uuid, at timestamptz, actor text, reason text) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  update queue.visit as v set over_at = _gone.at
  where v.office_id = _gone.office_id and v.visit_id = _gone.visit_id and v.state = 'done';
  if found then
    update queue.stay as s set ended_at = greatest(_gone.at, s.started_at),
      reason = case when _gone.reason = '' then s.reason else _gone.reason end
    where s.office_id = _gone.office_id and s.visit_id = _gone.visit_id and s.ended_at is null;
    perform queue._unclaim(_gone.office_id, _gone.visit_id);
    return;
  end if;
  perform queue._move(_gone.office_id, _gone.visit_id, 'left', _gone.at, _gone.actor, _gone.reason);
  perform queue._pass_back(o, v, _gone.at)
  from queue.visit as v join queue.office as o on o.office_id = v.office_id
  where v.office_id = _gone.office_id and v.visit_id = _gone.visit_id;
  update queue.visit_service as s set state = 'left'
  where s.office_id = _gone.office_id and s.visit_id = _gone.visit_id and s.state = 'waiting';
end $$;

-- Letter of the first queue and a count per office, day and queue, from a locked row. A number once given is kept for the day.
create or replace function queue._give_number(office_id integer, visit_id uuid, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  o queue.office;
  v queue.visit;
  today date;
  letter text;
  count_ integer;
begin
  select * into o from queue.office where office_id = _give_number.office_id;
  select * into v from queue.visit where office_id = _give_number.office_id and visit_id = _give_number.visit_id;
  today := queue._day(o, _give_number.now_);
  if v.number_day = today then
    -- shown at the door again after a failed slip: a new one is on its way
    update queue.visit as w set slip = 'pending', slip_at = _give_number.now_
    where w.office_id = v.office_id and w.visit_id = v.visit_id and w.slip = 'failed';
    return;
  end if;

  insert into queue.number as n (office_id, day, queue_id, last) values (v.office_id, today, v.queue_id, 1)
  on conflict (office_id, day, queue_id) do update set last = n.last + 1
  returning n.last into count_;
  select q.letter into letter from queue.queue as q where q.office_id = v.office_id and q.queue_id = v.queue_id;
  update queue.visit as w
  set number_day = today, number_queue = v.queue_id, number_count = count_, number = letter || lpad(count_::text, greatest(3, length(count_::text)), '0'),
      slip = 'pending', slip_at = _give_number.now_
  where w.office_id = v.office_id and w.visit_id = v.visit_id;
end $$;

-- Everybody who waits, outside for a door or inside for a call, with what the one rule of order looks at:
-- walk-ins that wait longer than 45 minutes; priority; bookings and kept windows once within 5 minutes of their time; the rest by arrival; ties by number.
create or replace function queue._standing(o queue.office, at timestamptz)
returns table (visit_id uuid, line text, area_id text, queue_id text, class integer, since timestamptz, number_count integer, number text,
               heads integer, booked boolean, callable boolean, yields boolean)
language plpgsql stable as $$
#variable_conflict use_column
declare
  entry_check boolean := queue._entry_check(o.office_id);
begin
  return query
    select v.visit_id,
      case when v.stepped_out or v.state = 'arrived' and entry_check and not v.checked then 'out' when v.state = 'arrived' or v.area_id <> q.area_id then 'door' else 'call' end,
      q.area_id, v.queue_id, r.class,
      case when r.class = 3 then v.starts_at else v.arrived_at end,
      v.number_count, v.number, v.party_size, v.booked and v.starts_at is not null,
      v.slip <> 'pending' or v.slip_at + make_interval(mins => o.slip_minutes) <= _standing.at, v.yields
    from queue.visit as v
    join queue.queue as q on q.office_id = v.office_id and q.queue_id = v.queue_id
    cross join lateral (
      select case
        when v.starts_at is null and v.arrived_at + make_interval(mins => o.overdue_minutes) < _standing.at then 1
        when v.priority <> '' then 2
        when v.starts_at is not null and v.starts_at - make_interval(mins => o.due_minutes) <= _standing.at then 3
        else 4 end as class) as r
    where v.office_id = o.office_id and v.over_at is null and v.state in ('arrived', 'inside');
end $$;

-- Heads of booked visits that are not in, from 15 minutes before their time until they are late, those who wait outside included, however long;
-- not who has stepped out and stays away.
create or replace function queue._headroom(o queue.office, area_id text, at timestamptz) returns integer
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select coalesce(sum(v.party_size), 0)
    from queue.visit as v
    where v.office_id = o.office_id and v.over_at is null and v.state in ('booked', 'arrived') and v.booked and v.starts_at is not null
      and v.area_id = _headroom.area_id
      and v.starts_at - make_interval(mins => o.headroom_minutes) <= _headroom.at
      and (v.state = 'arrived' and not v.stepped_out or v.starts_at + make_interval(mins => o.lateness_minutes) >= _headroom.at)
  );
end $$;

-- Nobody is let in before the door opens or after closing. Who was put outside for the break is not fetched before it is over.
create or replace function queue._door_open(o queue.office, at timestamptz) returns boolean
language plpgsql stable as $$
#variable_conflict use_column
begin
  return exists (
    select from queue._hours(o, queue._day(o, _door_open.at)) as h
    where h.opens - case when o.lunch = 'arrived' and exists (select from queue._hours(o, queue._day(o, _door_open.at)) as b where b.closes <= h.opens)
                    then interval '0' else make_interval(mins => o.earliness_minutes) end <= _door_open.at
      and _door_open.at < h.closes);
end $$;

-- The next to go in: the first of the door line who fits. A smaller party may pass a first that does not fit for 10 minutes; then freed places are
-- kept for the first. A booked visitor whose place was kept by the headroom passes nobody. Null: nobody may go in.
create or replace function queue._next_in(o queue.office, area_id text, at timestamptz) returns uuid
language plpgsql as $$
#variable_conflict use_column
declare
  w record;
  cap_everyone integer;
  cap_walk_in integer;
  present integer;
  headroom integer;
  state queue.area_state;
  fits boolean;
  first uuid;
  first_hard boolean;
  first_number text;
  kept boolean := false;
begin
  cap_everyone := queue._area_cap(o, _next_in.area_id, queue._day(o, _next_in.at), true);
  cap_walk_in := queue._area_cap(o, _next_in.area_id, queue._day(o, _next_in.at), false);
  present := queue._present(o, _next_in.area_id, _next_in.at);
  headroom := queue._headroom(o, _next_in.area_id, _next_in.at);
  select * into state from queue.area_state as a where a.office_id = o.office_id and a.area_id = _next_in.area_id;

  for w in
    select * from queue._standing(o, _next_in.at) as s where s.line = 'door' and s.area_id = _next_in.area_id
    order by s.yields, s.class, s.since, s.number_count, s.number, s.visit_id
  loop
    fits := case when w.booked then cap_everyone is null or present + w.heads <= cap_everyone
                 else cap_walk_in is null or present + w.heads + headroom <= cap_walk_in end;
    if fits and (not kept or (w.booked and not first_hard)) then
      if first is not null and not (w.booked and not first_hard) then
        update queue.visit as v set passed = v.passed || (w.number || ' ' || to_char(_next_in.at at time zone o.time_zone, 'HH24:MI'))
        where v.office_id = o.office_id and v.visit_id = first;
        update queue.visit as v set passed = v.passed || (first_number || ' ' || to_char(_next_in.at at time zone o.time_zone, 'HH24:MI'))
        where v.office_id = o.office_id and v.visit_id = w.visit_id;
        perform queue._event(o.office_id, _next_in.at, 'system', 'passed', w.visit_id, jsonb_build_object('first', first_number, 'number', w.number));
      end if;
      -- who goes out and comes again starts anew
      update queue.area_state as a set blocked_visit = null, blocked_since = null
      where a.office_id = o.office_id and a.area_id = _next_in.area_id and a.blocked_visit = w.visit_id;
      return w.visit_id;
    end if;
    if not fits and first is null then
      first := w.visit_id;
      first_number := w.number;
      first_hard := present + w.heads > case when w.booked then cap_everyone else cap_walk_in end;
      if state.blocked_visit is distinct from first then
        update queue.area_state as a set blocked_visit = first, blocked_since = _next_in.at
        where a.office_id = o.office_id and a.area_id = _next_in.area_id;
      else
        kept := state.blocked_since + make_interval(mins => o.pass_minutes) <= _next_in.at;
      end if;
    end if;
  end loop;
  return null;
end $$;

-- Fetches from outside everybody there is room for, in order. One who stands at the door now is inside at once; the others are invited.
create or replace function queue._admit_all(office_id integer, at timestamptz, at_door uuid default null) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  o queue.office;
  a record;
  next_ uuid;
  v queue.visit;
  left_room boolean;
begin
  if not exists (select from queue.visit as w where w.office_id = _admit_all.office_id and w.over_at is null and w.state = 'arrived')
     and not exists (select from queue.visit as w join queue.queue as q on q.office_id = w.office_id and q.queue_id = w.queue_id
                     where w.office_id = _admit_all.office_id and w.over_at is null and w.state = 'inside' and w.area_id <> q.area_id) then
    return;
  end if;
  select * into o from queue.office where office_id = _admit_all.office_id;
  if not queue._door_open(o, _admit_all.at)
     or exists (select from queue.floor as f where f.office_id = o.office_id and (f.side = 'hub' and f.box_id is not null or f.uncounted <> '{}')) then
    return;
  end if;

  loop
    left_room := false;
    for a in select r.area_id from queue.area as r where r.office_id = o.office_id order by r.position, r.area_id loop
      loop
        next_ := queue._next_in(o, a.area_id, _admit_all.at);
        exit when next_ is null;
        select * into v from queue.visit as w where w.office_id = o.office_id and w.visit_id = next_;
        if not v.yields then
          update queue.visit as w set yields = false
          where w.office_id = o.office_id and w.over_at is null and w.yields and w.state = 'arrived' and w.area_id = a.area_id;
        end if;
        update queue.visit as w set area_id = a.area_id, yields = false,
          invitations = w.invitations + case when v.state = 'arrived' and next_ is distinct from _admit_all.at_door then 1 else 0 end
        where w.office_id = o.office_id and w.visit_id = next_;
        if v.state = 'arrived' and next_ is distinct from _admit_all.at_door then
          perform queue._move(o.office_id, next_, 'invited', _admit_all.at, 'system');
          perform queue._message(o.office_id, 'invited', next_, _admit_all.at, jsonb_build_object('since', _admit_all.at));
        else
          left_room := left_room or v.state = 'inside';
          perform queue._move(o.office_id, next_, 'inside', _admit_all.at, 'system');
        end if;
      end loop;
    end loop;
    exit when not left_room;  -- who went on into another room left a place in this one
  end loop;
end $$;

-- The answer to whoever holds the visit or works with it: no name, no phone.
create or replace function queue._visit_json(o queue.office, v queue.visit, at timestamptz) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  me record;
  ahead integer;
  why jsonb := '[]'::jsonb;
begin
  if v.over_at is null and v.state in ('arrived', 'inside') then
    select * into me from queue._standing(o, _visit_json.at) as s where s.visit_id = v.visit_id;
    select case when me.line <> 'out' then count(s.visit_id) end,
      coalesce(jsonb_agg(jsonb_build_object('number', s.number, 'because',
        case when me.yields and not s.yields then 'invitation_lapsed'
             when s.class < me.class then (array['waited_long', 'priority', 'booked_time'])[s.class]
             when s.class = 3 then 'earlier_time' else 'came_earlier' end)
        order by s.yields, s.class, s.since, s.number_count) filter (where s.number is not null), '[]')
    into ahead, why
    from queue._standing(o, _visit_json.at) as s
    where me.line <> 'out' and s.line = me.line and s.area_id = me.area_id and (me.line = 'door' or s.queue_id = me.queue_id)
      and (s.yields, s.class, s.since, s.number_count, s.number, s.visit_id)
        < (me.yields, me.class, me.since, me.number_count, me.number, me.visit_id);
  end if;
  return jsonb_build_object(
      'visit_id', v.visit_id, 'code', v.code, 'number', v.number, 'state', v.state, 'state_at', v.state_at, 'day', v.day,
      'starts_at', v.starts_at, 'ends_at', v.ends_at, 'booked', v.booked, 'promised', v.promised, 'party_size', v.party_size,
      'priority', v.priority, 'needs', v.needs, 'language', v.language, 'channel', v.channel,
      'named', v.person is not null, 'held_until', v.held_until)
    || jsonb_build_object(
      'queue', v.queue_id, 'area', v.area_id, 'counter', v.counter_id, 'parked', v.parked, 'slip', v.slip, 'arrived_at', v.arrived_at,
      'revision', v.revision, 'attention', v.attention, 'passed', v.passed, 'ahead', ahead, 'why', why,
      'expected_at', (select min(t.from_cell) from unnest(v.takes) as t where t.service_no = v.service_no and t.scope = 'queue:' || v.queue_id),
      'services', (
        select coalesce(jsonb_agg(jsonb_build_object('service', s.service_id, 'name_vi', d.name_vi, 'name_en', d.name_en, 'queue', s.queue_id,
          'quantity', s.quantity, 'minutes', s.minutes, 'state', s.state) order by s.service_no), '[]')
        from queue.visit_service as s
        left join queue.service as d on d.office_id = s.office_id and d.service_id = s.service_id
        where s.office_id = v.office_id and s.visit_id = v.visit_id));
end $$;

-- The same, read again: for the end of a command.
create or replace function queue._answer(office_id integer, visit_id uuid, at timestamptz) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  o queue.office;
  v queue.visit;
begin
  select * into o from queue.office where office_id = _answer.office_id;
  select * into v from queue.visit where office_id = _answer.office_id and visit_id = _answer.visit_id;
  return queue._visit_json(o, v, _answer.at);
end $$;

-- Locked with the office already, so a plain read. Refuses: QS404 no_such_visit.
create or replace function queue._visit(office_id integer, visit_id uuid) returns queue.visit
language plpgsql stable as $$
#variable_conflict use_column
declare
  v queue.visit;
begin
  select * into v from queue.visit where office_id = _visit.office_id and visit_id = _visit.visit_id;
  if not found then
    perform queue._refuse('QS404', 'no_such_visit', '{}');
  end if;
  return v;
end $$;

create or replace function queue._area_json(o queue.office, area_id text, at timestamptz) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
begin
  return jsonb_build_object('area', _area_json.area_id, 'present', queue._present(o, _area_json.area_id, _area_json.at),
    'staff', queue._staff(o, _area_json.area_id, _area_json.at),
    'cap', queue._area_cap(o, _area_json.area_id, queue._day(o, _area_json.at), true),
    'unnamed', (select count(*) from queue.unnamed_stay as u
                where u.office_id = o.office_id and u.area_id = _area_json.area_id and u.ended_at is null))
    || (select jsonb_build_object('name_vi', a.name_vi, 'name_en', a.name_en) from queue.area as a
        where a.office_id = o.office_id and a.area_id = _area_json.area_id);
end $$;

-- The services of a visit from one of them on, as they were asked for.
create or replace function queue._services(office_id integer, visit_id uuid, from_no integer) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('service', s.service_id, 'quantity', s.quantity) order by s.service_no), '[]')
    from queue.visit_service as s
    where s.office_id = _services.office_id and s.visit_id = _services.visit_id and s.service_no >= _services.from_no);
end $$;

create or replace function queue._revoke(office_id integer, visit_id uuid, revision integer, reason text, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  insert into queue.revocation (office_id, revocation_no, visit_id, revision, reason, at)
  select _revoke.office_id, coalesce(max(r.revocation_no), 0) + 1, _revoke.visit_id, _revoke.revision, _revoke.reason, _revoke.now_
  from queue.revocation as r where r.office_id = _revoke.office_id;
end $$;

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
    update queue.visit as w set promised = true, starts_at = _number_or_window.run, ends_at = _number_or_window.run + make_interval(mins => o.window_minutes)
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

-- The visit stands at the door: it gets its number and goes in at once if there is room and nobody ahead fits.
create or replace function queue._at_door(o queue.office, visit_id uuid, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  perform queue._give_number(o.office_id, _at_door.visit_id, _at_door.now_);
  update queue.visit as w set arrived_at = coalesce(w.arrived_at, _at_door.now_)
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

-- Any sign of life of a slip not yet confirmed makes its number callable.
create or replace function queue._slip_seen(o queue.office, visit_id uuid, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  update queue.visit as w set slip = 'printed', slip_at = _slip_seen.now_
  where w.office_id = o.office_id and w.visit_id = _slip_seen.visit_id and w.slip in ('pending', 'unconfirmed', 'failed');
end $$;

-- A slip that never reached anybody: the number stays, kept as void; a booked visit goes back to its booking while its time lasts.
create or replace function queue._void(o queue.office, visit_id uuid, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit := queue._visit(o.office_id, _void.visit_id);
begin
  update queue.visit as w set slip = 'failed', slip_at = _void.now_ where w.office_id = o.office_id and w.visit_id = v.visit_id;
  if v.booked and v.starts_at is not null then
    update queue.visit as w set arrived_at = null, yields = false where w.office_id = o.office_id and w.visit_id = v.visit_id;
    perform queue._move(o.office_id, v.visit_id, 'booked', _void.now_, _void.actor, 'slip void');
    perform queue._hold_again(o, queue._visit(o.office_id, v.visit_id), _void.now_);
  else
    perform queue._move(o.office_id, v.visit_id, 'void', _void.now_, _void.actor, 'slip void');
    perform queue._pass_back(o, v, _void.now_);
  end if;
end $$;

-- A void or left visit of today is there after all: its number and arrival hold, new cells are taken where there are any.
create or replace function queue._restore(o queue.office, visit_id uuid, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit := queue._visit(o.office_id, _restore.visit_id);
  p record;
begin
  update queue.visit_service as s set state = 'waiting' where s.office_id = o.office_id and s.visit_id = v.visit_id and s.state = 'left';
  select * into p from queue._promise(o, queue._services(o.office_id, v.visit_id, v.service_no), _restore.now_, v.party_size);
  if p.run is not null and not p.later then
    perform queue._take_more(o.office_id, v.visit_id, (
      select array_agg(row(t.service_no + v.service_no - 1, t.scope, t.from_cell, t.to_cell, t.amount, t.used)::queue.take) from unnest(p.takes) as t));
  end if;
  update queue.visit as w set starts_at = null, ends_at = null, promised = false, over_at = null, yields = false, invitations = 0,
    slip = case when w.slip in ('failed', 'pending', 'unconfirmed') then 'said' else w.slip end
  where w.office_id = o.office_id and w.visit_id = v.visit_id;
end $$;

create or replace function queue._revive(o queue.office, visit_id uuid, now_ timestamptz, actor text) returns void
language plpgsql as $$
begin
  perform queue._restore(o, _revive.visit_id, _revive.now_);
  perform queue._at_door(o, _revive.visit_id, _revive.now_, _revive.actor);
end $$;

-- The visitor has the number: printed, on the phone or said. A void number of today is there again, and a booked visit that had lost its slip too.
create or replace function queue._slip_given(o queue.office, visit_id uuid, word text, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit := queue._visit(o.office_id, _slip_given.visit_id);
begin
  update queue.visit as w set slip = _slip_given.word, slip_at = _slip_given.now_
  where w.office_id = o.office_id and w.visit_id = v.visit_id and w.slip <> 'none';
  if v.state = 'void' and v.number_day = queue._day(o, _slip_given.now_) and v.attention <> 'wrong_person' then
    perform queue._revive(o, v.visit_id, _slip_given.now_, _slip_given.actor);
  elsif v.state = 'booked' and v.booked and v.slip = 'failed' and v.number_day = queue._day(o, _slip_given.now_) then
    perform queue._at_door(o, v.visit_id, _slip_given.now_, _slip_given.actor);
  end if;
end $$;

-- What a booking was answered when it was made. A move remembers it before the visit forgets.
create or replace function queue._booking_answer(v queue.visit) returns jsonb
language plpgsql stable as $$
begin
  return jsonb_build_object('visit_id', v.visit_id, 'code', v.code, 'token', encode(v.token, 'hex'), 'state', 'booked',
    'starts_at', v.starts_at, 'ends_at', v.ends_at, 'day', v.day, 'party_size', v.booked_party, 'language', v.language, 'revision', 1, 'number', null)
    || case when v.held_until is null then '{}'::jsonb else jsonb_build_object('state', 'held', 'held_until', v.held_until) end;
end $$;

-- When this call was last said again, flashing on the visitor's own phone too. Null: never, or not called. Long ago is as never: it may be said again.
create or replace function queue._recalled_at(v queue.visit) returns timestamptz
language sql stable as $$
  select max(e.at) from queue.event as e
  where v.state = 'called' and e.office_id = v.office_id and e.kind = 'recalled' and e.visit_id = v.visit_id and e.at >= v.state_at
    and e.event_no > (select t.last_event - 1000 from queue.office_state as t where t.office_id = v.office_id)
$$;
