-- Whether the published rota has somebody with this account in the office at this moment. Null: it says nothing of them, or of today.
create or replace function api.on_duty(office_id integer, at timestamptz, account_id uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from queue._duties(o, d.day, true) as k
    where k.staff_id = m.staff_id and k.place = 'office'
      and (on_duty.at at time zone o.time_zone)::time >= k.starts and (on_duty.at at time zone o.time_zone)::time < k.ends)
  from queue.office as o
  join queue.rota_day as d on d.office_id = o.office_id and d.day = queue._day(o, on_duty.at)
  join queue.staff_member as m on m.office_id = o.office_id and m.account_id = on_duty.account_id
  where o.office_id = on_duty.office_id and queue._on_list(m, d.day)
  limit 1
$$;
