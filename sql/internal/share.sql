-- Shares. While a box has the floor, the hub sells of each cell and window no more than its share, and the box gives walk-ins no more than theirs
-- where the hub may still sell. So neither needs to know what the other does.

-- What walk-ins have of a cell. Whole counters, so it is spread over the hours: of one counter, with 30 of 100, about every third hour is theirs.
create or replace function queue._walk_in_share(o queue.office, maximum integer, cell timestamptz) returns integer
language sql immutable as $$
  select ((h.no + 1) * _walk_in_share.maximum * o.walk_in_share / 100 - h.no * _walk_in_share.maximum * o.walk_in_share / 100)::integer
  from (select floor(extract(epoch from _walk_in_share.cell) / 3600)::bigint as no) as h
$$;

-- The first moment that can be booked: lead_minutes ahead. With a box at the office, never less than its earliness; and where hours are capped, an
-- hour is closed as a whole (any 60 minutes: an hour more), so that the box may fill what is left of it.
create or replace function queue._sale_from(o queue.office, now_ timestamptz) returns timestamptz
language plpgsql stable as $$
#variable_conflict use_column
declare
  from_ timestamptz := _sale_from.now_ + make_interval(mins => o.lead_minutes);
  rules text[];
begin
  if not queue._floor_elsewhere(o.office_id) then
    return from_;
  end if;
  from_ := queue._cell(_sale_from.now_ + make_interval(mins => greatest(o.lead_minutes, o.earliness_minutes)) + interval '4 minutes 59.999999 seconds');
  rules := array(select distinct c.hour_rule from queue.cap as c where c.office_id = o.office_id and c.kind = 'hour');
  if 'any-60-minutes' = any (rules) then
    return from_ + interval '1 hour';
  elsif 'clock' = any (rules) and from_ <> date_trunc('hour', from_ at time zone o.time_zone) at time zone o.time_zone then
    return (date_trunc('hour', from_ at time zone o.time_zone) + interval '1 hour') at time zone o.time_zone;
  end if;
  return from_;
end $$;

-- What bookings known at the box take of a scope in each cell, as they were booked: what a visit took later, as a walk-in does, is not among it. Who
-- says to have booked stands on the place of a booking.
create or replace function queue._booked_in(o queue.office, scope text, from_cell timestamptz, to_cell timestamptz)
returns table (from_ timestamptz, to_ timestamptz, amount integer)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
    select t.from_cell, t.to_cell, t.amount
    from queue.visit as v
    cross join lateral unnest(v.takes) as t
    where v.office_id = o.office_id and v.day between queue._day(o, _booked_in.from_cell) and queue._day(o, _booked_in.to_cell)
      and t.scope = _booked_in.scope and t.from_cell < _booked_in.to_cell and t.to_cell > _booked_in.from_cell
      and (v.booked and not v.promised and v.starts_at is not null and t.from_cell >= v.starts_at and t.to_cell <= v.ends_at
        or not v.booked and exists (select from queue.says_booked as s where s.office_id = v.office_id and s.visit_id = v.visit_id))
      and not exists (select from queue.stay as s where s.office_id = v.office_id and s.visit_id = v.visit_id and s.reason = 'transfer');
end $$;

-- At a box, what of each cell counts as sold beside what is known: where the hub may still sell, its whole share. Null: nothing does.
create or replace function queue._unheard_cells(o queue.office, scope text, from_cell timestamptz, to_cell timestamptz) returns integer[]
language plpgsql stable as $$
#variable_conflict use_column
declare
  f queue.floor;
begin
  select * into f from queue.floor as k where k.office_id = o.office_id and k.side = 'box';
  if not found or f.closed_until >= _unheard_cells.to_cell then
    return null;
  end if;
  return array(
    select case when g.cell < f.closed_until then 0
      else greatest(0, p.planned - queue._walk_in_share(o, p.planned, g.cell) - coalesce((
        select sum(b.amount) from queue._booked_in(o, _unheard_cells.scope, _unheard_cells.from_cell, _unheard_cells.to_cell) as b
        where b.from_ <= g.cell and g.cell < b.to_), 0)::integer) end
    from unnest(queue._planned_cells(o, _unheard_cells.scope, _unheard_cells.from_cell, _unheard_cells.to_cell)) with ordinality as p (planned, i)
    cross join lateral (select _unheard_cells.from_cell + make_interval(mins => 5 * (p.i - 1)::integer) as cell) as g
    order by p.i);
end $$;

-- The same for the hour places of a window of 60 minutes.
create or replace function queue._unheard_places(o queue.office, scope text, from_cell timestamptz, to_cell timestamptz, maximum integer) returns integer
language plpgsql stable as $$
#variable_conflict use_column
declare
  f queue.floor;
begin
  select * into f from queue.floor as k where k.office_id = o.office_id and k.side = 'box';
  if not found or f.closed_until >= _unheard_places.to_cell then
    return 0;
  end if;
  return greatest(0, _unheard_places.maximum - _unheard_places.maximum * o.walk_in_share / 100 - coalesce((
    select sum(b.amount) from queue._booked_in(o, _unheard_places.scope, _unheard_places.from_cell, _unheard_places.to_cell) as b
    where b.from_ >= _unheard_places.from_cell and b.from_ < _unheard_places.to_cell), 0)::integer);
end $$;
