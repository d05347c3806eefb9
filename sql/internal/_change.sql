-- Which bookings no longer fit once the rules of an office have changed, and the nearest free time for each. Runs under the lock of the office, after
-- the new rules have been written: who fits is asked of the very functions that will hold from then on.

-- The cells and hours to come in which more is taken than the rules now allow.
create or replace function queue._overfull(o queue.office, now_ timestamptz) returns setof queue.take
language plpgsql stable as $$
#variable_conflict use_column
declare
  day_ date;
  from_ timestamptz;
  to_ timestamptz;
  scope_ text;
  cap integer;
  taken integer[];
  most integer[];
  before integer[];
  h record;
  done text[];
  first_ integer;
begin
  for day_ in
    select distinct v.day from queue.visit as v
    where v.office_id = o.office_id and v.over_at is null and v.state in ('held', 'booked') and v.starts_at > _overfull.now_
  loop
    from_ := day_::timestamp at time zone o.time_zone;
    to_ := (day_ + 1)::timestamp at time zone o.time_zone;
    for scope_ in
      select distinct u.scope from queue.usage as u
      where u.office_id = o.office_id and u.cell >= from_ and u.cell < to_ and u.taken > 0 and u.scope not like 'place/%'
    loop
      taken := queue._taken_cells(o, scope_, from_, to_);
      if scope_ like 'area:%' then
        cap := queue._area_cap(o, substr(scope_, 6), day_, true);
        continue when cap is null;
        most := array(select cap - p.staff from unnest(queue._planned_cells(o, 'staff:' || substr(scope_, 6), from_, to_)) with ordinality as p (staff, i) order by p.i);
      else
        most := queue._planned_cells(o, scope_, from_, to_);
      end if;
      return query
        select 0, scope_, from_ + make_interval(mins => 5 * (t.i - 1)::integer), from_ + make_interval(mins => 5 * t.i::integer), t.taken - most[t.i], false
        from unnest(taken) with ordinality as t (taken, i) where t.taken > greatest(most[t.i], 0);
    end loop;

    done := '{}';
    for h in
      select x.* from queue.queue as q
      cross join lateral queue._hour_caps(o, q.queue_id, q.pool_id, day_) as x where q.office_id = o.office_id
    loop
      continue when h.scope = any (done);
      done := done || h.scope;
      taken := queue._taken_cells(o, h.scope, from_, to_);
      most := case when h.plan is null then array_fill(1, array[cardinality(taken)]) else queue._planned_cells(o, h.plan, from_, to_) end;
      before := array_fill(0, array[cardinality(taken) + 1]);
      for i in 1 .. cardinality(taken) loop before[i + 1] := before[i] + taken[i]; end loop;
      for i in 1 .. cardinality(taken) loop
        continue when taken[i] = 0;
        first_ := case when h.hour_rule = 'clock' then i - (extract(minute from (from_ + make_interval(mins => 5 * (i - 1))) at time zone o.time_zone) / 5)::integer
                       else i - 11 end;
        for k in greatest(first_, 1) .. least(case when h.hour_rule = 'clock' then first_ else i end, cardinality(taken) - 11) loop
          if before[k + 12] - before[k] > h.maximum * most[i] then
            return next row(0, h.scope, from_ + make_interval(mins => 5 * (k - 1)), from_ + make_interval(mins => 5 * (k + 11)),
                            before[k + 12] - before[k] - h.maximum * most[i], false)::queue.take;
          end if;
        end loop;
      end loop;
    end loop;
  end loop;
end $$;

