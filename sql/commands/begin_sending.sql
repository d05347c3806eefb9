-- Notes that a carrier is about to be called with a message, before it is: {sending_no}.
-- Refuses: QS409 not_mine (another worker has claimed the job since).
create or replace function api.begin_sending(office_id integer, at timestamptz, job_id uuid, attempt integer, carrier text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  sending_no integer;
begin
  perform queue._mine(begin_sending.office_id, begin_sending.job_id, begin_sending.attempt);
  select coalesce(max(s.sending_no), 0) + 1 into sending_no from queue.sending as s
  where s.office_id = begin_sending.office_id and s.message_id = begin_sending.job_id;
  insert into queue.sending (office_id, message_id, sending_no, carrier, started_at)
  values (begin_sending.office_id, begin_sending.job_id, sending_no, begin_sending.carrier, begin_sending.at);
  return jsonb_build_object('sending_no', sending_no);
end $$;
