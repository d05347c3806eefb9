-- How many staff are in the area, by their own word. The larger of this and the plan counts, until the next opening. Refuses: QS404 no_such_area, QS422 bad_count.
create or replace function api.staff(office_id integer, at timestamptz, actor text, key text, area_id text, present integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(staff.office_id, staff.at);
  body jsonb := jsonb_build_array(staff.area_id, staff.present);
  answer jsonb := queue._replay(staff.office_id, now_, staff.actor, staff.key, 'staff', body);
  o queue.office;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = staff.office_id;
  perform queue._area(o.office_id, staff.area_id);
  if staff.present is null or staff.present not between 0 and 1000 then
    perform queue._refuse('QS422', 'bad_count', '{}');
  end if;
  update queue.area_state as a set staff_said = staff.present, staff_said_at = now_
  where a.office_id = o.office_id and a.area_id = staff.area_id;
  perform queue._event(o.office_id, now_, staff.actor, 'staff', null, jsonb_build_object('area', staff.area_id, 'present', staff.present));

  perform queue._end(o.office_id, now_);
  answer := queue._area_json(o, staff.area_id, now_);
  perform queue._remember(o.office_id, now_, staff.actor, staff.key, 'staff', body, answer);
  return answer;
end $$;
