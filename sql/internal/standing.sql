-- The one order of standing: who waits where in it, who goes in next, and the door that lets them in.

-- Everybody who waits, outside for a door or inside for a call, with what the one rule of order looks at:
-- walk-ins that wait longer than 45 minutes; priority; bookings and kept windows once within 5 minutes of their time; the rest by arrival; ties by number.
create or replace function queue._standing(o queue.office, at timestamptz)
returns table (visit_id uuid, line text, area_id text, queue_id text, class integer, since timestamptz, number_count integer, number text,
               heads integer, booked boolean, callable boolean, yields boolean)
language plpgsql stable as $$
#variable_conflict use_column
declare
  entry_check boolean := queue._entry_check(o.office_id);
begin
  return query
    select v.visit_id,
      case when v.stepped_out or v.state = 'arrived' and entry_check and not v.checked then 'out' when v.state = 'arrived' or v.area_id <> q.area_id then 'door' else 'call' end,
      q.area_id, v.queue_id, r.class,
      case when r.class = 3 then v.starts_at else v.arrived_at end,
      v.number_count, v.number, v.party_size, v.booked and v.starts_at is not null,
      v.slip <> 'pending' or v.slip_at + make_interval(mins => o.slip_minutes) <= _standing.at, v.yields
    from queue.visit as v
    join queue.queue as q on q.office_id = v.office_id and q.queue_id = v.queue_id
    cross join lateral (
      select case
        when v.starts_at is null and v.arrived_at + make_interval(mins => o.overdue_minutes) < _standing.at then 1
        when v.priority <> '' then 2
        when v.starts_at is not null and v.starts_at - make_interval(mins => o.due_minutes) <= _standing.at then 3
        else 4 end as class) as r
    where v.office_id = o.office_id and v.over_at is null and v.state in ('arrived', 'inside');
end $$;

-- Heads of booked visits that are not in, from 15 minutes before their time until they are late, those who wait outside or in another room
-- included, however long; not who has stepped out and stays away.
create or replace function queue._headroom(o queue.office, area_id text, at timestamptz) returns integer
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select coalesce(sum(v.party_size), 0)
    from queue.visit as v
    join queue.queue as q on q.office_id = v.office_id and q.queue_id = v.queue_id
    where v.office_id = o.office_id and v.over_at is null and v.booked and q.area_id = _headroom.area_id
      and v.state in ('booked', 'arrived', 'inside') and (v.state <> 'inside' or v.area_id <> q.area_id)
      and v.starts_at <= _headroom.at + make_interval(mins => o.headroom_minutes)
      and (v.state <> 'booked' and not v.stepped_out or v.starts_at + make_interval(mins => o.lateness_minutes) >= _headroom.at)
  );
end $$;

-- Nobody is let in before the door opens or after closing. Who was put outside for the break is not fetched before it is over.
create or replace function queue._door_open(o queue.office, at timestamptz) returns boolean
language plpgsql stable as $$
#variable_conflict use_column
begin
  return exists (
    select from queue._hours(o, queue._day(o, _door_open.at)) as h
    where h.opens - case when o.lunch = 'arrived' and exists (select from queue._hours(o, queue._day(o, _door_open.at)) as b where b.closes <= h.opens)
                    then interval '0' else make_interval(mins => o.earliness_minutes) end <= _door_open.at
      and _door_open.at < h.closes);
end $$;

-- The next to go in: the first of the door line who fits. A smaller party may pass a first that does not fit for 10 minutes; then freed places are
-- kept for the first. A booked visitor whose place was kept by the headroom passes nobody. Null: nobody may go in.
create or replace function queue._next_in(o queue.office, area_id text, at timestamptz) returns uuid
language plpgsql as $$
#variable_conflict use_column
declare
  w record;
  cap_everyone integer;
  cap_walk_in integer;
  present integer;
  headroom integer;
  state queue.area_state;
  fits boolean;
  first uuid;
  first_hard boolean;
  first_number text;
  kept boolean := false;
