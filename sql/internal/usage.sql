-- Cells: what a booking or a number takes, what is left, and the first run with room (RULES.md, Cells and Hour places).

-- The services of a visit one after another: whole cells, quantity counted. A service that is unknown, or asked for in a quantity nobody can
-- bring, has no queue.
create or replace function queue._legs(o queue.office, services jsonb)
returns setof queue.leg
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
    with asked as (
      select a.n::integer as n, a.value ->> 'service' as service, coalesce((a.value ->> 'quantity')::integer, 1) as quantity
      from jsonb_array_elements(_legs.services) with ordinality as a (value, n)
    ), sized as (
      select a.n, a.service, q.queue_id, q.pool_id, q.area_id, a.quantity, (s.minutes * a.quantity + 4) / 5 * 5 as minutes
      from asked as a
      left join queue.service as s on s.office_id = o.office_id and s.service_id = a.service and not s.retired
        and a.quantity between 1 and 100
      left join queue.queue as q on q.office_id = s.office_id and q.queue_id = s.queue_id
    )
    select z.n, z.service, z.queue_id, z.pool_id, z.area_id, z.quantity, z.minutes,
      (coalesce(sum(z.minutes) over (order by z.n rows between unbounded preceding and 1 preceding), 0))::integer
    from sized as z order by z.n;
end $$;

-- What a visit with these services at this time takes. Heads are multiplied in by the caller: amount 0 stands for one per head.
create or replace function queue._takes(o queue.office, services jsonb, starts_at timestamptz, heads integer) returns queue.take[]
language plpgsql stable as $$
begin
  return queue._takes_of(o, array(select l from queue._legs(o, services) as l order by l.service_no), starts_at, heads);
end $$;

create or replace function queue._takes_of(o queue.office, legs queue.leg[], starts_at timestamptz, heads integer) returns queue.take[]
language plpgsql stable as $$
declare
  leg queue.leg;
  takes queue.take[] := '{}'::queue.take[];
  areas text[] := '{}'::text[];
  from_ timestamptz;
  to_ timestamptz;
  wait interval := make_interval(mins => (o.usual_wait_minutes + 4) / 5 * 5);
begin
  foreach leg in array legs loop
    from_ := starts_at + make_interval(mins => leg.after_minutes);
    to_ := from_ + make_interval(mins => leg.minutes);
    takes := takes || row(leg.service_no, 'queue:' || leg.queue_id, from_, to_, 1, false)::queue.take
                   || row(leg.service_no, 'place/queue:' || leg.queue_id, from_, from_ + '5 minutes', 1, false)::queue.take
                   || row(leg.service_no, 'place/branch', from_, from_ + '5 minutes', 1, false)::queue.take;
    if leg.pool_id is not null then
      takes := takes || row(leg.service_no, 'pool:' || leg.pool_id, from_, to_, 1, false)::queue.take
                     || row(leg.service_no, 'place/pool:' || leg.pool_id, from_, from_ + '5 minutes', 1, false)::queue.take;
    end if;
    if not leg.area_id = any (areas) then
      areas := areas || leg.area_id;
      takes := takes || row(leg.service_no, 'area:' || leg.area_id, from_, to_ + wait, heads, false)::queue.take;
    else
      for i in 1 .. cardinality(takes) loop
        if takes[i].scope = 'area:' || leg.area_id then takes[i].to_cell := to_ + wait; end if;
      end loop;
    end if;
  end loop;
  return takes;
end $$;

-- What each cell of those takes may hold (null: no limit), and what is taken. Hour places are asked of _windows.
create or replace function queue._cells(o queue.office, takes queue.take[])
returns table (scope text, cell timestamptz, per_head boolean, maximum integer, cap text)
language plpgsql stable as $$
#variable_conflict use_column
declare
  shared boolean := queue._floor_elsewhere(o.office_id);
