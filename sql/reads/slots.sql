-- Free times of a visit with these services: [{starts_at, ends_at, left}], one per visit's length from each opening, full ones with left 0.
-- left is how many more bookings of one person would fit. At most 60 days.
create or replace function api.slots(office_id integer, at timestamptz, services jsonb, from_day date, days integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  legs queue.leg[];
  total integer;
  first_day date;
  last_day date;
  day_ date;
  hours record;
  step integer;
  answer jsonb[] := '{}'::jsonb[];
  grid timestamptz;      -- the first cell of the day's arrays, an hour before its first opening, for windows of 60 minutes
  grid_end timestamptz;
  left_ integer[];
  starts timestamptz;
  i integer;
  from_ timestamptz;
begin
  select * into o from queue.office as k where k.office_id = slots.office_id;
  legs := array(select l from queue._legs(o, slots.services) as l order by l.service_no);
  total := (select sum(l.minutes) from unnest(legs) as l having bool_and(l.queue_id is not null));
  if total is null then
    perform queue._refuse('QS422', 'unknown_service', '{}');
  end if;
  step := greatest(total, 5) / 5;
  from_ := queue._sale_from(o, slots.at);
  first_day := greatest(slots.from_day, queue._day(o, slots.at));
  last_day := least(slots.from_day + least(greatest(slots.days, 1), 60) - 1, queue._day(o, slots.at) + o.booking_days);

  if queue._scarce(o, slots.services) <> '{}' and slots.at < queue._opens_at(o, queue._day(o, slots.at) + o.booking_days) then
    last_day := least(last_day, queue._day(o, slots.at) + o.booking_days - 1);  -- the newest day is not open yet
  end if;

  for d in 0 .. last_day - first_day loop
    day_ := first_day + d;
    select queue._cell(min(h.opens)) - interval '1 hour', queue._cell(max(h.closes)) + make_interval(mins => o.usual_wait_minutes + 65)
    into grid, grid_end from queue._hours(o, day_) as h;
    continue when grid is null or queue._only_elsewhere(o, legs, day_);
    left_ := queue._left(o, legs, grid, grid_end);
    for hours in select * from queue._hours(o, day_) loop
      i := ceil(extract(epoch from hours.opens - grid) / 300)::integer + 1;
      loop
        starts := grid + make_interval(mins => 5 * (i - 1));
        exit when starts + make_interval(mins => total) > hours.closes;
        if starts >= from_ then
          answer := answer || jsonb_build_object('starts_at', starts, 'ends_at', starts + make_interval(mins => total),
                                                 'left', greatest(coalesce(left_[i], 1000000), 0));
        end if;
        i := i + step;
      end loop;
    end loop;
  end loop;
  return to_jsonb(answer);
end $$;
