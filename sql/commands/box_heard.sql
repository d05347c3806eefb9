-- At the box: the hub's answer to its word, taken in. Of a higher epoch it learns that it has lost the floor, and stops. `keys`: the hub's public ticket
-- keys by id. `day_keys` in the answer: the keys by which persons are told apart today and on the next days. Answers {told: whether nothing waits to be told, more: whether the hub has more to tell, …where the floor is}.
create or replace function api.box_heard(office_id integer, at timestamptz, answer jsonb, keys jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(box_heard.office_id, box_heard.at);
  f queue.floor := queue._floor_of(box_heard.office_id);
  o queue.office;
  before bigint := f.in_seq;
begin
  select * into o from queue.office where office_id = box_heard.office_id;
  if (answer ->> 'lost')::boolean then
    perform queue._floor_arrived(o.office_id, (answer ->> 'ack')::bigint);
    update queue.floor as k set stopped = case when k.stopped = '' then 'lost' else k.stopped end, heard_at = box_heard.at, trouble = ''
    where k.office_id = o.office_id;
  elsif (answer ->> 'epoch')::integer = f.epoch then
    perform queue._floor_arrived(o.office_id, (answer ->> 'ack')::bigint);
    perform queue._take_in(o, answer -> 'entries', now_);
    update queue.floor as k
    set heard_at = box_heard.at, trouble = '', keys = coalesce(nullif(box_heard.keys, '{}'), k.keys),
        ready = k.ready or not (answer ->> 'more')::boolean,
        closed_until = greatest(k.closed_until, (answer ->> 'closed_until')::timestamptz),
        clock_off = extract(epoch from box_heard.at - (answer ->> 'at')::timestamptz)
    where k.office_id = o.office_id;
    delete from queue.person_key as p where p.office_id = o.office_id and p.day < queue._day(o, now_);
    insert into queue.person_key as p (office_id, day, key)
    select o.office_id, d.day::date, decode(d.key, 'hex') from jsonb_each_text(coalesce(answer -> 'day_keys', '{}')) as d (day, key)
    where not exists (select from queue.person_key as q where q.office_id = o.office_id and q.day = d.day::date and q.key = decode(d.key, 'hex'))
    on conflict (office_id, day) do update set key = excluded.key;
  end if;
  if f.ready and (queue._floor_of(o.office_id)).in_seq > before or (queue._floor_of(o.office_id)).stopped is distinct from f.stopped
     or (queue._floor_of(o.office_id)).ready is distinct from f.ready then
    perform queue._end(o.office_id, now_);
  end if;
  return queue._floor_json(o.office_id, box_heard.at)
    || jsonb_build_object('more', coalesce((answer ->> 'more')::boolean, false),
                          'told', not exists (select from queue.floor_entry as e where e.office_id = o.office_id));
end $$;