-- Bookings to come that the rules have no place for any more where they stand, in the order in which they were made, and why. `room`: too many have a
-- place there, so it is decided in that order who keeps it. Who is at the box already, or has only a kept window, is not moved from here.
create or replace function queue._unfit(o queue.office, now_ timestamptz) returns table (visit queue.visit, why text)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
    with full_ as materialized (
      select * from queue._overfull(o, _unfit.now_)
    ), coming as materialized (
      select w from queue.visit as w
      where w.office_id = o.office_id and w.over_at is null and w.state in ('held', 'booked') and (w.booked or w.state = 'held') and not w.promised
        and w.starts_at > _unfit.now_ and not queue._belongs_to_box(o, w, _unfit.now_)
    ), hours as materialized (
      select d.day, h.opens, h.closes
      from (select distinct (s.w).day from coming as s) as d (day) cross join lateral queue._hours(o, d.day) as h
    ), judged as (
      select s.w, case
          when exists (
            select from queue.visit_service as x left join queue.service as y on y.office_id = x.office_id and y.service_id = x.service_id and not y.retired
            where x.office_id = o.office_id and x.visit_id = (s.w).visit_id and y.service_id is null) then 'no_service'
          when exists (
            select from queue.visit_service as x join queue.service_channel as c on c.office_id = x.office_id and c.service_id = x.service_id
            where x.office_id = o.office_id and x.visit_id = (s.w).visit_id and c.mode = 'only' and c.channel <> 'in_person'
              and (s.w).day between c.valid_from and c.valid_to) then 'not_in_person'
          when not exists (select from hours as h where h.day = (s.w).day) then 'closed_day'
          when not exists (select from hours as h where h.opens <= (s.w).starts_at and (s.w).ends_at <= h.closes) then 'closed_hours'
          when exists (
            select from unnest((s.w).takes) as t join full_ as f on f.scope = t.scope and f.from_cell < t.to_cell and f.to_cell > t.from_cell) then 'room' end as why
      from coming as s
    )
    select j.w, j.why from judged as j where j.why is not null order by (j.w).created_at, (j.w).visit_id;
end $$;

-- The times of a day at which one person with these services could be booked, whatever the lead: as epochs, in order.
create or replace function queue._free_times(o queue.office, legs queue.leg[], day date) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  total interval := make_interval(mins => (select sum(l.minutes)::integer from unnest(legs) as l));
  grid timestamptz;
  grid_end timestamptz;
  left_ integer[];
begin
  select queue._cell(min(h.opens)) - interval '1 hour', queue._cell(max(h.closes)) + make_interval(mins => o.usual_wait_minutes + 65)
  into grid, grid_end from queue._hours(o, _free_times.day) as h;
  if grid is null or queue._only_elsewhere(o, legs, _free_times.day) then
    return jsonb_build_array();
  end if;
  left_ := queue._left(o, legs, grid, grid_end);
  return (
    select coalesce(jsonb_agg(extract(epoch from g.at)::bigint order by g.at), '[]')
    from queue._hours(o, _free_times.day) as h
    cross join lateral generate_series(queue._cell(h.opens + interval '4 minutes 59 seconds'), h.closes - total, total) as g (at)
    where coalesce(left_[(extract(epoch from g.at - grid) / 300)::integer + 1], 1) > 0);
end $$;

-- The free time nearest to `near` within so many days of it: on the same day if there is one, else on the nearest day, nearest to the same hour.
-- Earlier only if a whole day remains to hear of it.
-- `free` remembers what is still free for such services on a day: room only becomes less. Null: none.
create or replace function queue._nearest(o queue.office, services jsonb, near timestamptz, heads integer, now_ timestamptz, most_days integer,
                                          inout free jsonb, out starts_at timestamptz)
language plpgsql stable as $$
#variable_conflict use_column
declare
  legs queue.leg[] := array(select l from queue._legs(o, _nearest.services) as l order by l.service_no);
  soonest timestamptz := queue._sale_from(o, _nearest.now_);
  day_ date;
  shape text;
  same timestamptz;       -- the same hour on the day looked at
  off interval;           -- how far from it the best so far lies
  candidate timestamptz;
  cap_ text;
