-- What `forget` would remove now, of each kind: {retention_days, named_from, visits, messages, jobs, …}. Null: no such office.
create or replace function api.retention(office_id integer, at timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('retention_days', o.retention_days, 'named_from', queue._named_from(o, r.at),
    'visits', (select count(*) from queue.visit as v where v.office_id = o.office_id and v.day < queue._named_from(o, r.at) and queue._is_named(v)),
    'messages', (
      select count(*) from queue.message as m
      where m.office_id = o.office_id and m.text <> '' and (m.state_at < r.since or exists (
        select from queue.visit as v where v.office_id = m.office_id and v.visit_id = m.visit_id and v.day < queue._named_from(o, r.at) and queue._is_named(v)))),
    'jobs', (select count(*) from queue.job as j where j.office_id = o.office_id and (j.ended_at < r.since and j.facts <> '{}' or j.ended_at is null and j.due_at < r.since)),
    'requests', (select count(*) from queue.request as q where q.office_id = o.office_id and q.at < r.at - interval '48 hours'),
    'proofs', (select count(*) from queue.phone_proof as p where p.office_id = o.office_id and p.sent_at < r.at - interval '48 hours'),
    'questions', (select count(*) from queue.text_question as t where t.office_id = o.office_id and t.ends_at <= r.at),
    'people', (select count(*) from queue.walk_in_person as w where w.office_id = o.office_id and w.day < queue._day(o, r.at)),
    'claims', (select count(*) from ops.person_booking as b where b.office_id = o.office_id and b.until_at < r.since),
    'waiting', (select count(*) from queue.waiting as w where w.office_id = o.office_id and w.ended_at < r.since and w.phone <> ''),
    'call_backs', (
      select count(*) from queue.call_back as c where c.office_id = o.office_id and c.state <> 'waiting' and c.ended_at < r.since and c.phone <> ''),
    'notes', (select count(*) from queue.call_entry as c where c.office_id = o.office_id and c.note <> '' and c.at < r.since),
    'dossiers', (
      select count(*) from queue.dossier as d where d.office_id = o.office_id and (d.forget_on <= queue._day(o, r.at) or d.noted_at < r.since)),
    'leaves', (select count(*) from queue.staff_leave as l where l.office_id = o.office_id and l.last_day < queue._named_from(o, r.at)),
    'duties', (select count(*) from queue.duty as d where d.office_id = o.office_id and d.day < queue._named_from(o, r.at)),
    'staff', (select count(*) from queue.staff_member as m where m.office_id = o.office_id and m.left_on < queue._named_from(o, r.at)),
    'texts', (select count(*) from ops.inbox as i where i.office_id = o.office_id and i.done_at < r.since),
    'entries', (select count(*) from queue.floor_late as l where l.office_id = o.office_id and l.at < r.since and l.body <> '{}'))
  from queue.office as o
  cross join lateral (select greatest(retention.at, s.last_at) as at, queue._kept_since(o, greatest(retention.at, s.last_at)) as since
                      from queue.office_state as s where s.office_id = o.office_id) as r
  where o.office_id = retention.office_id
$$;
