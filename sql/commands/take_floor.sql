-- A box takes the office's floor over from the hub: from now on the hub admits and calls nobody. The box that has it already is answered the same.
-- Answers {office_id, epoch, file}. Refuses: QS409 floor_taken {box, heard_at}: another box has it.
create or replace function api.take_floor(office_id integer, at timestamptz, actor text, box_id uuid, box_name text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(take_floor.office_id, take_floor.at);
  f queue.floor := queue._floor_row(take_floor.office_id);
begin
  if f.box_id is not null and f.box_id <> take_floor.box_id then
    perform queue._refuse('QS409', 'floor_taken', jsonb_build_object('box', f.box_name, 'heard_at', f.heard_at));
  elsif f.box_id is null then
    perform queue._next_epoch(f.office_id, take_floor.box_id, take_floor.box_name, now_);
    perform queue._event(f.office_id, now_, take_floor.actor, 'floor taken', null, jsonb_build_object('box', take_floor.box_name, 'epoch', f.epoch + 1));
    perform queue._end(f.office_id, now_);
  end if;
  return (select jsonb_build_object('office_id', k.office_id, 'epoch', k.epoch, 'file', api.office_file(k.office_id))
          from queue.floor as k where k.office_id = f.office_id);
end $$;
