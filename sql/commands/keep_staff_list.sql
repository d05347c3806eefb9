-- Keeps several people of an office at once, all of them or none: [{staff_id, person}], each as for keep_staff. `mark` is what api.rota told of the list
-- that was looked at before (staff_mark). Refuses: QS409 staff_changed, and whatever keep_staff refuses.
create or replace function api.keep_staff_list(office_id integer, at timestamptz, actor text, people jsonb, mark text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform queue._begin_at_hub(keep_staff_list.office_id, keep_staff_list.at);
  if mark is distinct from queue._staff_mark(keep_staff_list.office_id) then
    perform queue._refuse('QS409', 'staff_changed', '{}');
  end if;
  perform api.keep_staff(keep_staff_list.office_id, keep_staff_list.at, keep_staff_list.actor, (p.value ->> 'staff_id')::uuid, p.value -> 'person')
  from jsonb_array_elements(people) as p (value);
  return jsonb_build_object('people', jsonb_array_length(people));
end $$;
