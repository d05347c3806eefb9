-- The box's word to the hub and the hub's answer: what happened at the floor, what happened to bookings, and up to where the other is heard.
-- Entries are taken in once and in order. `closed_until` comes only when the box has all that was sold before it. Of an epoch that is over, entries are
-- kept apart, and the answer says {lost: true}; who came to it is not missed here. Asks {box_id, epoch, ack, at, entries}; answers {lost, epoch, at, ack, entries, more, closed_until}.
create or replace function api.exchange_floor(office_id integer, at timestamptz, word jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(exchange_floor.office_id, exchange_floor.at);
  f queue.floor := queue._floor_of(exchange_floor.office_id);
  o queue.office;
  epoch_ integer := (word ->> 'epoch')::integer;
  more boolean;
begin
  select * into o from queue.office where office_id = exchange_floor.office_id;
  if f.box_id is distinct from (word ->> 'box_id')::uuid or f.epoch <> epoch_ then
    insert into queue.floor_late (office_id, epoch, seq, kind, body, at)
    select o.office_id, epoch_, e.seq, e.kind, e.body - 'holder', now_
    from jsonb_to_recordset(word -> 'entries') as e (seq bigint, kind text, body jsonb)
    where e.kind in ('visit', 'events') and epoch_ < f.epoch
    on conflict (office_id, epoch, seq) do nothing;
    perform queue._came_unheard(o, e.body, now_)
    from jsonb_to_recordset(word -> 'entries') as e (seq bigint, kind text, body jsonb) where e.kind = 'visit' and epoch_ < f.epoch;
    if word -> 'entries' <> '[]' then
      perform queue._end(o.office_id, now_);
    end if;
    return jsonb_build_object('lost', true, 'epoch', coalesce(f.epoch, 0), 'at', exchange_floor.at,
      'ack', (select max(e.seq) from jsonb_to_recordset(word -> 'entries') as e (seq bigint)));
  end if;

  perform queue._floor_arrived(o.office_id, (word ->> 'ack')::bigint);
  perform queue._take_in(o, word -> 'entries', now_);
  update queue.floor as k set heard_at = exchange_floor.at, clock_off = extract(epoch from (word ->> 'at')::timestamptz - exchange_floor.at)
  where k.office_id = o.office_id;
  if (queue._floor_of(o.office_id)).in_seq > f.in_seq then
    perform queue._end(o.office_id, now_);
  end if;
  more := queue._floor_news(o, now_, 150);
  return (
    select jsonb_build_object('lost', false, 'epoch', k.epoch, 'at', exchange_floor.at, 'ack', k.in_seq, 'entries', queue._floor_entries(o.office_id),
      'more', more, 'closed_until', case when not more then queue._sale_from(o, now_) end)
    from queue.floor as k where k.office_id = o.office_id);
end $$;
