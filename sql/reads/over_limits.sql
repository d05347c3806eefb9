-- Bookings that went over the limit of bookings per phone, with who made them and why, the newest first; at most 200.
-- It spans offices: soft, nothing is locked.
create or replace function api.over_limits(at timestamptz, offices integer[], days integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(x.row order by x.at desc), '[]') from (
    select e.at, jsonb_build_object('at', e.at, 'office_id', o.office_id, 'office_name_vi', o.name_vi, 'office_name_en', o.name_en, 'time_zone', o.time_zone,
      'actor', e.actor, 'facts', e.facts, 'name', v.name, 'phone', v.phone, 'code', v.code, 'starts_at', v.starts_at, 'state', v.state) as row
    from queue.office as o
    join queue.event as e on e.office_id = o.office_id and e.kind = 'over_limit' and e.at > over_limits.at - make_interval(days => over_limits.days)
    join queue.visit as v on v.office_id = e.office_id and v.visit_id = e.visit_id
    where o.office_id = any (over_limits.offices)
    order by e.at desc limit 200) as x
$$;
