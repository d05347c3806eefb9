-- What somebody who waits for an earlier time may see who holds the link, with the office; by the booking it moves, where that is named. Null: none.
create or replace function api.waiting(office_id integer, at timestamptz, token bytea, visit_id uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select queue._waiting_json(o, w, waiting.at) || jsonb_build_object('office', queue._office_json(o, waiting.at),
    'fairness', queue._fairness_manner(o.office_id),
    'visit_token', (select encode(v.token, 'hex') from queue.visit as v where v.office_id = w.office_id and v.visit_id = w.visit_id),
    'starts_at', (select v.starts_at from queue.visit as v where v.office_id = w.office_id and v.visit_id = w.visit_id))
  from queue.office as o
  join queue.waiting as w on w.office_id = o.office_id and (w.token = waiting.token or w.visit_id = waiting.visit_id and w.ended_at is null)
  where o.office_id = waiting.office_id
  limit 1
$$;
