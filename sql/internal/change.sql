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

-- What is only kept for somebody who waits, and stands where there is no room for it any more.
create or replace function queue._unfit_kept(o queue.office, now_ timestamptz) returns setof queue.kept_place
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
    with full_ as materialized (
      select * from queue._overfull(o, _unfit_kept.now_)
    )
    select p.* from queue.kept_place as p
    where p.office_id = o.office_id and (
      not exists (select from queue._hours(o, queue._day(o, p.starts_at)) as h where h.opens <= p.starts_at and p.ends_at <= h.closes)
      or exists (select from unnest(p.takes) as t join full_ as f on f.scope = t.scope and f.from_cell < t.to_cell and f.to_cell > t.from_cell));
end $$;

-- Who no longer fits and a time for each, first come first served: [{visit_id, revision, was, starts_at, reason, state}], starts_at null where none is
-- free. The free time nearest to the old one within so many days of it: on the same day if there is one, else on the nearest day, nearest to the same
-- hour; earlier only if a whole day remains to hear of it. Given the list that a manager has confirmed: the same list, or null where it is no longer true.
-- All of it is reckoned in memory (queue._sheet) and nothing is written, in one snapshot: so the office need not be locked while a change is thought over.
create or replace function queue._displaced(o queue.office, now_ timestamptz, most_days integer, confirmed jsonb) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  far queue.office := o;
  today date := queue._day(o, _displaced.now_);
  soonest timestamptz := queue._sale_from(o, _displaced.now_);
  scopes text[] := queue._scopes(o);
  -- the sheets of the days looked at so far, one after the other, and where each begins
  room integer[] := '{}'::integer[];
  most integer[] := '{}'::integer[];
  at_ integer[] := '{}'::integer[];
  opens timestamptz[] := '{}'::timestamptz[];
  cells integer[] := '{}'::integer[];
  sheet record;
  visits queue.visit[];
  whys text[];
  v queue.visit;
  k queue.kept_place;
  list jsonb[] := array(select e from jsonb_array_elements(confirmed) as e);
  said jsonb;
  answer jsonb[] := '{}'::jsonb[];
  times jsonb := jsonb_build_object();    -- what is still free for such services on a day: room only becomes less
  refused jsonb := jsonb_build_object();  -- times that the rules refuse whatever is taken, asked once for each
  services jsonb;
  legs queue.leg[];
  total interval;
  spots integer[];
  why_ text;
  wanted timestamptz[];
  starts timestamptz;
  off interval;
  same timestamptz;
  candidate timestamptz;
  day_ date;
  shape text;
