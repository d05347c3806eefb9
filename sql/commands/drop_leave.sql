-- A leave that begins on this day is taken back; nobody is planned for anything by that. Refuses: QS404 no_such_staff.
create or replace function api.drop_leave(office_id integer, at timestamptz, actor text, staff_id uuid, first_day date) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(drop_leave.office_id, drop_leave.at);
  gone queue.staff_leave;
begin
  delete from queue.staff_leave as l
  where l.office_id = drop_leave.office_id and l.staff_id = drop_leave.staff_id and l.first_day = drop_leave.first_day returning l.* into gone;
  if gone.staff_id is null then
    perform queue._refuse('QS404', 'no_such_staff', '{}');
  end if;
  perform queue._audit(now_, drop_leave.actor, array[gone.office_id], 'drop_leave', gone.staff_id::text,
                       jsonb_build_object('first_day', gone.first_day, 'last_day', gone.last_day), null);
  return jsonb_build_object('staff_id', gone.staff_id);
end $$;
