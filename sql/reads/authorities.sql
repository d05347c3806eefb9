-- Who offices belong to: [{authority_id, name_vi, name_en, offices: how many}].
create or replace function api.authorities() returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('authority_id', a.authority_id, 'name_vi', a.name_vi, 'name_en', a.name_en, 'offices', (
    select count(*) from ops.authority_office as x where x.authority_id = a.authority_id)) order by queue._name_key(a.name_vi), a.authority_id), '[]')
  from ops.authority as a
$$;
