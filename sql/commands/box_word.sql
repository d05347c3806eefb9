-- At the box: what it tells the hub now: {box_id, epoch, ack, at, entries}. What has not arrived is said again, word for word.
create or replace function api.box_word(office_id integer, at timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(box_word.office_id, box_word.at);
  o queue.office;
begin
  select * into o from queue.office where office_id = box_word.office_id;
  if (queue._floor_of(o.office_id)).ready then
    perform queue._floor_news(o, now_, 50);
  end if;
  return (select jsonb_build_object('box_id', f.box_id, 'epoch', f.epoch, 'ack', f.in_seq, 'at', box_word.at, 'entries', queue._floor_entries(f.office_id))
          from queue.floor as f where f.office_id = o.office_id);
end $$;
