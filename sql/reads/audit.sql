-- What was changed at an office, newest first: [{at, actor, origin, act, target, before, after}], before a moment. Both what was done to its accounts,
-- devices and file, and what staff did beyond the usual day: let in over a cap, recounted, took back. At least `most` where there are so many; never a part of
-- what was done in one moment, for the next page begins before it. `everywhere`: also what concerns every office, such as a new administrator.
create or replace function api.audit(office_id integer, earlier_than timestamptz, most integer, everywhere boolean) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(r) - 'no' order by r.at desc, r.no desc), '[]')
  from (
    (select t.audit_no as no, t.at, t.actor, t.origin, t.act, t.target, t.before, t.after
     from ops.audit as t
     where (audit.office_id = any (t.offices) or t.offices is null and audit.everywhere) and t.at < audit.earlier_than
     order by t.at desc fetch first audit.most rows with ties)
    union all
    (select e.event_no, e.at, e.actor, e.origin, e.kind, coalesce(v.number, e.facts ->> 'area', ''), null, e.facts - '{area}'::text[]
     from queue.event as e left join queue.visit as v on v.office_id = e.office_id and v.visit_id = e.visit_id
     where e.office_id = audit.office_id and e.at < audit.earlier_than
       and e.kind in ('excess', 'admitted', 'recount', 'staff', 'counted_in', 'undone', 'came_at', 'taken_over', 'floor taken back')
     order by e.at desc fetch first audit.most rows with ties)
    order by at desc fetch first audit.most rows with ties
  ) as r
$$;
