-- Calling: the counter's cap, the desk's hour, and the order of the line.

-- People at a counter: of a party at most the cap, the others stay in the area.
create or replace function queue._at_counter(o queue.office, counter_id text, cap integer) returns integer
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select coalesce(sum(least(v.party_size, coalesce(_at_counter.cap, v.party_size))), 0)
    from queue.visit as v
    where v.office_id = o.office_id and v.over_at is null and v.counter_id = _at_counter.counter_id and v.state in ('called', 'serving'));
end $$;

-- The hour cap of a desk for a queue: its limit, its rule, how many calls it has used of it at a moment, and when the next may begin (null: now).
create or replace function queue._desk_hour(o queue.office, counter_id text, queue_id text, at timestamptz,
                                            out maximum integer, out hour_rule text, out used integer, out next_at timestamptz)
language plpgsql stable as $$
#variable_conflict use_column
declare
  since timestamptz;
begin
  select h.maximum, h.hour_rule into maximum, hour_rule
  from queue._hour_caps(o, _desk_hour.queue_id, null, queue._day(o, _desk_hour.at)) as h where h.plan is not null;
  if maximum is null then
    return;
  end if;
  since := case hour_rule when 'clock' then date_trunc('hour', _desk_hour.at at time zone o.time_zone) at time zone o.time_zone
           else _desk_hour.at - interval '1 hour' + interval '1 microsecond' end;
  select count(*) into used from queue.stay as s
  where s.office_id = o.office_id and s.counter_id = _desk_hour.counter_id and s.place and s.started_at >= since and s.started_at <= _desk_hour.at;
  if used >= maximum then
    next_at := case hour_rule when 'clock' then since + interval '1 hour'
      else (select s.started_at + interval '1 hour' from queue.stay as s
            where s.office_id = o.office_id and s.counter_id = _desk_hour.counter_id and s.place and s.started_at <= _desk_hour.at
            order by s.started_at desc offset greatest(maximum, 1) - 1 limit 1) end;
  end if;
end $$;

-- Calls a visit that is inside to a counter. Refuses: QS409 counter_closed not_inside counter_full hour_full.
create or replace function queue._call(o queue.office, c queue.counter, visit_id uuid, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit := queue._visit(o.office_id, _call.visit_id);
  q queue.queue;
  cap integer := queue._counter_cap(o, c.counter_id, queue._day(o, _call.now_));
  there integer := queue._at_counter(o, c.counter_id, cap);
  desk record;
  since timestamptz;
  has_place boolean;
  pays boolean;
  cell timestamptz := queue._cell(_call.now_);
  used queue.take[];
begin
  if (select s.state from queue.counter_state as s where s.office_id = o.office_id and s.counter_id = c.counter_id) <> 'open' then
    perform queue._refuse('QS409', 'counter_closed', jsonb_build_object('counter', c.counter_id));
  elsif v.state <> 'inside' or v.area_id <> c.area_id then
    perform queue._refuse('QS409', 'not_inside', jsonb_build_object('state', v.state, 'number', v.number, 'counter', v.counter_id));
  elsif there + least(v.party_size, cap) > cap then
    perform queue._refuse('QS409', 'counter_full', jsonb_build_object('maximum', cap, 'there', there));
  end if;

  select * into q from queue.queue as k where k.office_id = o.office_id and k.queue_id = v.queue_id;
  select * into desk from queue._desk_hour(o, c.counter_id, v.queue_id, _call.now_);
  since := case desk.hour_rule when 'clock' then date_trunc('hour', _call.now_ at time zone o.time_zone) at time zone o.time_zone
           else _call.now_ - interval '1 hour' + interval '1 microsecond' end;

  -- called here before in this hour: the place is still used, or was given back by being absent
  pays := not exists (
    select from queue.stay as s where s.office_id = o.office_id and s.visit_id = v.visit_id and s.counter_id = c.counter_id and s.place
      and s.started_at >= coalesce(since, _call.now_ - interval '1 hour'));
  if pays and desk.maximum is not null and desk.used >= desk.maximum then
    perform queue._refuse('QS409', 'hour_full', jsonb_build_object('maximum', desk.maximum, 'next_at', desk.next_at));
  end if;
  if pays then
    -- who holds a place in a window of this moment brings it along; others need room beside all who hold one
    has_place := exists (
      select from unnest(v.takes) as t
      where t.service_no = v.service_no and not t.used and t.scope = 'place/queue:' || v.queue_id
        and case coalesce(desk.hour_rule, 'clock')
            when 'clock' then date_trunc('hour', t.from_cell at time zone o.time_zone) = date_trunc('hour', _call.now_ at time zone o.time_zone)
            else t.from_cell > cell - interval '1 hour' and t.from_cell < cell + interval '1 hour' end);
    perform queue._give_back(o.office_id, array(
      select t from unnest(v.takes) as t where t.service_no = v.service_no and not t.used and t.scope like 'place/%'));
    update queue.visit as w
    set takes = array(select t from unnest(w.takes) as t where not (t.service_no = v.service_no and not t.used and t.scope like 'place/%'))
    where w.office_id = o.office_id and w.visit_id = v.visit_id;
    if not has_place and not queue._hour_room(o, q.queue_id, q.pool_id, cell) then
      perform queue._refuse('QS409', 'hour_full', jsonb_build_object('maximum', desk.maximum, 'next_at', queue._next_hour_room(o, q, cell)));
    end if;
    used := array[row(v.service_no, 'place/queue:' || q.queue_id, cell, cell + interval '5 minutes', 1, true)::queue.take,
                  row(v.service_no, 'place/branch', cell, cell + interval '5 minutes', 1, true)::queue.take];
    if q.pool_id is not null then
      used := used || row(v.service_no, 'place/pool:' || q.pool_id, cell, cell + interval '5 minutes', 1, true)::queue.take;
    end if;
    perform queue._take_more(o.office_id, v.visit_id, used);
  end if;
  perform queue._move(o.office_id, v.visit_id, 'called', _call.now_, _call.actor, '', c.counter_id, pays);
end $$;

-- The first cell of today with room for one more hour place; null: none today.
create or replace function queue._next_hour_room(o queue.office, q queue.queue, cell timestamptz) returns timestamptz
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select min(g.cell) from queue._hours(o, queue._day(o, _next_hour_room.cell)) as h
    cross join lateral generate_series(greatest(_next_hour_room.cell + interval '5 minutes', h.opens), h.closes - interval '5 minutes', interval '5 minutes') as g (cell)
    where queue._hour_room(o, q.queue_id, q.pool_id, g.cell));
