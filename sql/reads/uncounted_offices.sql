-- Offices with days to be counted: something changed since the last count, which was five minutes ago or on another day, or a box brought something
-- late: [office_id]. A box counts nothing: its hub does.
create or replace function api.uncounted_offices(at timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(s.office_id order by s.office_id), '[]')
  from queue.office_state as s
  join queue.office as o on o.office_id = s.office_id
  left join queue.counted as c on c.office_id = s.office_id
  where not queue._is_box(s.office_id)
    and (s.version is distinct from c.version and (c.day is distinct from queue._day(o, uncounted_offices.at) or c.at < uncounted_offices.at - interval '5 minutes')
         or exists (select from queue.count_again as a where a.office_id = s.office_id))
$$;