begin
  cap_everyone := queue._area_cap(o, _next_in.area_id, queue._day(o, _next_in.at), true);
  cap_walk_in := queue._area_cap(o, _next_in.area_id, queue._day(o, _next_in.at), false);
  present := queue._present(o, _next_in.area_id, _next_in.at);
  headroom := queue._headroom(o, _next_in.area_id, _next_in.at);
  select * into state from queue.area_state as a where a.office_id = o.office_id and a.area_id = _next_in.area_id;

  for w in
    select * from queue._standing(o, _next_in.at) as s where s.line = 'door' and s.area_id = _next_in.area_id
    order by s.yields, s.class, s.since, s.number_count, s.number, s.visit_id
  loop
    fits := case when w.booked then cap_everyone is null or present + w.heads <= cap_everyone
                 else cap_walk_in is null or present + w.heads + headroom <= cap_walk_in end;
    if fits and (not kept or (w.booked and not first_hard)) then
      if first is not null and not (w.booked and not first_hard) then
        update queue.visit as v set passed = v.passed || (w.number || ' ' || to_char(_next_in.at at time zone o.time_zone, 'HH24:MI'))
        where v.office_id = o.office_id and v.visit_id = first;
        update queue.visit as v set passed = v.passed || (first_number || ' ' || to_char(_next_in.at at time zone o.time_zone, 'HH24:MI'))
        where v.office_id = o.office_id and v.visit_id = w.visit_id;
        perform queue._event(o.office_id, _next_in.at, 'system', 'passed', w.visit_id, jsonb_build_object('first', first_number, 'number', w.number));
      end if;
      -- who goes out and comes again starts anew
      update queue.area_state as a set blocked_visit = null, blocked_since = null
      where a.office_id = o.office_id and a.area_id = _next_in.area_id and a.blocked_visit = w.visit_id;
      return w.visit_id;
    end if;
    if not fits and first is null then
      first := w.visit_id;
      first_number := w.number;
      first_hard := present + w.heads > case when w.booked then cap_everyone else cap_walk_in end;
      if state.blocked_visit is distinct from first then
        update queue.area_state as a set blocked_visit = first, blocked_since = _next_in.at
        where a.office_id = o.office_id and a.area_id = _next_in.area_id;
      else
        kept := state.blocked_since + make_interval(mins => o.pass_minutes) <= _next_in.at;
      end if;
    end if;
  end loop;
  return null;
end $$;

-- Fetches from outside everybody there is room for, in order. One who stands at the door now is inside at once; the others are invited.
create or replace function queue._admit_all(office_id integer, at timestamptz, at_door uuid default null) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  o queue.office;
  a record;
  next_ uuid;
  v queue.visit;
  left_room boolean;
begin
  if not exists (select from queue.visit as w where w.office_id = _admit_all.office_id and w.over_at is null and w.state = 'arrived')
     and not exists (select from queue.visit as w join queue.queue as q on q.office_id = w.office_id and q.queue_id = w.queue_id
                     where w.office_id = _admit_all.office_id and w.over_at is null and w.state = 'inside' and w.area_id <> q.area_id) then
    return;
  end if;
  select * into o from queue.office where office_id = _admit_all.office_id;
  if not queue._door_open(o, _admit_all.at)
     or exists (select from queue.floor as f where f.office_id = o.office_id and (f.side = 'hub' and f.box_id is not null or f.uncounted <> '{}')) then
    return;
  end if;

  loop
    left_room := false;
    for a in select r.area_id from queue.area as r where r.office_id = o.office_id order by r.position, r.area_id loop
      loop
        next_ := queue._next_in(o, a.area_id, _admit_all.at);
        exit when next_ is null;
        select * into v from queue.visit as w where w.office_id = o.office_id and w.visit_id = next_;
        if not v.yields then
          update queue.visit as w set yields = false
          where w.office_id = o.office_id and w.over_at is null and w.yields and w.state = 'arrived' and w.area_id = a.area_id;
        end if;
        update queue.visit as w set area_id = a.area_id, yields = false,
          invitations = w.invitations + case when v.state = 'arrived' and next_ is distinct from _admit_all.at_door then 1 else 0 end
        where w.office_id = o.office_id and w.visit_id = next_;
        if v.state = 'arrived' and next_ is distinct from _admit_all.at_door then
          perform queue._move(o.office_id, next_, 'invited', _admit_all.at, 'system');
          perform queue._message(o.office_id, 'invited', next_, _admit_all.at, jsonb_build_object('since', _admit_all.at));
        else
          left_room := left_room or v.state = 'inside';
          perform queue._move(o.office_id, next_, 'inside', _admit_all.at, 'system');
        end if;
      end loop;
    end loop;
    exit when not left_room;  -- who went on into another room left a place in this one
  end loop;
end $$;