begin
  far.booking_days := 3660;
  select array_agg(u.visit order by (u.visit).created_at, (u.visit).visit_id), array_agg(u.why order by (u.visit).created_at, (u.visit).visit_id)
  into visits, whys from queue._unfit(o, _displaced.now_) as u;
  if confirmed is not null and coalesce(cardinality(visits), 0) < cardinality(list) then
    return null;
  end if;

  -- Everybody concerned gives the place back; who was first has it again, as long as there is room.
  for day_ in
    select distinct d.day from (
      select x.day + n as day from unnest(visits) as x, generate_series(0, 1) as n
      union all select queue._day(o, (f ->> 'starts_at')::timestamptz) + n from unnest(list) as f, generate_series(0, 1) as n where f ->> 'starts_at' is not null
      union all select queue._day(o, p.starts_at) + n from queue._unfit_kept(o, _displaced.now_) as p, generate_series(0, 1) as n) as d
    where d.day >= today order by 1
  loop
    sheet := queue._sheet(o, day_, scopes);
    at_[day_ - today] := cardinality(room);
    opens[day_ - today] := sheet.opens;
    cells[day_ - today] := sheet.cells;
    room := room || sheet.room;
    most := most || sheet.most;
  end loop;
  for k in select * from queue._unfit_kept(o, _displaced.now_) loop
    spots := queue._spots(o, k.takes, scopes, today, room, at_, opens, cells);
    for s in 1 .. cardinality(spots) / 5 loop room[spots[5 * s - 4]] := room[spots[5 * s - 4]] + spots[5 * s - 1]; end loop;
  end loop;
  for i in 1 .. coalesce(cardinality(visits), 0) loop
    continue when whys[i] = 'no_service';
    v := visits[i];
    spots := queue._spots(o, v.takes, scopes, today, room, at_, opens, cells);
    for s in 1 .. cardinality(spots) / 5 loop room[spots[5 * s - 4]] := room[spots[5 * s - 4]] + spots[5 * s - 1]; end loop;
  end loop;
  for i in 1 .. coalesce(cardinality(visits), 0) loop
    continue when whys[i] <> 'room';
    v := visits[i];
    spots := queue._spots(o, v.takes, scopes, today, room, at_, opens, cells);
    whys[i] := queue._short(room, most, spots);
    if whys[i] is null then
      for s in 1 .. cardinality(spots) / 5 loop room[spots[5 * s - 4]] := room[spots[5 * s - 4]] - spots[5 * s - 1]; end loop;
    end if;
  end loop;
  if confirmed is not null and cardinality(list) <> cardinality(array_remove(whys, null)) then
    return null;
  end if;

  for i in 1 .. coalesce(cardinality(visits), 0) loop
    continue when whys[i] is null;
    v := visits[i];
    starts := null;
    spots := '{}';
    services := queue._services(v.office_id, v.visit_id, 1);
    legs := array(select l from queue._legs(o, services) as l order by l.service_no);
    if confirmed is not null then
      said := list[cardinality(answer) + 1];
      if (said ->> 'visit_id')::uuid <> v.visit_id or (said ->> 'revision')::integer <> v.revision or said ->> 'reason' <> whys[i]
         or said ->> 'state' <> v.state then
        return null;
      end if;
      starts := (said ->> 'starts_at')::timestamptz;
      if starts is not null then
        shape := starts || ' ' || services::text;
        if not refused ? shape then
          refused := refused || jsonb_build_object(shape, (queue._refuse_time(far, services, starts, _displaced.now_)).outcome is not null);
        end if;
        if (refused -> shape)::boolean then
          return null;
        end if;
        spots := queue._spots(o, queue._takes_of(o, legs, starts, v.booked_party), scopes, today, room, at_, opens, cells);
        if queue._short(room, most, spots) is not null then
          return null;
        end if;
      end if;
    elsif v.state = 'booked' and whys[i] <> 'no_service' then
      total := make_interval(mins => (select sum(l.minutes)::integer from unnest(legs) as l));
      off := null;
      for n in 0 .. most_days loop
        for day_ in select distinct d.day from (values (v.day + n), (v.day - n)) as d (day) where d.day >= queue._day(o, soonest) order by 1 desc loop
          same := (day_ + (v.starts_at at time zone o.time_zone)::time) at time zone o.time_zone;
          for later in 0 .. 1 loop
            continue when at_[day_ - today + later] is not null;
            sheet := queue._sheet(o, day_ + later, scopes);
            at_[day_ - today + later] := cardinality(room);
            opens[day_ - today + later] := sheet.opens;
            cells[day_ - today + later] := sheet.cells;
            room := room || sheet.room;
            most := most || sheet.most;
          end loop;
          shape := day_ || ' ' || services::text;
          if not times ? shape then
            wanted := '{}';
            if not queue._only_elsewhere(o, legs, day_) then
              for candidate in
                select g.at from queue._hours(o, day_) as h
                cross join lateral generate_series(queue._cell(h.opens + interval '4 minutes 59 seconds'), h.closes - total, total) as g (at)
              loop
                if queue._short(room, most, queue._spots(o, queue._takes_of(o, legs, candidate, 1), scopes, today, room, at_, opens, cells)) is null then
                  wanted := wanted || candidate;
                end if;
              end loop;
            end if;
            times := times || jsonb_build_object(shape, (select coalesce(jsonb_agg(extract(epoch from x)::bigint), '[]') from unnest(wanted) as x));
          end if;
          for candidate in
            select t.at from (select to_timestamp(e.value::bigint) as at from jsonb_array_elements_text(times -> shape) as e) as t
            where t.at >= soonest and t.at <> v.starts_at and (t.at > v.starts_at or t.at >= _displaced.now_ + interval '1 day')
              and (off is null or greatest(t.at - same, same - t.at) < off)
            order by greatest(t.at - same, same - t.at), t.at
          loop
            spots := queue._spots(o, queue._takes_of(o, legs, candidate, v.booked_party), scopes, today, room, at_, opens, cells);
            why_ := queue._short(room, most, spots);
            if why_ is null and (queue._refuse_time(far, services, candidate, _displaced.now_)).outcome is null then
              starts := candidate;
              off := greatest(candidate - same, same - candidate);
              exit;
            elsif why_ is null or v.booked_party = 1 then
              times := jsonb_set(times, array[shape], (
                select coalesce(jsonb_agg(e.value order by e.n), '[]') from jsonb_array_elements(times -> shape) with ordinality as e (value, n)
                where e.value::bigint <> extract(epoch from candidate)::bigint));
            end if;
          end loop;
        end loop;
        exit when starts is not null;
      end loop;
      if starts is not null then
        spots := queue._spots(o, queue._takes_of(o, legs, starts, v.booked_party), scopes, today, room, at_, opens, cells);
      end if;
    end if;
    if starts is null and whys[i] <> 'no_service' then  -- nobody is dropped: who has no other time keeps the one there was
      spots := queue._spots(o, v.takes, scopes, today, room, at_, opens, cells);
    end if;
    for s in 1 .. cardinality(spots) / 5 loop room[spots[5 * s - 4]] := room[spots[5 * s - 4]] - spots[5 * s - 1]; end loop;
    answer := answer || jsonb_build_object('visit_id', v.visit_id, 'revision', v.revision, 'was', v.starts_at, 'starts_at', starts, 'reason', whys[i],
                                           'state', v.state);
  end loop;
  return to_jsonb(answer);