begin
  return query
    select t.scope, c.cell, t.scope like 'area:%',
      case when t.scope like 'area:%'
        then queue._area_cap(o, substr(t.scope, 6), queue._day(o, c.cell), true) - queue._planned(o, 'staff:' || substr(t.scope, 6), c.cell)
        when shared then p.planned - queue._walk_in_share(o, p.planned, c.cell)
        else p.planned end,
      case when t.scope like 'area:%' then 'present' when t.scope like 'pool:%' then 'pool' else 'queue' end
    from unnest(_cells.takes) as t
    cross join lateral generate_series(t.from_cell, t.to_cell - interval '5 minutes', interval '5 minutes') as c (cell)
    cross join lateral (select case when t.scope not like 'area:%' then queue._planned(o, t.scope, c.cell) end as planned) as p
    where t.scope not like 'place/%';
end $$;

-- The windows of 60 minutes in which an hour place taken at `cell` must find room. A call counts the desks that are there if they are more than planned.
create or replace function queue._windows(o queue.office, queue_id text, pool_id text, cell timestamptz, desks integer default 0)
returns table (scope text, from_cell timestamptz, to_cell timestamptz, maximum integer)
language plpgsql stable as $$
#variable_conflict use_column
declare
  h record;
  shared boolean := queue._floor_elsewhere(o.office_id);
begin
  for h in select * from queue._hour_caps(o, _windows.queue_id, _windows.pool_id, queue._day(o, _windows.cell)) loop
    scope := h.scope;
    maximum := least(1000000, h.maximum::bigint
      * case when h.plan is null then 1 else greatest(queue._planned(o, h.plan, _windows.cell), _windows.desks) end);
    if shared then
      maximum := maximum - maximum * o.walk_in_share / 100;
    end if;
    if h.hour_rule = 'clock' then
      from_cell := date_trunc('hour', _windows.cell at time zone o.time_zone) at time zone o.time_zone;
      to_cell := from_cell + interval '1 hour';
      return next;
    else
      for i in 0 .. 11 loop
        from_cell := _windows.cell - make_interval(mins => 5 * i);
        to_cell := from_cell + interval '1 hour';
        return next;
      end loop;
    end if;
  end loop;
end $$;

-- Room for one more hour place at `cell` in every window that contains it; true where no hour cap binds.
create or replace function queue._hour_room(o queue.office, queue_id text, pool_id text, cell timestamptz) returns boolean
language plpgsql stable as $$
begin
  return not exists (
    select from queue._windows(o, _hour_room.queue_id, _hour_room.pool_id, _hour_room.cell) as w
    where w.maximum < 1 + queue._unheard_places(o, w.scope, w.from_cell, w.to_cell, w.maximum) + (
      select coalesce(sum(u.taken), 0) from queue.usage as u
      where u.office_id = o.office_id and u.scope = w.scope and u.cell >= w.from_cell and u.cell < w.to_cell)
  );
end $$;

create or replace function queue._add_usage(office_id integer, takes queue.take[]) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  insert into queue.usage as u (office_id, scope, cell, taken)
  select _add_usage.office_id, t.scope, c.cell, sum(t.amount)
  from unnest(_add_usage.takes) as t
  cross join lateral generate_series(t.from_cell, t.to_cell - interval '5 minutes', interval '5 minutes') as c (cell)
  group by t.scope, c.cell
  order by t.scope, c.cell
  on conflict (office_id, scope, cell) do update set taken = u.taken + excluded.taken;
end $$;

create or replace function queue._give_back(office_id integer, takes queue.take[]) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  update queue.usage as u set taken = u.taken - g.amount
  from (
    select t.scope, c.cell, sum(t.amount) as amount
    from unnest(_give_back.takes) as t
    cross join lateral generate_series(t.from_cell, t.to_cell - interval '5 minutes', interval '5 minutes') as c (cell)
    group by t.scope, c.cell
  ) as g
  where u.office_id = _give_back.office_id and u.scope = g.scope and u.cell = g.cell;
