-- Keeps what a text message was answered, for the carrier that delivers it again. Null: it could not be decided, and may be taken anew.
create or replace function api.end_text(message bytea, answer text, understood boolean) returns void
language sql security definer set search_path = '' as $$
  update ops.text_answer as a
  set answer = end_text.answer, understood = end_text.understood,
      taken_at = case when end_text.answer is null then '-infinity' else a.taken_at end
  where a.message = end_text.message and a.answer is null
$$;
