-- Keeps a text that no rule could read for the operators, with what else this phone has sent since nobody has answered it: {inbox_id, first_at}.
-- The same text delivered twice is kept once. It decides nothing about the lobby.
create or replace function api.keep_text(at timestamptz, phone text, carrier text, message_id text, text text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  kept ops.inbox;
begin
  select * into kept from ops.inbox as i
  where i.phone = keep_text.phone and keep_text.carrier || ' ' || keep_text.message_id = any (i.message_ids) limit 1;
  if not found then
    insert into ops.inbox as i (inbox_id, office_id, phone, carrier, texts, message_ids, first_at, last_at)
    values (gen_random_uuid(), (
        select v.office_id from queue.office as o
        cross join lateral (
          select w.office_id, w.created_at from queue.visit as w
          where w.office_id = o.office_id and w.phone = keep_text.phone and w.over_at is null and w.phone <> ''
          order by w.created_at desc limit 1) as v
        order by v.created_at desc limit 1),
      keep_text.phone, keep_text.carrier, array[keep_text.text], array[keep_text.carrier || ' ' || keep_text.message_id], keep_text.at, keep_text.at)
    on conflict (phone) where done_at is null do update
    set texts = (i.texts || excluded.texts)[greatest(cardinality(i.texts) - 18, 1) :], carrier = excluded.carrier, last_at = excluded.last_at,
        message_ids = i.message_ids || excluded.message_ids
    where cardinality(i.message_ids) < 200 and not i.message_ids @> excluded.message_ids
    returning i.* into kept;
  end if;
  return jsonb_build_object('inbox_id', kept.inbox_id, 'first_at', kept.first_at);
end $$;
