-- Leaves words of somebody at the office to be sent to a phone, through these carriers if any are named. The same message_id again is sent once.
-- It decides nothing about the lobby: the office is not locked.
create or replace function api.answer_text(
  office_id integer, at timestamptz, message_id uuid, phone text, language text, text text, carriers text[]) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform queue._message(answer_text.office_id, 'answer', null, answer_text.at,
    jsonb_build_object('phone', answer_text.phone, 'language', answer_text.language, 'text', answer_text.text)
    || case when cardinality(answer_text.carriers) > 0 then jsonb_build_object('carriers', answer_text.carriers) else '{}' end, answer_text.message_id);
  return jsonb_build_object('message_id', answer_text.message_id);
end $$;
