-- Which of these times [{office_id, services: [{service, quantity}], starts_at}] may still be booked, as numbers from 1. It spans offices: soft.
create or replace function api.still_free(at timestamptz, times jsonb) returns jsonb
language sql stable security definer set search_path = '' as $$
  with asked as (
    select x.n, t.office_id, t.services, t.starts_at, queue._day(o, t.starts_at) as day
    from jsonb_array_elements(still_free.times) with ordinality as x (slot, n)
    cross join lateral jsonb_to_record(x.slot) as t (office_id integer, services jsonb, starts_at timestamptz)
    join queue.office as o on o.office_id = t.office_id
    where not exists (
      select from jsonb_array_elements(t.services) as w (wanted)
      where not exists (select from queue.service as s
                        where s.office_id = o.office_id and s.service_id = w.wanted ->> 'service' and not s.retired))
  ), days as (
    select d.*, api.slots(d.office_id, still_free.at, d.services, d.day, 1) as slots
    from (select distinct a.office_id, a.services, a.day from asked as a) as d
  )
  select coalesce(jsonb_agg(a.n order by a.n), '[]')
  from asked as a
  join days as d on d.office_id = a.office_id and d.services = a.services and d.day = a.day
  where exists (
    select from jsonb_to_recordset(d.slots) as s (starts_at timestamptz, "left" integer) where s.starts_at = a.starts_at and s.left > 0)
$$;