end $$;

-- Everything a visit takes goes back; used hour places stay used.
create or replace function queue._release(office_id integer, visit_id uuid) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit;
begin
  select * into v from queue.visit where office_id = _release.office_id and visit_id = _release.visit_id;
  perform queue._give_back(_release.office_id, array(select t from unnest(v.takes) as t where not t.used));
  update queue.visit set takes = array(select t from unnest(v.takes) as t where t.used)
  where office_id = _release.office_id and visit_id = _release.visit_id;
end $$;

-- What a served visit (or one service of it) still took of cells that have not begun goes back: it was quicker than planned.
create or replace function queue._give_back_rest(office_id integer, visit_id uuid, service_no integer, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  next_ timestamptz := queue._cell(_give_back_rest.now_) + interval '5 minutes';
  takes queue.take[];
begin
  select v.takes into takes from queue.visit as v where v.office_id = _give_back_rest.office_id and v.visit_id = _give_back_rest.visit_id;
  perform queue._give_back(_give_back_rest.office_id, array(
    select row(t.service_no, t.scope, greatest(t.from_cell, next_), t.to_cell, t.amount, t.used)::queue.take
    from unnest(takes) as t
    where not t.used and t.to_cell > next_ and (_give_back_rest.service_no is null or t.service_no = _give_back_rest.service_no and t.scope not like 'area:%')));
  update queue.visit as v set takes = array(
    select case when kept.whole then kept.t else row((kept.t).service_no, (kept.t).scope, (kept.t).from_cell, next_, (kept.t).amount, (kept.t).used)::queue.take end
    from (select t, t.used or t.to_cell <= next_ or not (_give_back_rest.service_no is null or t.service_no = _give_back_rest.service_no and t.scope not like 'area:%') as whole
          from unnest(takes) as t) as kept
    where kept.whole or (kept.t).from_cell < next_)
  where v.office_id = _give_back_rest.office_id and v.visit_id = _give_back_rest.visit_id;
end $$;

create or replace function queue._take_more(office_id integer, visit_id uuid, takes queue.take[]) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  perform queue._add_usage(_take_more.office_id, _take_more.takes);
  update queue.visit as v set takes = v.takes || _take_more.takes
  where office_id = _take_more.office_id and visit_id = _take_more.visit_id;
end $$;

-- When a number given now could be served: the first run with room in queue, pool and hour, behind those whose time is past and who still wait,
-- that ends before the break or closing. Asked without the hour, a later run with it means that the hour is full.
create or replace function queue._first_run(o queue.office, legs queue.leg[], at timestamptz, with_hour boolean, sold integer default 0) returns timestamptz
language plpgsql stable as $$
#variable_conflict use_column
declare
  first_leg queue.leg := legs[1];
  total integer := (select sum(l.minutes) from unnest(legs) as l);
  period record;
  candidate timestamptz;
  earliest timestamptz;
  overdue integer;
  counters integer;
  back_at timestamptz;
  room boolean[];
begin
  earliest := queue._cell(_first_run.at);

  -- those ahead whose own time has come and who are still uncalled push the number back
  select coalesce(sum(s.minutes), 0) into overdue
  from queue.visit as v
  join queue.visit_service as s on s.office_id = v.office_id and s.visit_id = v.visit_id and s.service_no = v.service_no
  join lateral unnest(v.takes) as t on t.service_no = v.service_no and t.scope = 'queue:' || v.queue_id
  where v.office_id = o.office_id and v.over_at is null and v.state in ('arrived', 'invited', 'inside')
    and (v.queue_id = first_leg.queue_id or v.queue_id in (select q.queue_id from queue.queue as q
                                                           where q.office_id = o.office_id and q.pool_id = first_leg.pool_id))
    and t.to_cell <= earliest;
  counters := greatest(1, queue._planned(o, coalesce('pool:' || first_leg.pool_id, 'queue:' || first_leg.queue_id), _first_run.at));
  earliest := earliest + make_interval(mins => 5 * ((overdue / counters + 4) / 5));

  -- while every counter of the queue pauses, the first that comes back
  select case when bool_and(c.state = 'paused') then min(c.until) end into back_at
  from queue._counters_of(o, first_leg.queue_id, _first_run.at) as c where c.state <> 'closed';
  if back_at is not null then
    earliest := greatest(earliest, queue._cell(back_at + interval '4 minutes 59 seconds'));
  end if;

  for period in select h.* from queue._hours(o, queue._day(o, _first_run.at)) as h where h.closes > _first_run.at loop
    candidate := greatest(earliest, queue._cell(period.opens + interval '4 minutes 59 seconds'));
    if candidate < _first_run.at and _first_run.at + make_interval(mins => total) > period.closes then
      candidate := candidate + interval '5 minutes';  -- this cell has begun, and what is left of it is too short
    end if;
    continue when candidate + make_interval(mins => total) > period.closes;
    room := queue._run_room(o, legs, candidate, period.closes, _first_run.sold);
    for i in 1 .. cardinality(room) loop
      if room[i] and with_hour then
        room[i] := (queue._room(o, array(
          select row(l.service_no, s.scope, candidate + make_interval(mins => 5 * (i - 1) + l.after_minutes),
                     candidate + make_interval(mins => 5 * i + l.after_minutes), 1, false)::queue.take
          from unnest(legs) as l
          cross join lateral (values ('place/queue:' || l.queue_id), ('place/pool:' || l.pool_id), ('place/branch')) as s (scope)
          where s.scope is not null), 0, sold => _first_run.sold)).cap is null;
      end if;
      if room[i] then
        return candidate + make_interval(mins => 5 * (i - 1));
      end if;
    end loop;
  end loop;
  return null;
end $$;

-- For each cell from which all legs end before `closes`: whether queue and pool have room for one more visit all the way.
create or replace function queue._run_room(o queue.office, legs queue.leg[], from_cell timestamptz, closes timestamptz, sold integer default 0) returns boolean[]
language plpgsql stable as $$
#variable_conflict use_column
declare
  leg queue.leg;
  total integer := (select sum(l.minutes) from unnest(legs) as l);
  runs integer := floor(extract(epoch from _run_room.closes - _run_room.from_cell) / 300)::integer - total / 5 + 1;
  room boolean[] := array_fill(true, array[greatest(runs, 0)]);
  scope_ text;
  planned integer[];
  taken integer[];
begin
  foreach leg in array legs loop
    foreach scope_ in array array_remove(array['queue:' || leg.queue_id, 'pool:' || leg.pool_id], null) loop
      planned := queue._planned_cells(o, scope_, _run_room.from_cell, _run_room.closes);
      taken := queue._taken_cells(o, scope_, _run_room.from_cell, _run_room.closes, _run_room.sold);
      for i in 1 .. runs loop
        for k in i + leg.after_minutes / 5 .. i + (leg.after_minutes + leg.minutes) / 5 - 1 loop
          exit when not room[i];
          room[i] := taken[k] < planned[k];
        end loop;
      end loop;
    end loop;
  end loop;
  return room;
end $$;

create or replace function queue._taken_cells(o queue.office, scope text, from_cell timestamptz, to_cell timestamptz, sold integer default 0) returns integer[]
language plpgsql stable as $$
#variable_conflict use_column
declare
  unheard integer[];  -- at a box: what may have been sold there since
begin
  if _taken_cells.scope like 'queue:%' or _taken_cells.scope like 'pool:%' then
    unheard := queue._unheard_cells(o, _taken_cells.scope, _taken_cells.from_cell, _taken_cells.to_cell);
  end if;
  return array(
    select coalesce(u.taken, 0) + greatest(0, coalesce(unheard[g.i], 0) - _taken_cells.sold)
    from generate_series(_taken_cells.from_cell, _taken_cells.to_cell - interval '5 minutes', interval '5 minutes') with ordinality as g (cell, i)
    left join queue.usage as u on u.office_id = o.office_id and u.scope = _taken_cells.scope and u.cell = g.cell
    order by g.cell);
end $$;

-- The counters of a queue that have been opened today, with their state.
create or replace function queue._counters_of(o queue.office, queue_id text, at timestamptz)
returns table (counter_id text, state text, until timestamptz)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
    select c.counter_id, s.state, s.until
    from queue.counter as c
    join queue.counter_state as s on s.office_id = c.office_id and s.counter_id = c.counter_id
    where c.office_id = o.office_id and not c.retired and _counters_of.queue_id = any (c.queues)
      and s.since is not null and queue._day(o, s.since) = queue._day(o, _counters_of.at);
end $$;

-- Whether a booking of these services may stand at this time at all, whatever is taken: null outcome, or the refusal and its facts.
create or replace function queue._refuse_time(o queue.office, services jsonb, starts_at timestamptz, now_ timestamptz,
                                              out outcome text, out facts jsonb, out ends_at timestamptz, out legs queue.leg[])
language plpgsql stable as $$
#variable_conflict use_column
declare
  today date := queue._day(o, _refuse_time.now_);
  day_ date := queue._day(o, _refuse_time.starts_at);
  total integer;
  unknown text;
  channels jsonb;
begin
  facts := '{}';
  legs := array(select l from queue._legs(o, _refuse_time.services) as l order by l.service_no);
  select sum(l.minutes), min(l.service_id) filter (where l.queue_id is null) into total, unknown from unnest(legs) as l;
  if total is null or unknown is not null then
    outcome := 'unknown_service';
    facts := jsonb_build_object('service', unknown);
    return;
  end if;
  select jsonb_agg(jsonb_build_object('service', c.service_id, 'channel', c.channel, 'url', c.url)) into channels
  from queue.service_channel as c
  join unnest(legs) as l on l.service_id = c.service_id
  where c.office_id = o.office_id and c.mode = 'only' and c.channel <> 'in_person' and coalesce(day_, today) between c.valid_from and c.valid_to;
  ends_at := _refuse_time.starts_at + make_interval(mins => total);

  if channels is not null then
    outcome := 'not_in_person';
    facts := jsonb_build_object('channels', channels);
  elsif _refuse_time.starts_at is null or _refuse_time.starts_at <> queue._cell(_refuse_time.starts_at) then
    outcome := 'not_a_slot';
    facts := '{"closed": false}';
  elsif _refuse_time.starts_at < _refuse_time.now_ then
    outcome := 'in_the_past';
  elsif day_ > today + o.booking_days then
    outcome := 'too_far';
    facts := jsonb_build_object('last_day', today + o.booking_days);
  elsif day_ = today + o.booking_days and queue._scarce(o, _refuse_time.services) <> '{}' and _refuse_time.now_ < queue._opens_at(o, day_) then
    outcome := 'not_open_yet';
    select jsonb_build_object('day', day_, 'opens_from', to_char(f.opens_from, 'HH24:MI'), 'opens_to', to_char(f.opens_to, 'HH24:MI')) into facts
    from queue.fairness as f where f.office_id = o.office_id;
  elsif not exists (select from queue._hours(o, day_) as h where h.opens <= _refuse_time.starts_at and ends_at <= h.closes) then
    if exists (select from queue._hours(o, day_)) then
      outcome := 'not_a_slot';
      facts := '{"closed": true}';
    else
      outcome := 'closed_day';
      select jsonb_build_object('name_vi', c.name_vi, 'name_en', c.name_en) into facts
      from queue.closure as c where c.office_id = o.office_id and c.day = day_;
      facts := coalesce(facts, '{}');
    end if;
  elsif _refuse_time.starts_at < queue._sale_from(o, _refuse_time.now_) then
    outcome := 'too_soon';
    facts := jsonb_build_object('lead_minutes', ceil(extract(epoch from queue._sale_from(o, _refuse_time.now_) - _refuse_time.now_) / 60));
  end if;
end $$;

-- What of those takes would be too much: the cap in the way (null: none) and how many more bookings of one person fit. With `also` taken, too; `sold`: how
-- many of the places that a box counts as sold are this visitor's own.
create or replace function queue._room(o queue.office, takes queue.take[], heads integer, also queue.take[] default '{}', sold integer default 0,
                                       out cap text, out room integer)
language plpgsql stable as $$
#variable_conflict use_column
declare
  c record;
begin
  for c in
    select n.cap, n.maximum - coalesce(u.taken, 0)
        - (select coalesce(sum(t.amount), 0)::integer from unnest(_room.also) as t where t.scope = n.scope and n.cell >= t.from_cell and n.cell < t.to_cell) as room,
      case when n.per_head then _room.heads else 1 end as asked
    from queue._cells(o, _room.takes) as n
    left join queue.usage as u on u.office_id = o.office_id and u.scope = n.scope and u.cell = n.cell
    where n.maximum is not null
    union all
    -- a visit with several services may take several places of one window
    select 'hour', (w.maximum - greatest(0, queue._unheard_places(o, w.scope, w.from_cell, w.to_cell, w.maximum) - _room.sold)
        - (select coalesce(sum(u.taken), 0) from queue.usage as u
           where u.office_id = o.office_id and u.scope = w.scope and u.cell >= w.from_cell and u.cell < w.to_cell)::integer
        - (select coalesce(sum(m.amount), 0)::integer from unnest(_room.also) as m where m.scope = w.scope and m.from_cell >= w.from_cell and m.from_cell < w.to_cell))
      / (select count(*) from unnest(_room.takes) as m where m.scope = w.scope and m.from_cell >= w.from_cell and m.from_cell < w.to_cell)::integer, 1
    from unnest(_room.takes) as t
    join queue.queue as q on q.office_id = o.office_id and t.scope = 'place/queue:' || q.queue_id
    cross join lateral queue._windows(o, q.queue_id, q.pool_id, t.from_cell) as w
  loop
    room := least(room, c.room);
    if c.room < c.asked and cap is null then cap := c.cap; end if;
  end loop;
end $$;

-- A queue that has been left without a counter today: all closed, or pausing with no stated end. Before the first opening the plan holds.
create or replace function queue._unattended(o queue.office, queue_id text, at timestamptz) returns boolean
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select count(*) > 0 and bool_and(c.state = 'closed' or c.state = 'paused' and c.until is null)
    from queue._counters_of(o, _unattended.queue_id, _unattended.at) as c);
