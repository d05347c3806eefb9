-- Tries a directive again where it failed, and there alone: {offices}.
-- Refuses: QS404 no_such_directive, QS409 change_over (it was given up).
create or replace function api.retry_directive(at timestamptz, actor text, directive_id uuid, most_days integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  d ops.directive := queue._directive(retry_directive.directive_id);
  tried integer[];
begin
  update ops.directive as k set most_days = coalesce(retry_directive.most_days, k.most_days) where k.directive_id = d.directive_id;
  with again as (
    update ops.directive_office as x set wanted = 'draft', problem = '', facts = '{}'
    from ops.directive_office as y left join queue.change as c on c.office_id = y.office_id and c.change_id = y.change_id
    where x.directive_id = d.directive_id and y.directive_id = x.directive_id and y.office_id = x.office_id
      and queue._directive_state(y, c.state) in ('failed', case when retry_directive.most_days is null then 'failed' else 'ready' end)
    returning x.office_id)
  select array_agg(a.office_id) into tried from again as a;
  perform queue._audit(retry_directive.at, retry_directive.actor, tried, 'retry_directive', d.directive_id::text, null,
                       jsonb_build_object('offices', cardinality(tried)));
  return jsonb_build_object('offices', coalesce(cardinality(tried), 0));
end $$;