end $$;

-- Moves exactly the people of a list that a manager has confirmed to exactly those times, and tells them; null, with nothing written, where the list is
-- no longer true. Nobody is dropped: who has no other time keeps the one there was, and is told.
create or replace function queue._displace(o queue.office, now_ timestamptz, most_days integer, confirmed jsonb, actor text, change_id uuid) returns jsonb
language plpgsql as $$
#variable_conflict use_column
declare
  list jsonb;
  said record;
  v queue.visit;
  services jsonb;
  starts timestamptz;
  takes queue.take[];
  refusal record;
  given_back queue.take[] := '{}'::queue.take[];
  taken queue.take[] := '{}'::queue.take[];
  k queue.kept_place;
begin
  -- what is only kept goes first: nobody has it yet, and who waits for it goes on waiting
  for k in select * from queue._unfit_kept(o, _displace.now_) loop
    delete from queue.kept_place as p where p.office_id = o.office_id and p.place_id = k.place_id;
    perform queue._give_back(o.office_id, k.takes);
    update queue.waiting as w set state = 'waiting' where w.office_id = o.office_id and w.waiting_id = k.waiting_id;
  end loop;
  list := queue._displaced(o, _displace.now_, _displace.most_days, _displace.confirmed);
  if list is null then
    return null;
  end if;

  given_back := array(
    select t from jsonb_to_recordset(list) as x (visit_id uuid, starts_at timestamptz)
    join queue.visit as w on w.office_id = o.office_id and w.visit_id = x.visit_id cross join lateral unnest(w.takes) as t where x.starts_at is not null);
  update queue.visit as w set takes = '{}'
  from jsonb_to_recordset(list) as x (visit_id uuid, starts_at timestamptz)
  where w.office_id = o.office_id and w.visit_id = x.visit_id and x.starts_at is not null;
  for said in
    select x.*, queue._services(o.office_id, x.visit_id, 1) as services
    from jsonb_to_recordset(list) as x (visit_id uuid, starts_at timestamptz, state text) order by services, x.starts_at
  loop
    select * into v from queue.visit as w where w.office_id = o.office_id and w.visit_id = said.visit_id;
    if said.starts_at is not null then
      if (said.services, said.starts_at) is distinct from (services, starts) then
        services := said.services;
        starts := said.starts_at;
        select * into refusal from queue._refuse_time(o, services, starts, _displace.now_);
      end if;
      takes := queue._takes_of(o, refusal.legs, starts, v.booked_party);
      taken := taken || takes;
      -- the same services, at the counters that have them now
      update queue.visit_service as x set queue_id = l.queue_id, minutes = l.minutes
      from unnest(refusal.legs::queue.leg[]) as l
      where x.office_id = v.office_id and x.visit_id = v.visit_id and x.service_no = l.service_no and (x.queue_id, x.minutes) <> (l.queue_id, l.minutes);
      update queue.visit as w set queue_id = l.queue_id, area_id = l.area_id
      from unnest(refusal.legs::queue.leg[]) as l
      where w.office_id = v.office_id and w.visit_id = v.visit_id and l.service_no = w.service_no and (w.queue_id, w.area_id) <> (l.queue_id, l.area_id);
      perform queue._moved(o, v, starts, refusal.ends_at, takes, _displace.now_, _displace.actor, 'moved_by_office', jsonb_build_object('was', v.starts_at));
    elsif said.state = 'booked' then
      update queue.visit as w set attention = 'no_new_time' where w.office_id = v.office_id and w.visit_id = v.visit_id;
      perform queue._message(o.office_id, 'no_new_time', v.visit_id, _displace.now_, jsonb_build_object('revision', v.revision));
    end if;
  end loop;
  insert into queue.change_move (office_id, change_id, visit_id, reason, was, starts_at, revision)
  select o.office_id, _displace.change_id, x.visit_id, x.reason, x.was, x.starts_at, x.revision + case when x.starts_at is null then 0 else 1 end
  from jsonb_to_recordset(list) as x (visit_id uuid, revision integer, was timestamptz, starts_at timestamptz, reason text);
  perform queue._give_back(o.office_id, given_back);
  perform queue._add_usage(o.office_id, taken);

  -- who has not proven the phone yet has no booking: what was kept meanwhile is kept no longer
  for v in
    select w.* from jsonb_to_recordset(list) as x (visit_id uuid, state text)
    join queue.visit as w on w.office_id = o.office_id and w.visit_id = x.visit_id where x.state = 'held'
  loop
    perform queue._give_up(o, v, _displace.now_, _displace.actor, 'change');
  end loop;
  return list;
end $$;

-- What a change would do, tried out and taken back: the list of _displaced.
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
    answer := queue._displaced(o, _try_change.now_, _try_change.most_days, null);
    raise sqlstate 'QS001';
  exception when sqlstate 'QS001' then
    return answer;
  end;
end $$;

-- What became of somebody on the list of a change that was made: accepted, moved (by themselves), again (by the office, later), cancelled, missed, over;
-- empty: no answer yet.
create or replace function queue._change_answer(m queue.change_move, v queue.visit) returns text
language sql stable as $$
  select case
    when v.state in ('cancelled', 'missed') then v.state
    when v.state <> 'booked' then 'over'
    when v.revision > m.revision then case when exists (
        select from queue.change_move as n where n.office_id = m.office_id and n.visit_id = m.visit_id and n.revision > m.revision) then 'again' else 'moved' end
    when m.accepted_at is not null then 'accepted' else '' end
$$;
