-- Cells, opening hours, planned counters and staff: what the office file says of a moment.

create or replace function queue._cell(at timestamptz) returns timestamptz
language sql immutable parallel safe as $$
  select date_bin('5 minutes', at, timestamptz '2000-01-01 00:00:00+00')
$$;

create or replace function queue._day(o queue.office, at timestamptz) returns date
language sql stable as $$
  select (at at time zone o.time_zone)::date
$$;

-- The opening periods of a day, a lunch break between two of them. A special day overrides a closure, a closure the week.
create or replace function queue._hours(o queue.office, day date)
returns table (opens timestamptz, closes timestamptz)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
    select (_hours.day + s.opens) at time zone o.time_zone, (_hours.day + s.closes) at time zone o.time_zone
    from queue.special_opening as s
    where s.office_id = o.office_id and s.day = _hours.day
    order by 1;
  if found or exists (select from queue.closure as c where c.office_id = o.office_id and c.day = _hours.day) then
    return;
  end if;

  return query
    select (_hours.day + p.opens) at time zone o.time_zone, (_hours.day + p.closes) at time zone o.time_zone
    from queue.opening as p
    where p.office_id = o.office_id and p.weekday = extract(isodow from _hours.day)
    order by 1;
end $$;

-- What is planned of a scope on a day: what was said of that date, else of its weekday.
create or replace function queue._plan_of(office_id integer, scope text, day date) returns table (starts time, ends time, amount integer)
language sql stable as $$
  select d.starts, d.ends, d.amount from queue.day_plan as d
  where d.office_id = _plan_of.office_id and d.day = _plan_of.day and d.scope = _plan_of.scope
  union all
  select p.starts, p.ends, p.amount from queue.plan as p
  where p.office_id = _plan_of.office_id and p.scope = _plan_of.scope and p.weekday = extract(isodow from _plan_of.day)
    and not exists (
      select from queue.day_plan as d where d.office_id = _plan_of.office_id and d.day = _plan_of.day and d.scope = _plan_of.scope)
$$;

-- Planned counters of 'queue:q' or 'pool:p', planned staff of 'staff:a'. Without a plan for that day every counter counts, and no staff.
create or replace function queue._planned(o queue.office, scope text, at timestamptz) returns integer
language plpgsql stable as $$
declare
  local_at timestamp := at at time zone o.time_zone;
  planned integer;
  rows_ integer;
begin
  select max(p.amount) filter (where local_at::time >= p.starts and local_at::time < p.ends), count(*)
  into planned, rows_
  from queue._plan_of(o.office_id, _planned.scope, local_at::date) as p;
  if rows_ > 0 or _planned.scope like 'staff:%' then
    return coalesce(planned, 0);
  end if;

  return (
    select count(distinct c.counter_id)
    from queue.counter as c
    join queue.queue as q on q.office_id = c.office_id and q.queue_id = any (c.queues)
    where c.office_id = o.office_id and not c.retired
      and _planned.scope in ('queue:' || q.queue_id, 'pool:' || q.pool_id)
  );
end $$;

-- The lowest cap on people present in an area on a day; null where there is none. Walk-ins are bound by every cap, booked visitors by those for everyone.
create or replace function queue._area_cap(o queue.office, area_id text, day date, booked boolean) returns integer
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select min(c.maximum) from queue.cap as c
    where c.office_id = o.office_id and c.kind = 'present' and c.scope = 'area:' || _area_cap.area_id
      and _area_cap.day between c.valid_from and c.valid_to
      and (c.binds = 'everyone' or not _area_cap.booked));
end $$;

create or replace function queue._counter_cap(o queue.office, counter_id text, day date) returns integer
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select min(c.maximum) from queue.cap as c
    where c.office_id = o.office_id and c.kind = 'present' and c.scope in ('counter:*', 'counter:' || _counter_cap.counter_id)
      and _counter_cap.day between c.valid_from and c.valid_to);
end $$;