end $$;

-- Whether a service of these legs is to be had only by another channel on that day.
create or replace function queue._only_elsewhere(o queue.office, legs queue.leg[], day date) returns boolean
language plpgsql stable as $$
#variable_conflict use_column
begin
  return exists (
    select from queue.service_channel as c join unnest(_only_elsewhere.legs) as l on l.service_id = c.service_id
    where c.office_id = o.office_id and c.mode = 'only' and c.channel <> 'in_person' and _only_elsewhere.day between c.valid_from and c.valid_to);
end $$;

-- How many more bookings of one person with these legs fit from each cell of a stretch of one day; null: no limit. The stretch begins an hour early and
-- ends late enough for the usual wait, so that every window and every cell of a visit within opening hours lies inside of it.
create or replace function queue._left(o queue.office, legs queue.leg[], from_cell timestamptz, to_cell timestamptz) returns integer[]
language plpgsql stable as $$
#variable_conflict use_column
declare
  cells integer := (extract(epoch from _left.to_cell - _left.from_cell) / 300)::integer;
  room integer[] := array_fill(null::integer, array[cells]);
  take queue.take;
  legs_ queue.leg;
  hour_cap record;
  planned integer[];
  taken integer[];
  before integer[];     -- sums of all cells before
  offsets integer[];    -- where the visit's places of this cap lie, in cells after its start
  need integer;
  cap integer;
  first_ integer;
  last_ integer;
  start_ integer;
  least_ integer;
  shared boolean := queue._floor_elsewhere(o.office_id);
  share integer := case when shared then o.walk_in_share else 0 end;
