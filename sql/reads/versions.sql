-- Where every office stands: [{office_id, version}].
create or replace function api.versions() returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('office_id', s.office_id, 'version', s.version)), '[]') from queue.office_state as s
$$;
