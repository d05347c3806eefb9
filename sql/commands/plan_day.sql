-- Plans one day anew for those who are named: `duties` is [{staff_id, shift_id, place}], place office, home or off. Who is not named stays as planned.
-- Nothing is published by it. Refuses: QS404 no_such_staff no_such_shift, QS422 bad_place, QS409 day_over.
create or replace function api.plan_day(office_id integer, at timestamptz, actor text, day date, duties jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(plan_day.office_id, plan_day.at);
  o queue.office;
  before jsonb;
begin
  select * into o from queue.office where office_id = plan_day.office_id;
  perform queue._rota_days(o, now_, plan_day.day, plan_day.day);
  if exists (
    select from jsonb_to_recordset(duties) as d (staff_id uuid)
    where not exists (
      select from queue.staff_member as m where m.office_id = o.office_id and m.staff_id = d.staff_id and queue._on_list(m, plan_day.day))) then
    perform queue._refuse('QS404', 'no_such_staff', '{}');
  elsif exists (
    select from jsonb_to_recordset(duties) as d (shift_id text)
    where not exists (select from queue.shift as s where s.office_id = o.office_id and s.shift_id = d.shift_id)) then
    perform queue._refuse('QS404', 'no_such_shift', '{}');
  elsif exists (
    select from jsonb_to_recordset(duties) as d (place text) where coalesce(d.place, '') not in ('office', 'home', 'off')) then
    perform queue._refuse('QS422', 'bad_place', '{}');
  end if;
  before := queue._day_plan_json(o.office_id, plan_day.day);
  delete from queue.duty as d using jsonb_to_recordset(duties) as n (staff_id uuid, shift_id text)
  where d.office_id = o.office_id and d.day = plan_day.day and not d.published and d.staff_id = n.staff_id and d.shift_id = n.shift_id;
  insert into queue.duty as k (office_id, day, published, staff_id, shift_id, place)
  select o.office_id, plan_day.day, false, d.staff_id, d.shift_id, min(d.place)
  from jsonb_to_recordset(duties) as d (staff_id uuid, shift_id text, place text) where d.place <> 'off' group by d.staff_id, d.shift_id;
  perform queue._audit(now_, plan_day.actor, array[o.office_id], 'plan_day', plan_day.day::text, before, queue._day_plan_json(o.office_id, plan_day.day));
  return jsonb_build_object('breaks', queue._rota_breaks(o, plan_day.day, false));
end $$;
