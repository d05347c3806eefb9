-- What the office may take over from its authority's catalogue: {authority_id, name_vi, name_en, found}: as api.procedures, each with `here`, the service it
-- is at this office already (null: none). Null: the office belongs to no authority.
create or replace function api.office_catalogue(office_id integer, words text, most integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('authority_id', a.authority_id, 'name_vi', a.name_vi, 'name_en', a.name_en, 'found', (
    select coalesce(jsonb_agg(f.value || jsonb_build_object('here', (
      select s.service_id from queue.service as s
      where s.office_id = x.office_id and not s.retired and s.national_code = f.value ->> 'national_code' order by s.position limit 1)) order by f.n), '[]')
    from jsonb_array_elements(api.procedures(a.authority_id, office_catalogue.words, office_catalogue.most)) with ordinality as f (value, n)))
  from ops.authority_office as x join ops.authority as a on a.authority_id = x.authority_id
  where x.office_id = office_catalogue.office_id
$$;
