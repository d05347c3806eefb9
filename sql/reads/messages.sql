-- The latest messages of an office, newest first: `dead`, those that could not be sent; `outbox`, those that no carrier took because there is none.
create or replace function api.messages(office_id integer, at timestamptz, wanted text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('message_id', m.message_id, 'kind', m.kind, 'phone', m.phone, 'language', m.language, 'text', m.text,
    'state', m.state, 'state_at', m.state_at, 'error', m.error, 'carriers', (
      select coalesce(jsonb_agg(s.carrier order by s.first), '[]') from (
        select t.carrier, min(t.sending_no) as first from queue.sending as t
        where t.office_id = m.office_id and t.message_id = m.message_id group by t.carrier) as s)) order by m.state_at desc, m.message_id), '[]')
  from (
    select k.* from queue.message as k
    where k.office_id = messages.office_id and k.state_at <= messages.at
      and case messages.wanted when 'dead' then k.state = 'dead' else k.text <> '' and exists (
        select from queue.sending as t where t.office_id = k.office_id and t.message_id = k.message_id and t.carrier = 'outbox') end
    order by k.state_at desc limit 200) as m
$$;
