-- Confirms what a directive would do at every office that is ready, as it was shown (`seen`). Answers with a decision: confirmed {offices}, or
-- list_changed where what was shown is not what would be done. Offices that are not ready, or have it, are left as they are.
-- Refuses: QS404 no_such_directive, QS409 change_over (it was given up).
create or replace function api.confirm_directive(at timestamptz, actor text, directive_id uuid, seen text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  d ops.directive := queue._directive(confirm_directive.directive_id);
  ready integer[];
begin
  if queue._directive_seen(d.directive_id) is distinct from confirm_directive.seen then
    return jsonb_build_object('decision', 'list_changed');
  end if;
  with ready as (select r.office_id, r.seen from queue._directive_ready(d.directive_id) as r), told as (
    update ops.directive_office as x set wanted = 'apply', problem = '', facts = '{}', seen = r.seen
    from ready as r where x.directive_id = d.directive_id and x.office_id = r.office_id
    returning x.office_id)
  select array_agg(t.office_id) into ready from told as t;
  update ops.directive as k set confirmed_at = coalesce(k.confirmed_at, confirm_directive.at) where k.directive_id = d.directive_id;
  perform queue._audit(confirm_directive.at, confirm_directive.actor, ready, 'confirm_directive', d.directive_id::text, null,
                       jsonb_build_object('offices', cardinality(ready)));
  return jsonb_build_object('decision', 'confirmed', 'offices', coalesce(cardinality(ready), 0));
end $$;
