-- The box gives the floor back by its own word, everything told: the hub goes on where it stopped. Asked again, nothing happens.
-- Refuses: QS409 floor_untold {told, seq}: not all of its entries are here.
create or replace function api.hand_back_floor(office_id integer, at timestamptz, actor text, box_id uuid, epoch integer, seq bigint) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(hand_back_floor.office_id, hand_back_floor.at);
  f queue.floor := queue._floor_of(hand_back_floor.office_id);
begin
  if f.box_id = hand_back_floor.box_id and f.epoch = hand_back_floor.epoch then
    if f.in_seq <> hand_back_floor.seq then
      perform queue._refuse('QS409', 'floor_untold', jsonb_build_object('told', f.in_seq, 'seq', hand_back_floor.seq));
    end if;
    perform queue._next_epoch(f.office_id, null, f.box_name, now_);
    perform queue._event(f.office_id, now_, hand_back_floor.actor, 'floor handed back', null, jsonb_build_object('box', f.box_name, 'epoch', f.epoch + 1));
    perform queue._end(f.office_id, now_);
    update queue.office_state as s set next_due_at = least(s.next_due_at, now_) where s.office_id = f.office_id;
  end if;
  return queue._floor_json(hand_back_floor.office_id, now_);
end $$;
