-- A day's room for everything at once, to be reckoned with in memory: what takes a thousand questions need not ask the tables a thousand times.

-- What may be full at an office, in one order.
create or replace function queue._scopes(o queue.office) returns text[]
language sql stable as $$
  select array_agg(x.scope order by x.scope) from (
    select 'queue:' || q.queue_id from queue.queue as q where q.office_id = o.office_id
    union select 'place/queue:' || q.queue_id from queue.queue as q where q.office_id = o.office_id
    union select 'pool:' || q.pool_id from queue.queue as q where q.office_id = o.office_id and q.pool_id is not null
    union select 'place/pool:' || q.pool_id from queue.queue as q where q.office_id = o.office_id and q.pool_id is not null
    union select 'area:' || a.area_id from queue.area as a where a.office_id = o.office_id
    union select 'place/branch') as x (scope)
$$;

-- What _room would say of each cell of a day, scope after scope. `room`: how much more fits (null: no limit); of a scope of hour places, how many are taken
-- in the 60 minutes that begin there, as a negative number, to which `most` of the cell of a place is added: as many as there may be then.
create or replace function queue._sheet(o queue.office, day date, scopes text[], out opens timestamptz, out cells integer, out room integer[], out most integer[])
language plpgsql stable as $$
#variable_conflict use_column
declare
  closes timestamptz;
  shared boolean := queue._floor_elsewhere(o.office_id);
  base integer;
  cap integer;
  planned integer[];
  h record;
  u record;
begin
  select greatest(queue._cell(min(p.opens)) - interval '1 hour', _sheet.day::timestamp at time zone o.time_zone),
    least(queue._cell(max(p.closes)) + make_interval(mins => o.usual_wait_minutes + 65), (_sheet.day + 1)::timestamp at time zone o.time_zone)
  into opens, closes from queue._hours(o, _sheet.day) as p;
  cells := coalesce(ceil(extract(epoch from closes - opens) / 300), 0);
  room := array_fill(null::integer, array[cells * cardinality(scopes)]);
  most := array_fill(0, array[cells * cardinality(scopes)]);
  if cells = 0 then
    return;
  end if;

  for s in 1 .. cardinality(scopes) loop
    base := (s - 1) * cells;
    if scopes[s] like 'area:%' then
      cap := queue._area_cap(o, substr(scopes[s], 6), _sheet.day, true);
      continue when cap is null;
      planned := queue._planned_cells(o, 'staff:' || substr(scopes[s], 6), opens, closes);
      for i in 1 .. cells loop room[base + i] := cap - planned[i]; end loop;
    elsif scopes[s] not like 'place/%' then
      planned := queue._planned_cells(o, scopes[s], opens, closes);
      for i in 1 .. cells loop
        room[base + i] := planned[i] - case when shared then queue._walk_in_share(o, planned[i], opens + make_interval(mins => 5 * (i - 1))) else 0 end;
      end loop;
    end if;
  end loop;

  for h in
    select distinct on (x.scope) x.* from queue.queue as q
    cross join lateral queue._hour_caps(o, q.queue_id, q.pool_id, _sheet.day) as x where q.office_id = o.office_id order by x.scope
  loop
    base := (array_position(scopes, h.scope) - 1) * cells;
    planned := case when h.plan is not null then queue._planned_cells(o, h.plan, opens, closes) end;
    for i in 1 .. cells loop
      cap := least(1000000, h.maximum::bigint * coalesce(planned[i], 1));
      most[base + i] := cap - case when shared then cap * o.walk_in_share / 100 else 0 end;
      if h.hour_rule <> 'clock' or extract(minute from (opens + make_interval(mins => 5 * (i - 1))) at time zone o.time_zone) = 0 then
        room[base + i] := 0;
      end if;
    end loop;
  end loop;

  for u in
    select (x.n - 1) * cells as base, (extract(epoch from g.cell - opens) / 300)::integer + 1 as i, g.taken, x.scope like 'place/%' as place
    from unnest(scopes) with ordinality as x (scope, n)
    join queue.usage as g on g.office_id = o.office_id and g.scope = x.scope and g.cell >= opens and g.cell < closes and g.taken > 0
  loop
    for k in case when u.place then greatest(u.i - 11, 1) else u.i end .. u.i loop
      room[u.base + k] := room[u.base + k] - u.taken;
    end loop;
  end loop;
end $$;

-- Where those takes stand in sheets that lie one after the other, five numbers each: in `room`, in `most`, which cap (1 queue, 2 pool, 3 present, 4 hour),
-- how much, and how much of all together. What has no limit is left out. at_, opens and cells say of each day after `today` where its sheet begins and
-- what it covers.
create or replace function queue._spots(o queue.office, takes queue.take[], scopes text[], today date, room integer[], at_ integer[], opens timestamptz[],
                                        cells integer[]) returns integer[]
language plpgsql stable as $$
declare
  t queue.take;
  spots integer[] := '{}'::integer[];
  d integer;
  base integer;
  first_ integer;
  last_ integer;
  cap integer;
  places integer := 0;
  sum_ integer;
begin
  foreach t in array takes loop
    d := queue._day(o, t.from_cell) - today;
    cap := case when t.scope like 'queue:%' then 1 when t.scope like 'pool:%' then 2 when t.scope like 'area:%' then 3 else 4 end;
    -- a visit late in the evening may reach into the next day
    for day_ in d .. d + case when t.to_cell > opens[d] + make_interval(mins => 5 * cells[d]) then 1 else 0 end loop
      continue when coalesce(cells[day_], 0) = 0;
      base := at_[day_] + (array_position(scopes, t.scope) - 1) * cells[day_];
      first_ := (extract(epoch from t.from_cell - opens[day_]) / 300)::integer + 1;
      last_ := least((extract(epoch from t.to_cell - opens[day_]) / 300)::integer, cells[day_]);
      if cap < 4 then
        for i in greatest(first_, 1) .. last_ loop
          if room[base + i] is not null then spots := spots || array[base + i, base + i, cap, t.amount, t.amount]; end if;
        end loop;
      elsif first_ between 1 and last_ then
        places := places + 1;
        for i in greatest(first_ - 11, 1) .. first_ loop
          if room[base + i] is not null then spots := spots || array[base + i, base + first_, cap, t.amount, t.amount]; end if;
        end loop;
      end if;
    end loop;
  end loop;
  -- a visit with several services may take several places of one window
  for s in 1 .. case when places > 1 then cardinality(spots) / 5 else 0 end loop
    continue when spots[5 * s - 2] < 4;
    sum_ := 0;
    for k in 1 .. cardinality(spots) / 5 loop
      if spots[5 * k - 4] = spots[5 * s - 4] then sum_ := sum_ + spots[5 * k - 1]; end if;
    end loop;
    spots[5 * s] := sum_;
  end loop;
  return spots;
end $$;

-- Which cap those spots would pass, if any: the one that _room would name.
create or replace function queue._short(room integer[], most integer[], spots integer[]) returns text
language plpgsql immutable as $$
declare
  hour boolean := false;
begin
  for s in 1 .. cardinality(spots) / 5 loop
    if room[spots[5 * s - 4]] + most[spots[5 * s - 3]] < spots[5 * s] then
      if spots[5 * s - 2] < 4 then
        return (array['queue', 'pool', 'present'])[spots[5 * s - 2]];
      end if;
      hour := true;
    end if;
  end loop;
  return case when hour then 'hour' end;
end $$;