begin
  if exists (select from unnest(legs) as l where l.queue_id is null) then
    return;
  end if;
  for k in 0 .. most_days loop
    for day_ in
      select distinct d.day from (values (queue._day(o, near) + k), (queue._day(o, near) - k)) as d (day) where d.day >= queue._day(o, soonest) order by 1 desc
    loop
      same := (day_ + (near at time zone o.time_zone)::time) at time zone o.time_zone;
      shape := day_ || ' ' || _nearest.services::text;
      if not free ? shape then
        free := free || jsonb_build_object(shape, queue._free_times(o, legs, day_));
      end if;
      for candidate in
        select t.at from (select to_timestamp(e.value::bigint) as at from jsonb_array_elements_text(free -> shape) as e) as t
        where t.at >= soonest and t.at <> near and (t.at > near or t.at >= _nearest.now_ + interval '1 day')
          and (off is null or greatest(t.at - same, same - t.at) < off)
        order by greatest(t.at - same, same - t.at), t.at
      loop
        cap_ := (queue._room(o, queue._takes_of(o, legs, candidate, heads), heads)).cap;
        if cap_ is null then
          starts_at := candidate;
          off := greatest(candidate - same, same - candidate);
          exit;
        elsif heads = 1 then
          free := jsonb_set(free, array[shape], (
            select coalesce(jsonb_agg(e.value order by e.n), '[]') from jsonb_array_elements(free -> shape) with ordinality as e (value, n)
            where e.value::bigint <> extract(epoch from candidate)::bigint));
        end if;
      end loop;
    end loop;
    exit when starts_at is not null;
  end loop;
end $$;

-- Finds everybody who no longer fits and a time for each, first come first served, and takes those places: [{visit_id, revision, was, starts_at,
-- reason}], starts_at null where none is free. Given the list that a manager has confirmed, it moves exactly these people to exactly these times, or
-- answers null where the list is no longer true. Nobody is dropped: who has no other time keeps the one there was, and is told.
create or replace function queue._displace(o queue.office, now_ timestamptz, most_days integer, confirmed jsonb, actor text, change_id uuid) returns jsonb
language plpgsql as $$
#variable_conflict use_column
declare
  far queue.office := o;
  visits queue.visit[];
  whys text[];
  answer jsonb[] := '{}'::jsonb[];
  said jsonb;
  free jsonb := jsonb_build_object();
  v queue.visit;
  services jsonb;
  takes queue.take[];
  starts timestamptz;
  nearest record;
  refusal record;
  k queue.kept_place;
