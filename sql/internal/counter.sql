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

-- The calls that used an hour place up to a moment, at a desk (no counter: in the whole branch), of the hour or the 60 minutes before it, and when
-- the next may begin (null: now).
create or replace function queue._hour_used(o queue.office, counter_id text, hour_rule text, maximum integer, at timestamptz,
                                            out used integer, out next_at timestamptz)
language plpgsql stable as $$
#variable_conflict use_column
declare
  since timestamptz := queue._hour_since(o, _hour_used.hour_rule, _hour_used.at);
begin
  select count(*) into used from queue.stay as s
  where s.office_id = o.office_id and s.state = 'called' and s.place and s.started_at >= since and s.started_at <= _hour_used.at
    and (_hour_used.counter_id is null or s.counter_id = _hour_used.counter_id);
  if used >= _hour_used.maximum then
    next_at := case _hour_used.hour_rule when 'clock' then since + interval '1 hour'
      else (select s.started_at + interval '1 hour' from queue.stay as s
            where s.office_id = o.office_id and s.state = 'called' and s.place and s.started_at >= since and s.started_at <= _hour_used.at
              and (_hour_used.counter_id is null or s.counter_id = _hour_used.counter_id)
            order by s.started_at desc offset greatest(_hour_used.maximum, 1) - 1 limit 1) end;
  end if;
end $$;

-- The first moment that counts: the full hour, or just less than 60 minutes ago.
create or replace function queue._hour_since(o queue.office, hour_rule text, at timestamptz) returns timestamptz
language sql stable as $$
  select case _hour_since.hour_rule when 'clock' then date_trunc('hour', _hour_since.at at time zone o.time_zone) at time zone o.time_zone
         else _hour_since.at - interval '1 hour' + interval '1 microsecond' end
$$;

-- The hour cap of a desk for a queue: its limit, its rule, how many calls it has used of it at a moment, and when the next may begin (null: now).
create or replace function queue._desk_hour(o queue.office, counter_id text, queue_id text, at timestamptz,
                                            out maximum integer, out hour_rule text, out used integer, out next_at timestamptz)
language plpgsql stable as $$
#variable_conflict use_column
begin
  select h.maximum, h.hour_rule into maximum, hour_rule
  from queue._hour_caps(o, _desk_hour.queue_id, null, queue._day(o, _desk_hour.at)) as h where h.plan is not null;
  if maximum is not null then
    select u.used, u.next_at into used, next_at from queue._hour_used(o, _desk_hour.counter_id, hour_rule, maximum, _desk_hour.at) as u;
  end if;
end $$;

-- Whether a call at this desk uses an hour place, and why it may not be made now (null facts: it may). `skipped`: others in the line hold places
-- that this visit would take from them, so it waits and they may be called.
create or replace function queue._hour_refusal(o queue.office, c queue.counter, v queue.visit, now_ timestamptz,
                                               out pays boolean, out facts jsonb, out skipped boolean)
language plpgsql stable as $$
#variable_conflict use_column
declare
  q queue.queue;
  desk record;
  branch record;
  desks integer;
  cell timestamptz := queue._cell(_hour_refusal.now_);
begin
  skipped := false;
  select * into q from queue.queue as k where k.office_id = o.office_id and k.queue_id = v.queue_id;
  select * into desk from queue._desk_hour(o, c.counter_id, v.queue_id, _hour_refusal.now_);

  -- called here before in this hour for the same service: the place is still used, or was given back by being absent
  pays := not exists (
    select from queue.stay as s where s.office_id = o.office_id and s.visit_id = v.visit_id and s.counter_id = c.counter_id and s.place
      and s.started_at >= queue._hour_since(o, coalesce(desk.hour_rule, 'any-60-minutes'), _hour_refusal.now_)
      and s.stay_no > (select coalesce(max(t.stay_no), 0) from queue.stay as t
                       where t.office_id = o.office_id and t.visit_id = v.visit_id and t.reason in ('transfer', 'next service')));
  if not pays then
    return;
  elsif desk.used >= desk.maximum then
    facts := jsonb_build_object('maximum', desk.maximum, 'next_at', desk.next_at);
    return;
  end if;
  select h.maximum, u.used, u.next_at into branch
  from queue._hour_caps(o, q.queue_id, q.pool_id, queue._day(o, _hour_refusal.now_)) as h
  cross join lateral queue._hour_used(o, null, h.hour_rule, h.maximum, _hour_refusal.now_) as u
  where h.plan is null;
  if branch.used >= branch.maximum then
    facts := jsonb_build_object('maximum', branch.maximum, 'next_at', branch.next_at);
    return;
  end if;

  -- who holds a place in a window brings it along; in the others there must be room beside all who hold one
  select count(*) into desks from queue.counter as k
  join queue.counter_state as s on s.office_id = k.office_id and s.counter_id = k.counter_id
  where k.office_id = o.office_id and s.state = 'open' and q.queue_id = any (k.queues);
  skipped := exists (
    select from queue._windows(o, q.queue_id, q.pool_id, cell, desks) as w
    where not exists (
        select from unnest(v.takes) as t
        where t.service_no = v.service_no and not t.used and t.scope = w.scope and t.from_cell >= w.from_cell and t.from_cell < w.to_cell)
      and w.maximum < 1 + (
        select coalesce(sum(u.taken), 0) from queue.usage as u
        where u.office_id = o.office_id and u.scope = w.scope and u.cell >= w.from_cell and u.cell < w.to_cell));
  if skipped then
    facts := jsonb_build_object('maximum', coalesce(desk.maximum, branch.maximum), 'next_at', queue._next_hour_room(o, q, cell));
  end if;
end $$;

