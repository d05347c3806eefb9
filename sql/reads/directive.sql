-- A directive and what it has come to at each office, failures first: {authority_id, act, measure, note, most_days, actor, created_at, confirmed_at,
-- dropped_at, seen, offices: [{office_id, slug, name_vi, name_en, time_zone, change_id, state, problem, facts, moves, unplaced, silent, changes, applied_at}]}.
-- `answers`: how many of who was moved, or could not be, have answered what (queue._change_answer). `seen` is what a confirmation of all that is ready says. Null: there is none.
create or replace function api.directive(directive_id uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select to_jsonb(d) || jsonb_build_object('seen', queue._directive_seen(d.directive_id), 'answers', (
    select coalesce(jsonb_object_agg(r.answer, r.n), '{}')
    from (
      select queue._change_answer(m, v) as answer, count(*) as n
      from ops.directive_office as x
      join queue.change_move as m on m.office_id = x.office_id and m.change_id = x.change_id
      join queue.visit as v on v.office_id = m.office_id and v.visit_id = m.visit_id
      where x.directive_id = d.directive_id group by 1) as r), 'offices', (
    select coalesce(jsonb_agg(to_jsonb(r) order by array_position('{failed,ready,applying,waiting,applied}', r.state), queue._name_key(r.name_vi), r.office_id), '[]')
    from (
      select x.office_id, o.slug, o.name_vi, o.name_en, o.time_zone, x.change_id, queue._directive_state(x, c.state) as state, x.problem, x.facts,
        coalesce(jsonb_array_length(c.moves), 0) as moves, c.applied_at, x.tried_at,
        (select count(*) from jsonb_array_elements(c.moves) as m (value) where m.value ->> 'starts_at' is null) as unplaced
      from ops.directive_office as x
      join queue.office as o on o.office_id = x.office_id
      left join queue.change as c on c.office_id = x.office_id and c.change_id = x.change_id
      where x.directive_id = d.directive_id) as r))
  from ops.directive as d where d.directive_id = directive.directive_id
$$;