begin
  far.booking_days := 3660;
  -- what is only kept goes first: nobody has it yet, and who waits for it goes on waiting
  for k in
    with full_ as materialized (select * from queue._overfull(o, _displace.now_))
    select p.* from queue.kept_place as p
    where p.office_id = o.office_id and (
      not exists (select from queue._hours(o, queue._day(o, p.starts_at)) as h where h.opens <= p.starts_at and p.ends_at <= h.closes)
      or exists (select from unnest(p.takes) as t join full_ as f on f.scope = t.scope and f.from_cell < t.to_cell and f.to_cell > t.from_cell))
  loop
    delete from queue.kept_place as p where p.office_id = o.office_id and p.place_id = k.place_id;
    perform queue._give_back(o.office_id, k.takes);
    update queue.waiting as w set state = 'waiting' where w.office_id = o.office_id and w.waiting_id = k.waiting_id;
  end loop;

  select array_agg(u.visit order by (u.visit).created_at, (u.visit).visit_id), array_agg(u.why order by (u.visit).created_at, (u.visit).visit_id)
  into visits, whys from queue._unfit(o, _displace.now_) as u;
  for i in 1 .. coalesce(cardinality(visits), 0) loop
    if whys[i] <> 'no_service' then
      perform queue._give_back(o.office_id, visits[i].takes);
    end if;
  end loop;
  for i in 1 .. coalesce(cardinality(visits), 0) loop
    if whys[i] = 'room' then
      whys[i] := (queue._room(o, visits[i].takes, visits[i].booked_party)).cap;
      if whys[i] is null then
        perform queue._add_usage(o.office_id, visits[i].takes);
      end if;
    end if;
  end loop;
  if confirmed is not null and jsonb_array_length(confirmed) <> cardinality(array_remove(whys, null)) then
    return null;
  end if;

  for i in 1 .. coalesce(cardinality(visits), 0) loop
    continue when whys[i] is null;
    v := visits[i];
    services := queue._services(v.office_id, v.visit_id, 1);
    starts := null;
    if confirmed is null then
      if v.state = 'booked' and whys[i] <> 'no_service' then
        select * into nearest from queue._nearest(o, services, v.starts_at, v.booked_party, _displace.now_, _displace.most_days, free);
        free := nearest.free;
        starts := nearest.starts_at;
      end if;
      said := jsonb_build_object('visit_id', v.visit_id, 'revision', v.revision, 'was', v.starts_at, 'starts_at', starts, 'reason', whys[i],
                                 'state', v.state);
    else
      said := confirmed -> cardinality(answer);
      if (said ->> 'visit_id')::uuid <> v.visit_id or (said ->> 'revision')::integer <> v.revision or said ->> 'reason' <> whys[i]
         or said ->> 'state' <> v.state then
        return null;
      end if;
      starts := (said ->> 'starts_at')::timestamptz;
    end if;
    answer := answer || said;

    if starts is not null then
      takes := queue._takes(o, services, starts, v.booked_party);
      select * into refusal from queue._refuse_time(far, services, starts, _displace.now_);
      if refusal.outcome is not null or (queue._room(o, takes, v.booked_party)).cap is not null then
        return null;
      end if;
      perform queue._add_usage(o.office_id, takes);
    elsif whys[i] <> 'no_service' then
      perform queue._add_usage(o.office_id, v.takes);
    end if;
    continue when confirmed is null;

    if starts is not null then
      -- the same services, at the counters that have them now
      update queue.visit_service as x set queue_id = l.queue_id, minutes = l.minutes
      from unnest(refusal.legs::queue.leg[]) as l where x.office_id = v.office_id and x.visit_id = v.visit_id and x.service_no = l.service_no;
      update queue.visit as w set takes = '{}', queue_id = l.queue_id, area_id = l.area_id
      from unnest(refusal.legs::queue.leg[]) as l
      where w.office_id = v.office_id and w.visit_id = v.visit_id and l.service_no = w.service_no;
      perform queue._moved(o, v, starts, refusal.ends_at, takes, _displace.now_, _displace.actor, 'moved_by_office', jsonb_build_object('was', v.starts_at));
    elsif v.state = 'booked' then
      update queue.visit as w set attention = 'no_new_time' where w.office_id = v.office_id and w.visit_id = v.visit_id;
      perform queue._message(o.office_id, 'no_new_time', v.visit_id, _displace.now_, jsonb_build_object('revision', v.revision));
    end if;
    insert into queue.change_move (office_id, change_id, visit_id, reason, was, starts_at, revision)
    values (o.office_id, _displace.change_id, v.visit_id, whys[i], v.starts_at, starts, v.revision + case when starts is null then 0 else 1 end);
  end loop;

  -- who has not proven the phone yet has no booking: what was kept meanwhile is kept no longer
  for i in 1 .. case when confirmed is null then 0 else coalesce(cardinality(visits), 0) end loop
    if whys[i] is not null and visits[i].state = 'held' then
      perform queue._give_up(o, visits[i], _displace.now_, _displace.actor, 'change');
    end if;
  end loop;
  return to_jsonb(answer);
end $$;

-- What a change would do, tried out and taken back: the list of _displace.
create or replace function queue._try_change(office_id integer, now_ timestamptz, file jsonb, most_days integer) returns jsonb
language plpgsql as $$
#variable_conflict use_column
declare
  o queue.office;
  answer jsonb;
begin
  begin
    perform queue._take_file(_try_change.office_id, _try_change.now_, _try_change.file);
    select * into o from queue.office as k where k.office_id = _try_change.office_id;
    answer := queue._displace(o, _try_change.now_, _try_change.most_days, null, '', null);
    raise sqlstate 'QS001';
  exception when sqlstate 'QS001' then
    return answer;
  end;
end $$;
