-- Gives a directive up: offices that have it keep it, at the others nothing happens any more.
-- Refuses: QS404 no_such_directive.
create or replace function api.drop_directive(at timestamptz, actor text, directive_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  d ops.directive;
begin
  update ops.directive as k set dropped_at = coalesce(k.dropped_at, drop_directive.at) where k.directive_id = drop_directive.directive_id returning * into d;
  if not found then
    perform queue._refuse('QS404', 'no_such_directive', '{}');
  end if;
  update ops.directive_office as x set wanted = '' where x.directive_id = d.directive_id and x.wanted <> '';
  perform queue._audit(drop_directive.at, drop_directive.actor, (select array_agg(x.office_id) from ops.directive_office as x where x.directive_id = d.directive_id),
                       'drop_directive', d.directive_id::text, null, null);
  return jsonb_build_object('directive_id', d.directive_id);
end $$;
