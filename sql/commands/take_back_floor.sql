-- A manager states that the box is switched off: the floor is the hub's again. Numbers go on from the next full hundred, and nobody is let in or
-- called before every room is counted (recount). What the old box may still bring is kept apart, and whoever may have come to it unheard is never
-- marked missed. Refuses: QS409 floor_here, QS422 reason_missing.
create or replace function api.take_back_floor(office_id integer, at timestamptz, actor text, reason text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(take_back_floor.office_id, take_back_floor.at);
  f queue.floor := queue._floor_of(take_back_floor.office_id);
  o queue.office;
begin
  select * into o from queue.office where office_id = take_back_floor.office_id;
  if coalesce(trim(take_back_floor.reason), '') = '' then
    perform queue._refuse('QS422', 'reason_missing', '{}');
  elsif f.box_id is null then
    perform queue._refuse('QS409', 'floor_here', '{}');
  end if;
  perform queue._mark_unheard(o, now_, f.heard_at);
  perform queue._next_epoch(o.office_id, null, f.box_name, now_);
  update queue.floor as k set uncounted = array(select a.area_id from queue.area as a where a.office_id = o.office_id and not a.retired order by a.position)
  where k.office_id = o.office_id;
  perform queue._skip_numbers(o, now_, take_back_floor.actor);
  perform queue._event(o.office_id, now_, take_back_floor.actor, 'floor taken back', null,
    jsonb_build_object('box', f.box_name, 'epoch', f.epoch + 1, 'heard_at', f.heard_at, 'reason', take_back_floor.reason));
  perform queue._end(o.office_id, now_);
  update queue.office_state as s set next_due_at = least(s.next_due_at, now_) where s.office_id = o.office_id;
  return queue._floor_json(o.office_id, now_);
end $$;
