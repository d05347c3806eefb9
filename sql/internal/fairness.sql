-- Scarce services and proven phones: what is drawn by chance, whose bookings are limited, what a code proves.

-- A number from 0 up to, not including, `below`: by chance for whoever does not know the office's seed, the same for every process.
create or replace function queue._chance(office_id integer, of text, below integer) returns integer
language sql stable as $$
  select ((('x' || substr(encode(sha256(convert_to(c.seed::text || of, 'UTF8')), 'hex'), 1, 8))::bit(32)::bigint & 2147483647)
          % greatest(below, 1))::integer
  from queue.chance as c where c.office_id = _chance.office_id
$$;

-- The scarce services of a visit, by national code where they have one.
create or replace function queue._scarce(o queue.office, services jsonb) returns text[]
language sql stable as $$
  select coalesce(array_agg(distinct coalesce(nullif(s.national_code, ''), s.service_id)), '{}')
  from jsonb_array_elements(services) as a
  join queue.service as s on s.office_id = o.office_id and s.service_id = a ->> 'service' and s.scarce
$$;

-- When a day is opened for scarce services: at a minute nobody knows, within the office's hours for it, on the first day it could be booked.
create or replace function queue._opens_at(o queue.office, day date) returns timestamptz
language sql stable as $$
  select ((day - o.booking_days) + f.opens_from) at time zone o.time_zone
    + make_interval(mins => queue._chance(o.office_id, 'opens ' || day, (extract(epoch from f.opens_to - f.opens_from) / 60)::integer))
  from queue.fairness as f where f.office_id = o.office_id
$$;

-- One of the places a person may have of a scarce service, over all offices of the authority. True: it is theirs, or was already.
-- Two offices at once: the later waits for the earlier to commit, then finds the place taken.
create or replace function queue._claim(o queue.office, service text, person bytea, visit_id uuid, ends_at timestamptz, now_ timestamptz) returns boolean
language plpgsql as $$
#variable_conflict use_column
declare
  f queue.fairness;
begin
  select * into f from queue.fairness as k where k.office_id = o.office_id;
  perform from ops.person_booking as b
  where b.authority = f.authority and b.service = _claim.service and b.person = _claim.person and b.office_id = o.office_id and b.visit_id = _claim.visit_id;
  if found then
    return true;
  end if;
  delete from ops.person_booking as b
  where b.authority = f.authority and b.service = _claim.service and b.person = _claim.person and b.until_at <= _claim.now_;
  for n in 1 .. f.per_person loop
    insert into ops.person_booking (authority, service, person, place, office_id, visit_id, until_at)
    values (f.authority, _claim.service, _claim.person, n, o.office_id, _claim.visit_id, _claim.ends_at + interval '1 day')
    on conflict do nothing;
    if found then
      return true;
    end if;
  end loop;
  return false;
end $$;

create or replace function queue._unclaim(office_id integer, visit_id uuid) returns void
language sql as $$
  delete from ops.person_booking as b where b.office_id = _unclaim.office_id and b.visit_id = _unclaim.visit_id
$$;

-- Bookings of a phone that count, whatever channel they came by; what is not proven yet does not.
-- `is true` keeps the planner from the index on states: beside millions of past visits it takes that of a full office's open bookings for empty, and
-- then reads thousands of them for each phone.
create or replace function queue._active(office_id integer, phone text) returns integer
language sql stable as $$
  select count(*)::integer from queue.visit as v
  where v.office_id = _active.office_id and v.phone = _active.phone and v.phone <> '' and v.over_at is null and (v.state = 'booked') is true
    and v.booked
$$;

-- Seconds until this phone may be sent another code here; 0: now.
create or replace function queue._next_code(f queue.fairness, phone text, now_ timestamptz) returns integer
language sql stable as $$
  select case when coalesce(sum(p.sent), 0) < f.codes_per_hour then 0
    else greatest(1, ceil(extract(epoch from min(p.sent_at) + interval '1 hour' - now_)))::integer end
  from queue.phone_proof as p where p.office_id = f.office_id and p.phone = _next_code.phone and p.sent_at > _next_code.now_ - interval '1 hour'
$$;

-- An unproven booking counts from now on, and is confirmed: under its visit's id, one each.
create or replace function queue._count_in(office_id integer, visit_id uuid, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  update queue.phone_proof as p set proven_at = _count_in.now_, code = '' where p.office_id = _count_in.office_id and p.visit_id = _count_in.visit_id;
  update queue.visit as v set booked = true where v.office_id = _count_in.office_id and v.visit_id = _count_in.visit_id;
  perform queue._move(_count_in.office_id, _count_in.visit_id, 'booked', _count_in.now_, _count_in.actor, 'phone proven');
  insert into queue.job (office_id, job_id, kind, visit_id, due_at)
  values (_count_in.office_id, _count_in.visit_id, 'confirmation', _count_in.visit_id, _count_in.now_);
  perform queue._remind(k, _count_in.visit_id, _count_in.now_) from queue.office as k where k.office_id = _count_in.office_id;
end $$;

-- A booked or unproven visit ends as cancelled, and what it took goes to whoever waits, or back.
create or replace function queue._give_up(o queue.office, v queue.visit, now_ timestamptz, actor text, reason text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  takes queue.take[] := array(select t from unnest(v.takes) as t where not t.used);
begin
  perform queue._release(o.office_id, v.visit_id);
  perform queue._move(o.office_id, v.visit_id, 'cancelled', _give_up.now_, _give_up.actor, _give_up.reason);
  perform queue._leave_list(o, v.visit_id, _give_up.now_);
  perform queue._freed(o, queue._services(o.office_id, v.visit_id, 1), v.starts_at, v.ends_at, v.booked_party, takes, _give_up.now_, true);
end $$;