begin
  foreach take in array queue._takes_of(o, legs, _left.from_cell, 0) loop
    continue when take.scope like 'place/%';
    taken := queue._taken_cells(o, take.scope, _left.from_cell, _left.to_cell);
    if take.scope like 'area:%' then
      cap := queue._area_cap(o, substr(take.scope, 6), queue._day(o, _left.from_cell), true);
      continue when cap is null;
      planned := queue._planned_cells(o, 'staff:' || substr(take.scope, 6), _left.from_cell, _left.to_cell);
      for i in 1 .. cells loop planned[i] := cap - planned[i]; end loop;
    else
      planned := queue._planned_cells(o, take.scope, _left.from_cell, _left.to_cell);
      for i in 1 .. case when shared then cells else 0 end loop
        planned[i] := planned[i] - queue._walk_in_share(o, planned[i], _left.from_cell + make_interval(mins => 5 * (i - 1)));
      end loop;
    end if;
    first_ := (extract(epoch from take.from_cell - _left.from_cell) / 300)::integer;
    last_ := (extract(epoch from take.to_cell - _left.from_cell) / 300)::integer - 1;
    for i in 1 .. cells - last_ loop
      least_ := room[i];
      for k in i + first_ .. i + last_ loop
        least_ := least(least_, planned[k] - taken[k]);
      end loop;
      room[i] := least_;
    end loop;
  end loop;

  foreach legs_ in array legs loop
    for hour_cap in select * from queue._hour_caps(o, legs_.queue_id, legs_.pool_id, queue._day(o, _left.from_cell)) loop
      taken := queue._taken_cells(o, hour_cap.scope, _left.from_cell, _left.to_cell);
      planned := case when hour_cap.plan is null then array_fill(1, array[cells])
                 else queue._planned_cells(o, hour_cap.plan, _left.from_cell, _left.to_cell) end;
      before := array_fill(0, array[cells + 1]);
      for i in 1 .. cells loop before[i + 1] := before[i] + taken[i]; end loop;
      offsets := array(select l.after_minutes / 5 from unnest(legs) as l
                       where hour_cap.scope in ('place/queue:' || l.queue_id, 'place/pool:' || l.pool_id, 'place/branch'));
      need := 1;
      for i in 12 .. cells - 12 - legs_.after_minutes / 5 loop
        start_ := i + legs_.after_minutes / 5;
        least_ := room[i];
        if hour_cap.hour_rule = 'clock' then
          first_ := start_ - (extract(minute from (_left.from_cell + make_interval(mins => 5 * (start_ - 1))) at time zone o.time_zone) / 5)::integer;
          if cardinality(offsets) > 1 then need := (select count(*) from unnest(offsets) as x where i + x between first_ and first_ + 11); end if;
          least_ := least(least_, (hour_cap.maximum * planned[start_] - hour_cap.maximum * planned[start_] * share / 100
            - (before[first_ + 12] - before[first_])) / need);
        else
          for k in start_ - 11 .. start_ loop
            if cardinality(offsets) > 1 then need := (select count(*) from unnest(offsets) as x where i + x between k and k + 11); end if;
            least_ := least(least_, (hour_cap.maximum * planned[start_] - hour_cap.maximum * planned[start_] * share / 100
              - (before[k + 12] - before[k])) / need);
          end loop;
        end if;
        room[i] := least_;
      end loop;
    end loop;
  end loop;
  return room;
end $$;
