-- Keeps a message as it is about to be sent, in the words it was first written in. It decides nothing about the lobby: the office is not locked.
-- Refuses: QS409 not_mine (another worker has claimed the job since).
create or replace function api.write_message(
  office_id integer, at timestamptz, job_id uuid, attempt integer, phone text, language text, text text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform queue._mine(write_message.office_id, write_message.job_id, write_message.attempt);
  insert into queue.message as m (office_id, message_id, kind, visit_id, phone, language, text, state_at)
  select j.office_id, j.job_id, j.kind, j.visit_id, write_message.phone, write_message.language, write_message.text, write_message.at
  from queue.job as j where j.office_id = write_message.office_id and j.job_id = write_message.job_id
  on conflict (office_id, message_id) do nothing;
  return jsonb_build_object('message_id', write_message.job_id);
end $$;
