-- Keeps what was asked back by text until it is answered or `minutes` are over; a new question takes the place of the old one.
-- It decides nothing about the lobby: the office is not locked. Questions that are over are forgotten here.
create or replace function api.ask_text(office_id integer, at timestamptz, phone text, question jsonb, minutes integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  delete from queue.text_question as q where q.office_id = ask_text.office_id and q.ends_at <= ask_text.at and q.phone <> ask_text.phone;
  insert into queue.text_question as q (office_id, phone, question, asked_at, ends_at)
  values (ask_text.office_id, ask_text.phone, ask_text.question, ask_text.at, ask_text.at + make_interval(mins => ask_text.minutes))
  on conflict (office_id, phone) do update
  set question = excluded.question, asked_at = excluded.asked_at, ends_at = excluded.ends_at
  where q.asked_at <= excluded.asked_at;
  return ask_text.question;
end $$;
