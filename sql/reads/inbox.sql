-- What waits for an answer, oldest first, of these offices (null: of all) and of nobody's: [{inbox_id, office_id, phone, texts, first_at, last_at}].
create or replace function api.inbox(offices integer[], at timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('inbox_id', i.inbox_id, 'office_id', i.office_id, 'phone', i.phone, 'texts', i.texts,
    'first_at', i.first_at, 'last_at', i.last_at) order by i.first_at, i.inbox_id), '[]')
  from (
    select k.* from ops.inbox as k
    where k.done_at is null and k.first_at <= inbox.at and (inbox.offices is null or k.office_id is null or k.office_id = any (inbox.offices))
    order by k.first_at, k.inbox_id limit 200) as i
$$;
