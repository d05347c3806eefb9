-- Free times of a visit with these services: [{starts_at, ends_at, left}], one per visit's length from each opening, full ones with left 0.
-- left is how many more bookings of one person would fit. At most 60 days.
create or replace function api.slots(office_id integer, at timestamptz, services jsonb, from_day date, days integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  total integer;
  step interval;
  first_day date;
  last_day date;
begin
  select * into o from queue.office as k where k.office_id = slots.office_id;
  select sum(l.minutes) into total from queue._legs(o, slots.services) as l having bool_and(l.queue_id is not null);
  if total is null then
    perform queue._refuse('QS422', 'unknown_service', '{}');
  end if;
  step := make_interval(mins => greatest(total, 5));
  first_day := greatest(slots.from_day, queue._day(o, slots.at));
  last_day := least(slots.from_day + least(greatest(slots.days, 1), 60) - 1, queue._day(o, slots.at) + o.booking_days);

  return (
    select coalesce(jsonb_agg(jsonb_build_object('starts_at', c.starts_at, 'ends_at', c.starts_at + step,
      'left', greatest(coalesce(r.room, 0), 0)) order by c.starts_at), '[]')
    from generate_series(0, last_day - first_day) as d
    cross join lateral queue._hours(o, first_day + d) as h
    cross join lateral generate_series(queue._cell(h.opens + interval '4 minutes 59 seconds'), h.closes - step, step) as c (starts_at)
    cross join lateral queue._refuse_time(o, slots.services, c.starts_at, slots.at) as f
    cross join lateral queue._room(o, queue._takes(o, slots.services, c.starts_at, 1), 1) as r
    where f.outcome is null);
end $$;
