-- Removes names, phones and the words of messages that an office has kept long enough, at most so many rows of each kind: {visits, messages, jobs,
-- requests, proofs, questions, people, claims, waiting, call_backs, notes, dossiers, leaves, duties, staff, texts,
-- entries, more}. What a worker asks again until there is no more, with pauses, so that
-- the office is never locked for long. What is counted (visits, stays, times, outcomes) stays.
create or replace function api.forget(office_id integer, at timestamptz, most integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(forget.office_id, forget.at);
  o queue.office;
  named_from date;
  since timestamptz;
  visits uuid[];
  last_day date;
  gone jsonb := '{}'::jsonb;
  n integer;
begin
  select * into o from queue.office where office_id = forget.office_id;
  named_from := queue._named_from(o, now_);
  since := queue._kept_since(o, now_);

  select array_agg(v.visit_id), max(v.day) into visits, last_day from (
    select w.visit_id, w.day from queue.visit as w
    where w.office_id = o.office_id and w.day < named_from and queue._is_named(w)
      and w.day >= coalesce((select f.named_from from queue.forgotten as f where f.office_id = o.office_id), '-infinity')
    order by w.day limit forget.most) as v;
  n := queue._forget_visits(o.office_id, coalesce(visits, '{}'));
  gone := gone || jsonb_build_object('visits', coalesce(cardinality(visits), 0));
  insert into queue.forgotten as f (office_id, named_from)
  values (o.office_id, case when cardinality(visits) = forget.most then last_day else named_from end)
  on conflict (office_id) do update set named_from = excluded.named_from where f.named_from <> excluded.named_from;

  gone := gone || jsonb_build_object('messages', n + queue._empty_messages(o.office_id, array(
    select m.message_id from queue.message as m
    where m.office_id = o.office_id and m.text <> '' and m.state_at < since order by m.state_at limit forget.most)));

  -- also what nobody has done in all these days: nobody needs it any more
  update queue.job as j
  set facts = '{}', ended_at = coalesce(j.ended_at, now_), outcome = case when j.ended_at is null then 'forgotten' else j.outcome end
  where j.office_id = o.office_id and j.job_id in (
    (select k.job_id from queue.job as k
     where k.office_id = o.office_id and k.ended_at < since and k.facts <> '{}' order by k.ended_at limit forget.most)
    union all
    (select k.job_id from queue.job as k where k.office_id = o.office_id and k.ended_at is null and k.due_at < since order by k.due_at limit forget.most));
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('jobs', n);

  delete from queue.request as r
  where r.office_id = o.office_id and (r.caller, r.key) in (
    select q.caller, q.key from queue.request as q
    where q.office_id = o.office_id and q.at < now_ - interval '48 hours' order by q.at limit forget.most);
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('requests', n);

  delete from queue.phone_proof as p
  where p.office_id = o.office_id and p.visit_id in (
    select q.visit_id from queue.phone_proof as q where q.office_id = o.office_id and q.sent_at < now_ - interval '48 hours' limit forget.most);
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('proofs', n);

  delete from queue.text_question as t where t.office_id = o.office_id and t.ends_at <= now_;
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('questions', n);

  delete from queue.walk_in_person as w where w.office_id = o.office_id and w.day < queue._day(o, now_);
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('people', n);
  delete from queue.person_key as k where k.office_id = o.office_id and k.day < queue._day(o, now_);
  delete from ops.person_booking as b where b.office_id = o.office_id and b.until_at < since;
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('claims', n);

  update queue.waiting as w set name = '', phone = '', person = null, asked = ''
  where w.office_id = o.office_id and w.waiting_id in (
    select k.waiting_id from queue.waiting as k where k.office_id = o.office_id and k.ended_at < since and k.phone <> '' limit forget.most);
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('waiting', n);

  update queue.call_back as c set name = '', phone = '', note = ''
  where c.office_id = o.office_id and c.call_back_id in (
    select k.call_back_id from queue.call_back as k
    where k.office_id = o.office_id and k.state <> 'waiting' and k.ended_at < since and k.phone <> '' limit forget.most);
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('call_backs', n);

  update queue.call_entry as c set note = ''
  where c.office_id = o.office_id and c.entry_id in (
    select k.entry_id from queue.call_entry as k where k.office_id = o.office_id and k.note <> '' and k.at < since limit forget.most);
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('notes', n);

  delete from queue.dossier as d
  where d.office_id = o.office_id and (d.visit_id, d.code) in (
    select k.visit_id, k.code from queue.dossier as k
    where k.office_id = o.office_id and (k.forget_on <= queue._day(o, now_) or k.noted_at < since) limit forget.most);
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('dossiers', n);

  -- who worked when, who was on leave, and who has left
  delete from queue.staff_leave as l
  where l.office_id = o.office_id and (l.staff_id, l.first_day) in (
    select k.staff_id, k.first_day from queue.staff_leave as k where k.office_id = o.office_id and k.last_day < named_from limit forget.most);
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('leaves', n);
  delete from queue.duty as d
  where d.office_id = o.office_id and (d.day, d.published, d.staff_id, d.shift_id) in (
    select k.day, k.published, k.staff_id, k.shift_id from queue.duty as k
    where k.office_id = o.office_id and k.day < named_from order by k.day limit forget.most);
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('duties', n);
  delete from queue.rota_day as d where d.office_id = o.office_id and d.day < named_from;
  delete from queue.rota_withdrawal as w where w.office_id = o.office_id and w.day < named_from;
  delete from queue.staff_member as m
  where m.office_id = o.office_id and m.staff_id in (
    select k.staff_id from queue.staff_member as k where k.office_id = o.office_id and k.left_on < named_from limit forget.most);
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('staff', n);

  delete from ops.inbox as i
  where i.inbox_id in (select k.inbox_id from ops.inbox as k where k.office_id = o.office_id and k.done_at < since limit forget.most);
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('texts', n);

  -- what a box brought too late; and what waits for one that has been silent ever since, emptied where it stands: entries follow each other
  update queue.floor_late as l set body = '{}' where l.office_id = o.office_id and l.at < since and l.body <> '{}';
  get diagnostics n = row_count;
  update queue.floor_entry as e
  set body = case e.kind when 'visit' then jsonb_set(e.body, '{visit}', (e.body -> 'visit') || '{"name": "", "phone": "", "person": null, "asked": null}')
    else '[]' end
  from queue.floor as f
  where f.office_id = o.office_id and f.heard_at < since and e.office_id = o.office_id
    and (e.kind in ('requests', 'jobs', 'notes') and e.body <> '[]'
         or e.kind = 'visit' and queue._is_named(jsonb_populate_record(null::queue.visit, e.body -> 'visit')));
  gone := gone || jsonb_build_object('entries', n);

  return gone || jsonb_build_object('more', exists (select from jsonb_each_text(gone) as g where g.value::integer >= forget.most));
end $$;
