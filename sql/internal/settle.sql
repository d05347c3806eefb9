-- What time alone decides is written by the next command, whatever it is, at the moment it fell due: in order of time, and after each moment
-- the door line is looked at again. So the result is the same however seldom a sweep runs.

create or replace function queue._settle(office_id integer, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  o queue.office;
  due timestamptz;
  following timestamptz;
begin
  select * into o from queue.office where office_id = _settle.office_id;
  select next_due_at into due from queue.office_state where office_id = _settle.office_id;
  while due <= _settle.now_ loop
    perform queue._settle_at(o, due);
    perform queue._admit_all(o.office_id, due);
    following := queue._next_due(o.office_id, due);
    if following <= due then
      raise exception 'settling office % does not move past %', o.office_id, due;
    end if;
    due := following;
  end loop;
  update queue.office_state set version = version + 1, next_due_at = due, last_at = _settle.now_ where office_id = _settle.office_id;
end $$;

create or replace function queue._settle_at(o queue.office, due timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit;
  k queue.kept_place;
  today date := queue._day(o, due);
  period record;
  elsewhere boolean := queue._floor_elsewhere(o.office_id);
begin
  -- an unproven booking lapses; it is the hub's alone
  for v in
    select w.* from queue.visit as w where w.office_id = o.office_id and w.over_at is null and w.state = 'held'
      and queue._missed_at(o, w) <= due and not queue._is_box(o.office_id)
  loop
    perform queue._give_up(o, v, due, 'system', 'not proven');
  end loop;
  -- an offer nobody answered, and what returns to everybody now
  for k in
    select p.* from queue.kept_place as p where p.office_id = o.office_id and p.until_at <= due order by p.until_at, p.created_at, p.starts_at, p.place_id
  loop
    if k.kind = 'offer' then
      perform queue._pass_on(o, k, due, false);
    else
      perform queue._let_go(o, k, due);
    end if;
  end loop;

  if elsewhere then
    return;  -- the rest is for whoever has the floor
  end if;

  -- who has finished leaves by himself after the minutes an office gives; after 30 where exits are scanned
  for v in
    select w.* from queue.visit as w where w.office_id = o.office_id and w.over_at is null and w.state = 'done'
      and w.state_at + queue._leave_after(o) <= due
  loop
    perform queue._gone(o.office_id, v.visit_id, v.state_at + queue._leave_after(o), 'system', 'time');
  end loop;

  for v in
    select w.* from queue.visit as w where w.office_id = o.office_id and w.over_at is null and w.state = 'absent'
      and w.state_at + make_interval(mins => o.absent_minutes) <= due
  loop
    perform queue._gone(o.office_id, v.visit_id, v.state_at + make_interval(mins => o.absent_minutes), 'system', 'absent');
  end loop;

  -- an invitation lapses to the place outside, behind the next who fits; after the third the visitor is gone
  for v in
    select w.* from queue.visit as w where w.office_id = o.office_id and w.over_at is null and w.state = 'invited'
      and w.state_at + make_interval(mins => o.invitation_minutes) <= due
  loop
    if v.invitations >= o.invitations then
      perform queue._gone(o.office_id, v.visit_id, due, 'system', 'invitations');
    else
      perform queue._move(o.office_id, v.visit_id, 'arrived', due, 'system', 'invitation lapsed');
      update queue.visit as w set yields = true where w.office_id = o.office_id and w.visit_id = v.visit_id;
    end if;
  end loop;

  -- missed: lateness is over and nobody came; but who may have come to a box that is lost is gone, and blamed for nothing
  for v in
    select w.* from queue.visit as w where w.office_id = o.office_id and w.over_at is null and w.state = 'booked'
      and w.starts_at < due and queue._missed_at(o, w) <= due
  loop
    if v.attention = 'unheard' then
      perform queue._gone(o.office_id, v.visit_id, due, 'system', 'unheard');
    else
      perform queue._move(o.office_id, v.visit_id, 'missed', due, 'system');
      perform queue._message(o.office_id, 'missed', v.visit_id, due);
      perform queue._pass_back(o, v, due);
    end if;
    perform queue._leave_list(o, v.visit_id, due);
  end loop;

  perform queue._carry_places(o, due);

  -- the break: an office keeps people in, or puts them back outside with their place in line
  if o.lunch = 'arrived' then
    for period in
      select h.* from queue._hours(o, today) as h
      where h.closes = due and exists (select from queue._hours(o, today) as n where n.opens >= h.closes)
    loop
      for v in
        select w.* from queue.visit as w where w.office_id = o.office_id and w.over_at is null and w.state in ('invited', 'inside')
      loop
        perform queue._move(o.office_id, v.visit_id, 'arrived', period.closes, 'system', 'break');
      end loop;
    end loop;
  end if;

  -- one hour after closing nobody is in any more; whoever the ledger still holds of an earlier day neither
  for v in
    select w.* from queue.visit as w where w.office_id = o.office_id and w.over_at is null and w.state not in ('held', 'booked')
    order by w.state_at, w.visit_id
  loop
    exit when queue._ends_at(o, v.state_at) > due;
    perform queue._gone(o.office_id, v.visit_id, queue._ends_at(o, v.state_at), 'system', 'closing');
  end loop;
  update queue.unnamed_stay as u set ended_at = due
  where u.office_id = o.office_id and u.ended_at is null and queue._ends_at(o, u.started_at) <= due;
end $$;

create or replace function queue._leave_after(o queue.office) returns interval
language sql immutable as $$
  select make_interval(mins => case when o.exits = 'scanned' then 30 else o.leave_minutes end)
$$;

-- The first moment at which a booked visit is late, a kept window over, an unproven booking lapsed.
create or replace function queue._missed_at(o queue.office, v queue.visit) returns timestamptz
language sql immutable as $$
  select case when v.state = 'held' then v.held_until
              when v.promised then v.ends_at
              else v.starts_at + make_interval(mins => o.lateness_minutes) end + interval '1 second'
$$;

-- One hour after the last closing of a day; a day without hours ends with itself.
create or replace function queue._day_ends(o queue.office, day date) returns timestamptz
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select coalesce((select max(h.closes) + interval '1 hour' from queue._hours(o, _day_ends.day) as h),
                    (_day_ends.day + 1)::timestamp at time zone o.time_zone));
end $$;

-- Somebody still served an hour after closing is in fact served; who came after that hour stays till midnight.
create or replace function queue._ends_at(o queue.office, since timestamptz) returns timestamptz
language plpgsql stable as $$
declare
  ends timestamptz := queue._day_ends(o, queue._day(o, since));
begin
  return case when ends > since then ends else (queue._day(o, since) + 1)::timestamp at time zone o.time_zone end;
end $$;

-- Hour places: who is uncalled at the hour's end holds in the next hour, before anyone new (any 60 minutes: from cell to cell).
-- Who cannot be carried before closing goes on the manager's list with an offer.
create or replace function queue._held_until(o queue.office, v queue.visit) returns timestamptz
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select min(case when h.hour_rule = 'clock'
      then (date_trunc('hour', t.from_cell at time zone o.time_zone) + interval '1 hour') at time zone o.time_zone
      else t.to_cell end)
    from unnest(v.takes) as t
    join queue.visit_service as s on s.office_id = v.office_id and s.visit_id = v.visit_id and s.service_no = t.service_no and s.state = 'waiting'
    join queue.queue as q on q.office_id = s.office_id and q.queue_id = s.queue_id
    cross join lateral queue._hour_caps(o, q.queue_id, q.pool_id, queue._day(o, t.from_cell)) as h
    where h.scope = t.scope and not t.used);