-- The hour caps that bind a queue on a day: its own (per desk), its pool's (per desk), the branch's.
create or replace function queue._hour_caps(o queue.office, queue_id text, pool_id text, day date)
returns table (scope text, plan text, maximum integer, hour_rule text)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
    with desk as (
      select c.maximum, c.hour_rule from queue.cap as c
      where c.office_id = o.office_id and c.kind = 'hour' and c.scope in ('queue:*', 'queue:' || _hour_caps.queue_id)
        and _hour_caps.day between c.valid_from and c.valid_to
      order by c.maximum, c.hour_rule limit 1
    ), branch as (
      select c.maximum, c.hour_rule from queue.cap as c
      where c.office_id = o.office_id and c.kind = 'hour' and c.scope = 'branch'
        and _hour_caps.day between c.valid_from and c.valid_to
      order by c.maximum, c.hour_rule limit 1
    )
    select 'place/queue:' || _hour_caps.queue_id, 'queue:' || _hour_caps.queue_id, d.maximum, d.hour_rule from desk as d
    union all
    select 'place/pool:' || _hour_caps.pool_id, 'pool:' || _hour_caps.pool_id, d.maximum, d.hour_rule from desk as d
    where _hour_caps.pool_id is not null
    union all
    select 'place/branch', null, b.maximum, b.hour_rule from branch as b;
end $$;

-- Staff in an area: the larger of planned and last said since the last opening.
create or replace function queue._staff(o queue.office, area_id text, at timestamptz) returns integer
language plpgsql stable as $$
#variable_conflict use_column
declare
  opened timestamptz;
  said integer;
begin
  select max(h.opens) into opened from queue._hours(o, queue._day(o, _staff.at)) as h where h.opens <= _staff.at;
  select s.staff_said into said from queue.area_state as s
  where s.office_id = o.office_id and s.area_id = _staff.area_id
    and s.staff_said_at >= coalesce(opened, (queue._day(o, _staff.at))::timestamp at time zone o.time_zone);
  return greatest(queue._planned(o, 'staff:' || _staff.area_id, _staff.at), coalesce(said, 0));
end $$;

-- The largest party that may still go into an area today, once everybody else has gone and as few staff are there as are planned; null: any.
create or replace function queue._largest_to_enter(o queue.office, area_id text, at timestamptz, booked boolean) returns integer
language plpgsql stable as $$
#variable_conflict use_column
declare
  cap integer := queue._area_cap(o, _largest_to_enter.area_id, queue._day(o, _largest_to_enter.at), _largest_to_enter.booked);
begin
  if cap is null then
    return null;
  end if;
  return (
    select cap - coalesce(min(s.staff), 0)
    from queue._hours(o, queue._day(o, _largest_to_enter.at)) as h
    cross join lateral unnest(queue._planned_cells(o, 'staff:' || _largest_to_enter.area_id,
      greatest(h.opens, queue._cell(_largest_to_enter.at)), h.closes)) as s (staff)
    where h.closes > _largest_to_enter.at);
end $$;

-- Everybody in an area: staff, the heads of open stays that are present, and the unnamed.
create or replace function queue._present(o queue.office, area_id text, at timestamptz) returns integer
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select queue._staff(o, _present.area_id, _present.at)
      + coalesce((select sum(s.heads) from queue.stay as s
                  where s.office_id = o.office_id and s.area_id = _present.area_id and s.ended_at is null and s.present), 0)::integer
      + (select count(*) from queue.unnamed_stay as u
         where u.office_id = o.office_id and u.area_id = _present.area_id and u.ended_at is null)::integer);
end $$;

-- The same, cell by cell over a stretch of one day.
create or replace function queue._planned_cells(o queue.office, scope text, from_cell timestamptz, to_cell timestamptz) returns integer[]
language plpgsql stable as $$
#variable_conflict use_column
declare
  day_ date := queue._day(o, _planned_cells.from_cell);
  otherwise integer := 0;
begin
  if not exists (select from queue._plan_of(o.office_id, _planned_cells.scope, day_)) then
    otherwise := queue._planned(o, _planned_cells.scope, _planned_cells.from_cell);
  end if;
  return array(
    select coalesce((
      select max(p.amount) from queue._plan_of(o.office_id, _planned_cells.scope, day_) as p
      where (g.cell at time zone o.time_zone)::time >= p.starts and (g.cell at time zone o.time_zone)::time < p.ends), otherwise)
    from generate_series(_planned_cells.from_cell, _planned_cells.to_cell - interval '5 minutes', interval '5 minutes') as g (cell)
    order by g.cell);
end $$;