-- Calls a visit that is inside to a counter. Refuses: QS409 counter_closed not_inside counter_full hour_full recount_first.
create or replace function queue._call(o queue.office, c queue.counter, visit_id uuid, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit := queue._visit(o.office_id, _call.visit_id);
  q queue.queue;
  cap integer := queue._counter_cap(o, c.counter_id, queue._day(o, _call.now_));
  there integer := queue._at_counter(o, c.counter_id, cap);
  hour record;
  cell timestamptz := queue._cell(_call.now_);
begin
  perform queue._counted(o.office_id);
  if (select s.state from queue.counter_state as s where s.office_id = o.office_id and s.counter_id = c.counter_id) <> 'open' then
    perform queue._refuse('QS409', 'counter_closed', jsonb_build_object('counter', c.counter_id));
  elsif v.state <> 'inside' or v.area_id <> c.area_id then
    perform queue._refuse('QS409', 'not_inside', jsonb_build_object('state', v.state, 'number', v.number, 'counter', v.counter_id));
  elsif there + least(v.party_size, cap) > cap then
    perform queue._refuse('QS409', 'counter_full', jsonb_build_object('maximum', cap, 'there', there));
  end if;

  select * into hour from queue._hour_refusal(o, c, v, _call.now_);
  if hour.facts is not null then
    perform queue._refuse('QS409', 'hour_full', hour.facts);
  end if;

  -- the place held until now becomes the one used
  perform queue._give_back(o.office_id, array(
    select t from unnest(v.takes) as t where t.service_no = v.service_no and not t.used and t.scope like 'place/%'));
  update queue.visit as w
  set takes = array(select t from unnest(w.takes) as t where not (t.service_no = v.service_no and not t.used and t.scope like 'place/%'))
  where w.office_id = o.office_id and w.visit_id = v.visit_id;
  if hour.pays then
    select * into q from queue.queue as k where k.office_id = o.office_id and k.queue_id = v.queue_id;
    perform queue._take_more(o.office_id, v.visit_id, array(
      select row(v.service_no, s.scope, cell, cell + interval '5 minutes', 1, true)::queue.take
      from (values ('place/queue:' || q.queue_id), ('place/branch'), ('place/pool:' || q.pool_id)) as s (scope) where s.scope is not null));
  end if;
  perform queue._move(o.office_id, v.visit_id, 'called', _call.now_, _call.actor, '', c.counter_id, hour.pays);
  perform queue._message(o.office_id, 'called', v.visit_id, _call.now_, jsonb_build_object('since', _call.now_));
  perform queue._tell_near(o, c.queues, _call.now_);
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

-- Back in the line after a call that gave its place back: it holds the next free one, as a number given now would.
create or replace function queue._hold_again(o queue.office, v queue.visit, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  q queue.queue;
  cell timestamptz := queue._cell(_hold_again.now_);
begin
  if exists (select from unnest(v.takes) as t where t.service_no = v.service_no and not t.used and t.scope like 'place/%') then
    return;
  end if;
  select * into q from queue.queue as k where k.office_id = o.office_id and k.queue_id = v.queue_id;
  if not queue._hour_room(o, q.queue_id, q.pool_id, cell) then
    cell := queue._next_hour_room(o, q, cell);
  end if;
  if cell is not null then
    perform queue._hold_place(o, v, cell);
  end if;
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
  ends timestamptz;
  stays_until timestamptz;
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
    -- expected in the room of the new queue until then, too: who is there already stays longer
    ends := run + make_interval(mins => minutes + (o.usual_wait_minutes + 4) / 5 * 5);
    select t.to_cell into stays_until from unnest(v.takes) as t where not t.used and t.scope = 'area:' || legs[1].area_id;
    if stays_until is null then
      perform queue._take_more(o.office_id, v.visit_id, array[
        row(v.service_no, 'area:' || legs[1].area_id, run, ends, v.booked_party, false)::queue.take]);
    elsif stays_until < ends then
      perform queue._add_usage(o.office_id, array(
        select row(t.service_no, t.scope, t.to_cell, ends, t.amount, false)::queue.take
        from unnest(v.takes) as t where t.scope = 'area:' || legs[1].area_id));
      update queue.visit as w
      set takes = array(select case when t.scope = 'area:' || legs[1].area_id
                          then row(t.service_no, t.scope, t.from_cell, ends, t.amount, t.used)::queue.take else t end from unnest(w.takes) as t)
      where w.office_id = o.office_id and w.visit_id = v.visit_id;
    end if;
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
    'taken', queue._taken_json(o, c.counter_id, _counter_json.at),
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
  set state = excluded.state, since = excluded.since, reason = excluded.reason, until = excluded.until, actor = excluded.actor,
      clerk = case when excluded.state = 'closed' then '' else s.clerk end;
  perform queue._event(o.office_id, _set_counter.now_, _set_counter.actor, 'counter ' || _set_counter.state, null,
    jsonb_build_object('counter', c.counter_id, 'reason', _set_counter.reason, 'until', _set_counter.until));
  if _set_counter.state <> 'open' then
    foreach q in array c.queues loop
      if queue._unattended(o, q, _set_counter.now_) then
        perform queue._event(o.office_id, _set_counter.now_, _set_counter.actor, 'queue unattended', null, jsonb_build_object('queue', q));
        perform queue._message(o.office_id, 'queue_unattended', v.visit_id, _set_counter.now_, jsonb_build_object('queue', q))
        from queue.visit as v
        where v.office_id = o.office_id and v.over_at is null and v.queue_id = q and v.state in ('arrived', 'invited', 'inside');
      end if;
    end loop;
  end if;

  perform queue._end(o.office_id, _set_counter.now_);
  return queue._counter_json(o, c, _set_counter.now_);
end $$;
