-- Somebody is on leave from one day to another, both belonging to it: why is asked of nobody. What is planned for them then goes; where a published day
-- counts on them, the rota says so until it is published again. Refuses: QS404 no_such_staff, QS422 bad_days {most}.
create or replace function api.take_leave(office_id integer, at timestamptz, actor text, staff_id uuid, first_day date, last_day date) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(take_leave.office_id, take_leave.at);
begin
  if not exists (select from queue.staff_member as m where m.office_id = take_leave.office_id and m.staff_id = take_leave.staff_id) then
    perform queue._refuse('QS404', 'no_such_staff', '{}');
  elsif take_leave.first_day is null or take_leave.last_day is null or take_leave.last_day < take_leave.first_day
        or take_leave.last_day - take_leave.first_day > 366 then
    perform queue._refuse('QS422', 'bad_days', '{"most": 366}');
  end if;
  insert into queue.staff_leave as l (office_id, staff_id, first_day, last_day)
  values (take_leave.office_id, take_leave.staff_id, take_leave.first_day, take_leave.last_day)
  on conflict (office_id, staff_id, first_day) do update set last_day = excluded.last_day;
  delete from queue.duty as d
  where d.office_id = take_leave.office_id and d.staff_id = take_leave.staff_id and not d.published
    and d.day between greatest(take_leave.first_day, (select queue._day(o, now_) from queue.office as o where o.office_id = take_leave.office_id))
    and take_leave.last_day;
  perform queue._audit(now_, take_leave.actor, array[take_leave.office_id], 'take_leave', take_leave.staff_id::text, null,
                       jsonb_build_object('first_day', take_leave.first_day, 'last_day', take_leave.last_day));
  return jsonb_build_object('staff_id', take_leave.staff_id);
end $$;
