-- Keeps a named set of rules of an authority, new or changed; retired, it is offered no more. Where it is in force already nothing changes.
-- Refuses: QS404 no_such_authority.
create or replace function api.keep_preset(at timestamptz, actor text, authority_id text, preset_id uuid, name_vi text, name_en text, rules jsonb,
                                           retired boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  before jsonb;
begin
  if not exists (select from ops.authority as a where a.authority_id = keep_preset.authority_id) then
    perform queue._refuse('QS404', 'no_such_authority', '{}');
  end if;
  select to_jsonb(p) into before from ops.preset as p where p.authority_id = keep_preset.authority_id and p.preset_id = keep_preset.preset_id;
  insert into ops.preset as p (authority_id, preset_id, name_vi, name_en, rules, actor, changed_at, retired)
  values (keep_preset.authority_id, keep_preset.preset_id, keep_preset.name_vi, keep_preset.name_en, keep_preset.rules, keep_preset.actor, keep_preset.at,
          keep_preset.retired)
  on conflict (authority_id, preset_id) do update set name_vi = excluded.name_vi, name_en = excluded.name_en, rules = excluded.rules,
    actor = excluded.actor, changed_at = excluded.changed_at, retired = excluded.retired;
  perform queue._audit(keep_preset.at, keep_preset.actor, queue._offices_of(keep_preset.authority_id), 'keep_preset',
                       keep_preset.name_vi, before - '{actor,changed_at}'::text[],
                       jsonb_build_object('name_vi', keep_preset.name_vi, 'name_en', keep_preset.name_en, 'rules', keep_preset.rules,
                                          'retired', keep_preset.retired));
  return jsonb_build_object('preset_id', keep_preset.preset_id);
end $$;
