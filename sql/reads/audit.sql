-- What was changed at an office, newest first: [{at, actor, origin, act, target, before, after}], before a moment. Both what was done to its accounts,
-- devices and file, and what staff did beyond the usual day: let in over a cap, recounted, took back.
create or replace function api.audit(office_id integer, earlier_than timestamptz, most integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(r) order by r.at desc, r.act), '[]')
  from (
    (select t.at, t.actor, t.origin, t.act, t.target, t.before, t.after
     from ops.audit as t
     where audit.office_id = any (t.offices) and t.at < audit.earlier_than
     order by t.at desc limit audit.most)
    union all
    (select e.at, e.actor, e.origin, e.kind, coalesce(v.number, e.facts ->> 'area', ''), null, e.facts - '{area}'::text[]
     from queue.event as e left join queue.visit as v on v.office_id = e.office_id and v.visit_id = e.visit_id
     where e.office_id = audit.office_id and e.at < audit.earlier_than
       and e.kind in ('excess', 'admitted', 'recount', 'staff', 'counted_in', 'undone', 'came_at', 'taken_over', 'floor taken back')
     order by e.at desc limit audit.most)
    order by at desc limit audit.most
  ) as r
$$;
