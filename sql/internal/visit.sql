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
