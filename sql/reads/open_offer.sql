-- The offer that this phone has not answered yet, whichever office made it, the one made first; else what it took within the last hour, for a word
-- that comes twice. Null: neither.
create or replace function api.open_offer(phone text, at timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select queue._waiting_json(o, w, open_offer.at) || jsonb_build_object('office_id', o.office_id, 'offered_at', k.created_at)
  from queue.office as o
  join queue.waiting as w on w.office_id = o.office_id and w.phone = open_offer.phone
  left join queue.kept_place as k on k.office_id = w.office_id and k.waiting_id = w.waiting_id and k.until_at > open_offer.at
  where not o.retired and (k.place_id is not null or w.state = 'booked' and w.ended_at > open_offer.at - interval '1 hour')
  order by k.created_at nulls last, w.ended_at desc limit 1
$$;
