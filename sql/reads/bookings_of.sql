-- The visits of a phone at these offices that are not over, the soonest first, each with its office_id. It spans offices: soft, nothing is locked.
create or replace function api.bookings_of(at timestamptz, offices integer[], phone text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(queue._visit_for_staff(o, v, bookings_of.at) || jsonb_build_object('office_id', o.office_id) order by coalesce(v.starts_at, v.arrived_at), v.visit_id), '[]')
  from queue.office as o
  join queue.visit as v on v.office_id = o.office_id and v.phone = bookings_of.phone and v.over_at is null and v.state <> 'done'
  where o.office_id = any (bookings_of.offices) and bookings_of.phone <> ''
$$;
