-- What an office's file said in one version, and in the one before. Null: there is no such version.
create or replace function api.office_version(office_id integer, version_no integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  select to_jsonb(v) - 'office_id' || jsonb_build_object('rota', c.rota, 'restores', c.restores, 'before', (
    select b.file from queue.office_version as b where b.office_id = v.office_id and b.version_no = v.version_no - 1))
  from queue.office_version as v left join queue.change as c on c.office_id = v.office_id and c.change_id = v.change_id
  where v.office_id = office_version.office_id and v.version_no = office_version.version_no
$$;
