-- A text message comes in: {"new": true}, or what it was answered when it came before: {"new": false, "answer", "understood"}, the answer null
-- while somebody is still at it. Whoever takes a message and dies loses it after a minute; an answer is kept for 48 hours.
create or replace function api.take_text(message bytea, at timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  known ops.text_answer;
begin
  delete from ops.text_answer as a
  where a.message in (select b.message from ops.text_answer as b where b.taken_at <= take_text.at - interval '48 hours' limit 100 for update skip locked)
    and a.message <> take_text.message;
  insert into ops.text_answer as a (message, taken_at) values (take_text.message, take_text.at)
  on conflict (message) do update set taken_at = excluded.taken_at, answer = null
  where a.taken_at <= excluded.taken_at - case when a.answer is null then interval '1 minute' else interval '48 hours' end;
  if found then
    return jsonb_build_object('new', true);
  end if;
  select * into known from ops.text_answer as a where a.message = take_text.message;
  return jsonb_build_object('new', false, 'answer', known.answer, 'understood', known.understood);
end $$;
