-- At the box: it gives no floor commands any more, because it hands the floor back. What it has done is still told.
create or replace function api.stop_box(office_id integer, at timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(stop_box.office_id, stop_box.at);
begin
  update queue.floor as f set stopped = 'handed_back' where f.office_id = stop_box.office_id and f.side = 'box' and f.stopped = '';
  perform queue._end(stop_box.office_id, now_);
  return queue._floor_json(stop_box.office_id, now_) || jsonb_build_object('seq', (queue._floor_of(stop_box.office_id)).out_seq);
end $$;
