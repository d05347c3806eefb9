-- Keeps who works at an office: somebody new, or what has changed of them. `person`: {name, title, group, area, queues, leads, account_id, left_on}; what
-- was planned for them after their last day goes. The trail keeps no name.
-- Refuses: QS422 bad_name, QS404 no_such_group no_such_area no_such_queue, QS409 account_on_list.
create or replace function api.keep_staff(office_id integer, at timestamptz, actor text, staff_id uuid, person jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(keep_staff.office_id, keep_staff.at);
  today date := (select queue._day(o, now_) from queue.office as o where o.office_id = keep_staff.office_id);
  before jsonb;
  m queue.staff_member;
begin
  select to_jsonb(k) into before from queue.staff_member as k where k.office_id = keep_staff.office_id and k.staff_id = keep_staff.staff_id;
  m := jsonb_populate_record(null::queue.staff_member, person || jsonb_build_object('office_id', keep_staff.office_id, 'staff_id', keep_staff.staff_id,
    'group_id', person ->> 'group', 'area_id', person ->> 'area'));
  if coalesce(m.name, '') = '' or length(m.name) > 80 or length(m.title) > 80 then
    perform queue._refuse('QS422', 'bad_name', '{}');
  elsif m.group_id is not null and not exists (select from queue.staff_group as g where g.office_id = m.office_id and g.group_id = m.group_id) then
    perform queue._refuse('QS404', 'no_such_group', '{}');
  elsif m.area_id is not null and not exists (
    select from queue.area as a where a.office_id = m.office_id and a.area_id = m.area_id and not a.retired) then
    perform queue._refuse('QS404', 'no_such_area', '{}');
  elsif exists (
    select from unnest(m.queues) as n (queue_id)
    where not exists (select from queue.queue as q where q.office_id = m.office_id and q.queue_id = n.queue_id and not q.retired)) then
    perform queue._refuse('QS404', 'no_such_queue', '{}');
  elsif exists (
    select from queue.staff_member as k
    where k.office_id = m.office_id and k.account_id = m.account_id and k.staff_id <> m.staff_id
      and queue._on_list(m, today) and queue._on_list(k, today)) then
    perform queue._refuse('QS409', 'account_on_list', '{}');
  end if;
  insert into queue.staff_member as k (office_id, staff_id, name, title, group_id, area_id, queues, leads, account_id, left_on)
  values (m.office_id, m.staff_id, m.name, coalesce(m.title, ''), m.group_id, m.area_id, coalesce(m.queues, '{}'), coalesce(m.leads, false), m.account_id, m.left_on)
  on conflict (office_id, staff_id) do update set name = excluded.name, title = excluded.title, group_id = excluded.group_id, area_id = excluded.area_id,
    queues = excluded.queues, leads = excluded.leads, account_id = excluded.account_id, left_on = excluded.left_on
  returning k.* into m;
  delete from queue.duty as d where d.office_id = m.office_id and d.staff_id = m.staff_id and d.day > m.left_on and not d.published;
  perform queue._audit(now_, keep_staff.actor, array[m.office_id], 'keep_staff', m.staff_id::text, before - '{name,title,office_id}'::text[],
                       to_jsonb(m) - '{name,title,office_id}'::text[]);
  return jsonb_build_object('staff_id', m.staff_id);
end $$;
