-- Registers who offices belong to, a province or a bank, or gives it another name.
-- Refuses: QS422 bad_authority (its address is not of a-z, 0-9 and dashes).
create or replace function api.keep_authority(at timestamptz, actor text, authority_id text, name_vi text, name_en text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  if keep_authority.authority_id !~ '^[a-z0-9]+(-[a-z0-9]+)*$' or length(keep_authority.authority_id) > 60 then
    perform queue._refuse('QS422', 'bad_authority', '{}');
  end if;
  insert into ops.authority as a (authority_id, name_vi, name_en, created_at, changed_at)
  values (keep_authority.authority_id, keep_authority.name_vi, keep_authority.name_en, keep_authority.at, keep_authority.at)
  on conflict (authority_id) do update set name_vi = excluded.name_vi, name_en = excluded.name_en;
  perform queue._audit(keep_authority.at, keep_authority.actor, queue._offices_of(keep_authority.authority_id), 'keep_authority',
                       keep_authority.authority_id, null,
                       jsonb_build_object('name_vi', keep_authority.name_vi, 'name_en', keep_authority.name_en));
  return jsonb_build_object('authority_id', keep_authority.authority_id);
end $$;