end $$;

-- Whose hour places can end on this day: who is here and not through yet, and whose booking begins by its end. The bookings of later days, most of
-- all there are, are not read.
create or replace function queue._may_hold_places(o queue.office, day date) returns setof queue.visit
language sql stable as $$
  select v.* from queue.visit as v
  where v.office_id = o.office_id and v.over_at is null and v.day <= _may_hold_places.day
    and v.state in ('arrived', 'invited', 'inside', 'parked', 'called', 'serving')
  union all
  select v.* from queue.visit as v
  where v.office_id = o.office_id and v.over_at is null and v.day <= _may_hold_places.day
    and v.state in ('held', 'booked') and v.starts_at < (_may_hold_places.day + 1)::timestamp at time zone o.time_zone
$$;

create or replace function queue._carry_places(o queue.office, due timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit;
  old_ queue.take[];
  new_ queue.take[];
  closes timestamptz;
  until timestamptz;
begin
  if not exists (select from queue.cap as c where c.office_id = o.office_id and c.kind = 'hour') then
    return;
  end if;
  select max(h.closes) into closes from queue._hours(o, queue._day(o, due)) as h;
  for v in
    select * from queue._may_hold_places(o, queue._day(o, due)) as w
    order by w.starts_at, w.arrived_at, w.visit_id
  loop
    until := queue._held_until(o, v);
    continue when until is null or until > due;
    old_ := array(select t from unnest(v.takes) as t where t.scope like 'place/%' and not t.used and t.from_cell < due);
    perform queue._give_back(o.office_id, old_);
    if closes is null or due >= closes then
      new_ := '{}';
      update queue.visit as w set attention = 'cannot_be_served_today' where w.office_id = o.office_id and w.visit_id = v.visit_id;
      perform queue._message(o.office_id, 'cannot_be_served', v.visit_id, due);
    else
      new_ := array(select row(t.service_no, t.scope, queue._cell(due), queue._cell(due) + interval '5 minutes', t.amount, false)::queue.take
                    from unnest(old_) as t);
    end if;
    update queue.visit as w
    set takes = array(select t from unnest(v.takes) as t where not (t.scope like 'place/%' and not t.used and t.from_cell < due)) || new_
    where w.office_id = o.office_id and w.visit_id = v.visit_id;
    perform queue._add_usage(o.office_id, new_);
  end loop;
end $$;

-- The next moment at which time alone decides something, later than now.
create or replace function queue._next_due(office_id integer, now_ timestamptz) returns timestamptz
language plpgsql stable as $$
#variable_conflict use_column
declare
  o queue.office;
  today date;
  due timestamptz;
  since timestamptz;
  waits boolean;
begin
  select * into o from queue.office where office_id = _next_due.office_id;
  today := queue._day(o, _next_due.now_);
  if queue._floor_elsewhere(o.office_id) then
    return coalesce(least(
      (select min(queue._missed_at(o, w)) from queue.visit as w where w.office_id = o.office_id and w.over_at is null and w.state = 'held'),
      (select min(p.until_at) from queue.kept_place as p where p.office_id = o.office_id)), 'infinity');
  end if;

  select min(case v.state
      when 'done' then v.state_at + queue._leave_after(o)
      when 'absent' then v.state_at + make_interval(mins => o.absent_minutes)
      when 'invited' then v.state_at + make_interval(mins => o.invitation_minutes) end),
    min(v.state_at), coalesce(bool_or(v.state = 'arrived' or v.state = 'inside' and v.area_id <> q.area_id), false)
  into due, since, waits
  from queue.visit as v
  join queue.queue as q on q.office_id = v.office_id and q.queue_id = v.queue_id
  where v.office_id = o.office_id and v.over_at is null and v.state not in ('held', 'booked');
  due := least(due, queue._ends_at(o, since));

  -- bookings in order of time: the first to be missed decides; a kept window that begins later decides nothing before that
  due := least(due, (
    select min(queue._missed_at(o, v)) from (
      (select w.* from queue.visit as w
       where w.office_id = o.office_id and w.over_at is null and w.state = 'booked' and not w.promised order by w.starts_at limit 1)
      union all
      select w.* from queue.visit as w where w.office_id = o.office_id and w.over_at is null and w.state = 'held' and not queue._is_box(o.office_id)
    ) as v));
  due := least(due, (
    select min(queue._missed_at(o, w)) from queue.visit as w
    where w.office_id = o.office_id and w.over_at is null and w.state = 'booked' and w.promised and w.starts_at < coalesce(due, 'infinity')));

  due := least(due, (select min(p.until_at) from queue.kept_place as p where p.office_id = o.office_id));

  if exists (select from queue.cap as c where c.office_id = o.office_id and c.kind = 'hour') then
    due := least(due, (select min(queue._held_until(o, v)) from queue._may_hold_places(o, today) as v));
  end if;

  if o.lunch = 'arrived' then
    due := least(due, (select min(h.closes) from queue._hours(o, today) as h where h.closes > _next_due.now_));
  end if;
  due := least(due, (
    select min(queue._ends_at(o, u.started_at)) from queue.unnamed_stay as u
    where u.office_id = o.office_id and u.ended_at is null));

  -- while somebody waits outside: the door opens, planned staff goes, the order changes, room kept for who stepped out is free
  if waits then
    due := least(due, (
      select min(m.at) from (
        select h.opens - make_interval(mins => o.earliness_minutes) from queue._hours(o, today) as h
        union all
        select h.opens from queue._hours(o, today) as h
        union all
        select (today + p.ends) at time zone o.time_zone
        from queue.area as a
        cross join lateral queue._plan_of(o.office_id, 'staff:' || a.area_id, today) as p
        where a.office_id = o.office_id
        union all
        select case when v.starts_at is null then v.arrived_at + make_interval(mins => o.overdue_minutes) + interval '1 millisecond'
                    else v.starts_at - make_interval(mins => o.due_minutes) end
        from queue.visit as v where v.office_id = o.office_id and v.over_at is null and v.state in ('arrived', 'inside')
        union all
        select v.starts_at + make_interval(mins => o.lateness_minutes) + interval '1 millisecond'
        from queue.visit as v where v.office_id = o.office_id and v.over_at is null and v.state = 'arrived' and v.stepped_out and v.booked
      ) as m (at) where m.at > _next_due.now_));
  end if;
  return greatest(coalesce(due, 'infinity'), _next_due.now_ + interval '1 millisecond');
end $$;
