-- Which message a carrier knows under this id: {office_id, message_id}. Null: none.
create or replace function api.sent_message(carrier text, carrier_id text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('office_id', o.office_id, 'message_id', s.message_id)
  from queue.office as o
  join queue.sending as s on s.office_id = o.office_id and s.carrier = sent_message.carrier and s.carrier_id = sent_message.carrier_id
  where sent_message.carrier_id <> ''
  limit 1
$$;
