-- An authority directs offices: a preset is to be put in force there, extended or ended (`measure`, as offices keep it), or what it says itself is passed
-- on (null). The worker works out at each office what that would do; nothing changes before confirm_directive. The same id again is the same directive.
-- Refuses: QS404 no_such_authority, QS404 no_such_office {office_id} (not one of its offices), QS422 no_offices, QS409 id_reused.
create or replace function api.direct(at timestamptz, actor text, authority_id text, directive_id uuid, act text, measure jsonb, note text, most_days integer,
                                      offices integer[]) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  other integer;
  d ops.directive;
begin
  if not exists (select from ops.authority as a where a.authority_id = direct.authority_id) then
    perform queue._refuse('QS404', 'no_such_authority', '{}');
  elsif coalesce(cardinality(offices), 0) = 0 then
    perform queue._refuse('QS422', 'no_offices', '{}');
  end if;
  select o.office_id into other from unnest(offices) as o (office_id)
  where not exists (select from ops.authority_office as x where x.office_id = o.office_id and x.authority_id = direct.authority_id);
  if found then
    perform queue._refuse('QS404', 'no_such_office', jsonb_build_object('office_id', other));
  end if;
  insert into ops.directive (directive_id, authority_id, act, measure, note, most_days, actor, created_at)
  values (direct.directive_id, direct.authority_id, direct.act, direct.measure, direct.note, direct.most_days, direct.actor, direct.at)
  on conflict (directive_id) do nothing returning * into d;
  if d.directive_id is null then
    if not exists (select from ops.directive as k where k.directive_id = direct.directive_id and k.authority_id = direct.authority_id
                   and k.act = direct.act and k.measure is not distinct from direct.measure) then
      perform queue._refuse('QS409', 'id_reused', '{}');
    end if;
    return jsonb_build_object('directive_id', direct.directive_id);
  end if;
  insert into ops.directive_office (directive_id, office_id, change_id)
  select d.directive_id, o.office_id, gen_random_uuid() from (select distinct unnest(offices)) as o (office_id);
  perform queue._audit(direct.at, direct.actor, offices, 'direct', d.directive_id::text, null,
                       jsonb_build_object('act', direct.act, 'measure', direct.measure, 'note', direct.note));
  return jsonb_build_object('directive_id', d.directive_id);
end $$;
