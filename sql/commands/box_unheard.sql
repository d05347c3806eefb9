-- At the box: what it met instead of the hub's answer, for the eyes of staff: away, unauthorized, refused, clock.
create or replace function api.box_unheard(office_id integer, at timestamptz, trouble text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  update queue.floor as f set trouble = box_unheard.trouble where f.office_id = box_unheard.office_id and f.trouble <> box_unheard.trouble;
  return queue._floor_json(box_unheard.office_id, box_unheard.at);
end $$;
