-- What was done in a call at these offices, oldest first. It spans offices: soft, nothing is locked.
create or replace function api.call_entries(offices integer[], call text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('office_id', e.office_id, 'at', e.at, 'actor', e.actor, 'did', e.did, 'note', e.note,
      'name', coalesce(v.name, c.name, ''), 'code', v.code, 'starts_at', v.starts_at, 'state', v.state, 'service', jsonb_build_object(
        'name_vi', coalesce(s.name_vi, ''), 'name_en', coalesce(s.name_en, ''))) order by e.at, e.entry_id), '[]')
  from queue.call_entry as e
  left join queue.visit as v on v.office_id = e.office_id and v.visit_id = e.visit_id
  left join queue.call_back as c on c.office_id = e.office_id and c.call_back_id = e.call_back_id
  left join queue.service as s on s.office_id = e.office_id and s.service_id = e.service_id
  where e.office_id = any (call_entries.offices) and e.call = call_entries.call and call_entries.call <> ''
$$;