end $$;

-- An absent call gives its hour place back; false: it had used none, being called again at that desk in that hour.
create or replace function queue._unuse_place(o queue.office, v queue.visit) returns boolean
language plpgsql as $$
#variable_conflict use_column
declare
  called queue.stay;
begin
  update queue.stay as s set place = false
  where s.office_id = o.office_id and s.visit_id = v.visit_id and s.place and s.stay_no = (
    select max(t.stay_no) from queue.stay as t where t.office_id = o.office_id and t.visit_id = v.visit_id and t.state = 'called')
  returning s.* into called;
  if not found then
    return false;
  end if;
  perform queue._give_back(o.office_id, array(
    select t from unnest(v.takes) as t where t.used and t.service_no = v.service_no and t.from_cell = queue._cell(called.started_at)));
  update queue.visit as w
  set takes = array(select t from unnest(w.takes) as t
                    where not (t.used and t.service_no = v.service_no and t.from_cell = queue._cell(called.started_at)))
  where w.office_id = o.office_id and w.visit_id = v.visit_id;
  return true;
end $$;

-- A called visit goes back to its place in the line: its counter closes or pauses. The call is undone, its hour place too.
create or replace function queue._uncall(o queue.office, counter_id text, now_ timestamptz, actor text, reason text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit;
begin
  if exists (select from queue.visit as w where w.office_id = o.office_id and w.over_at is null and w.counter_id = _uncall.counter_id and w.state = 'serving') then
    perform queue._refuse('QS409', 'still_serving', jsonb_build_object('counter', _uncall.counter_id));
  end if;
  for v in
    select w.* from queue.visit as w
    where w.office_id = o.office_id and w.over_at is null and w.counter_id = _uncall.counter_id and w.state = 'called'
  loop
    if queue._unuse_place(o, v) then
      perform queue._hold_place(o, queue._visit(o.office_id, v.visit_id), _uncall.now_);
    end if;
    perform queue._move(o.office_id, v.visit_id, 'inside', _uncall.now_, _uncall.actor, _uncall.reason);
  end loop;
end $$;

-- An uncalled visit holds a place in the hour of this moment.
create or replace function queue._hold_place(o queue.office, v queue.visit, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  cell timestamptz := queue._cell(_hold_place.now_);
begin
  perform queue._take_more(o.office_id, v.visit_id, array(
    select row(v.service_no, s.scope, cell, cell + interval '5 minutes', 1, false)::queue.take
    from queue.queue as q
    cross join lateral (values ('place/queue:' || q.queue_id), ('place/branch'), ('place/pool:' || q.pool_id)) as s (scope)
    where q.office_id = o.office_id and q.queue_id = v.queue_id and s.scope is not null));
end $$;

-- Out of one queue into another: what the rest of this service took goes back, the new queue's first run is taken; if none is left today, none.
create or replace function queue._transfer(o queue.office, v queue.visit, queue_id text, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  given queue.take[];
  legs queue.leg[];
  minutes integer;
  run timestamptz;
begin
  given := array(select t from unnest(v.takes) as t where t.service_no = v.service_no and not t.used and t.scope not like 'area:%');
  perform queue._give_back(o.office_id, given);
  update queue.visit as w
  set takes = array(select t from unnest(v.takes) as t where not (t.service_no = v.service_no and not t.used and t.scope not like 'area:%')),
      queue_id = _transfer.queue_id
  where w.office_id = o.office_id and w.visit_id = v.visit_id;
  update queue.visit_service as s set queue_id = _transfer.queue_id
  where s.office_id = o.office_id and s.visit_id = v.visit_id and s.service_no = v.service_no
  returning s.minutes into minutes;
  perform queue._move(o.office_id, v.visit_id, 'inside', _transfer.now_, _transfer.actor, 'transfer');

  select array[row(1, null, q.queue_id, q.pool_id, q.area_id, 1, minutes, 0)::queue.leg] into legs
  from queue.queue as q where q.office_id = o.office_id and q.queue_id = _transfer.queue_id;
  run := queue._first_run(o, legs, _transfer.now_, true);
  if run is not null then
    perform queue._take_more(o.office_id, v.visit_id, array(
      select row(v.service_no, s.scope, run, run + make_interval(mins => s.minutes), 1, false)::queue.take
      from queue.queue as q
      cross join lateral (values ('queue:' || q.queue_id, minutes), ('pool:' || q.pool_id, minutes),
                                 ('place/queue:' || q.queue_id, 5), ('place/pool:' || q.pool_id, 5), ('place/branch', 5)) as s (scope, minutes)
      where q.office_id = o.office_id and q.queue_id = _transfer.queue_id and s.scope is not null));
  else
    update queue.visit as w set attention = 'cannot_be_served_today' where w.office_id = o.office_id and w.visit_id = v.visit_id;
  end if;
end $$;

create or replace function queue._counter_json(o queue.office, c queue.counter, at timestamptz) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  s queue.counter_state;
  desk record;
begin
  select * into s from queue.counter_state as k where k.office_id = o.office_id and k.counter_id = c.counter_id;
  select d.maximum, d.used, d.next_at into desk
  from unnest(c.queues) as q (queue_id) cross join lateral queue._desk_hour(o, c.counter_id, q.queue_id, _counter_json.at) as d
  where d.maximum is not null order by d.maximum limit 1;
  return jsonb_build_object('counter', c.counter_id, 'name_vi', c.name_vi, 'name_en', c.name_en, 'where_vi', c.where_vi, 'where_en', c.where_en,
    'area', c.area_id, 'state', coalesce(s.state, 'closed'), 'reason', coalesce(s.reason, ''), 'until', s.until, 'since', s.since, 'queues', c.queues,
    'maximum', queue._counter_cap(o, c.counter_id, queue._day(o, _counter_json.at)),
    'next_at', desk.next_at, 'left_this_hour', desk.maximum - desk.used,
    'visits', (select coalesce(jsonb_agg(queue._visit_json(o, v, _counter_json.at) order by v.state_at), '[]') from queue.visit as v
               where v.office_id = o.office_id and v.over_at is null and v.counter_id = c.counter_id and v.state in ('called', 'serving')));
end $$;

-- The line of a counter's queues in calling order; a number whose slip nobody has yet is not callable and stands in its place all the same.
create or replace function queue._call_line(o queue.office, queues text[], at timestamptz)
returns table (visit_id uuid, number text, callable boolean, place bigint)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
    select s.visit_id, s.number, s.callable, row_number() over (order by s.class, s.since, s.number_count, s.number, s.visit_id)
    from queue._standing(o, _call_line.at) as s
    where s.line = 'call' and s.queue_id = any (_call_line.queues)
    order by 4;
end $$;

-- Opens, pauses or closes a counter; a queue left without one tells staff and its line.
create or replace function queue._set_counter(c queue.counter, state text, reason text, until timestamptz, now_ timestamptz, actor text) returns jsonb
language plpgsql as $$
#variable_conflict use_column
declare
  o queue.office;
  q text;
begin
  select * into o from queue.office where office_id = c.office_id;
  if _set_counter.state <> 'open' then
    perform queue._uncall(o, c.counter_id, _set_counter.now_, _set_counter.actor, 'counter ' || _set_counter.state);
  end if;
  insert into queue.counter_state as s (office_id, counter_id, state, since, reason, until, actor)
  values (c.office_id, c.counter_id, _set_counter.state, _set_counter.now_, coalesce(_set_counter.reason, ''), _set_counter.until, _set_counter.actor)
  on conflict (office_id, counter_id) do update
  set state = excluded.state, since = excluded.since, reason = excluded.reason, until = excluded.until, actor = excluded.actor;
  perform queue._event(o.office_id, _set_counter.now_, _set_counter.actor, 'counter ' || _set_counter.state, null,
    jsonb_build_object('counter', c.counter_id, 'reason', _set_counter.reason, 'until', _set_counter.until));
  if _set_counter.state <> 'open' then
    foreach q in array c.queues loop
      if queue._unattended(o, q, _set_counter.now_) then
        perform queue._event(o.office_id, _set_counter.now_, _set_counter.actor, 'queue unattended', null, jsonb_build_object('queue', q));
        perform queue._job(o.office_id, 'queue_unattended', v.visit_id, _set_counter.now_, jsonb_build_object('queue', q))
        from queue.visit as v
        where v.office_id = o.office_id and v.over_at is null and v.queue_id = q and v.state in ('arrived', 'invited', 'inside');
      end if;
    end loop;
  end if;

  perform queue._end(o.office_id, _set_counter.now_);
  return queue._counter_json(o, c, _set_counter.now_);
end $$;
