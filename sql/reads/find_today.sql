-- Whoever keeps the door looks for somebody by name or phone: today's visits with just what tells people apart. The words are compared by the asker,
-- who knows how people misspell; at most 2,000, those still to come or here first.
create or replace function api.find_today(office_id integer, at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
begin
  select * into o from queue.office as k where k.office_id = find_today.office_id;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('visit_id', v.visit_id, 'name', v.name, 'phone', v.phone, 'number', v.number, 'state', v.state,
        'starts_at', v.starts_at, 'arrived_at', v.arrived_at, 'party_size', v.party_size, 'services', (
          select coalesce(jsonb_agg(jsonb_build_object('name_vi', d.name_vi, 'name_en', d.name_en) order by s.service_no), '[]')
          from queue.visit_service as s
          join queue.service as d on d.office_id = s.office_id and d.service_id = s.service_id
          where s.office_id = v.office_id and s.visit_id = v.visit_id))
      order by v.over_at is null desc, v.starts_at, v.number), '[]')
    from (select w.* from queue.visit as w
          where w.office_id = o.office_id and w.day = queue._day(o, find_today.at) and w.state <> 'held' and (w.name <> '' or w.phone <> '')
          order by w.over_at is null desc, w.starts_at limit 2000) as v);
end $$;
