-- What the worker has to do for directives: [{directive_id, office_id, change_id, wanted, problem, measure, note, most_days, seen, actor}], oldest first.
create or replace function api.directive_work(most integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(w) - 'created_at' order by w.created_at, w.office_id), '[]')
  from (
    select x.directive_id, x.office_id, x.change_id, x.wanted, x.problem, d.measure, d.note, d.most_days, x.seen, d.actor, d.created_at
    from ops.directive_office as x join ops.directive as d on d.directive_id = x.directive_id
    where x.wanted <> '' order by d.created_at, x.office_id limit directive_work.most) as w
$$;
