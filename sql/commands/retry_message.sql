-- A message that could not be sent is tried again by all carriers of its office, if what it says is still true then.
-- Refuses: QS404 no_such_message, QS409 not_dead.
create or replace function api.retry_message(office_id integer, at timestamptz, actor text, message_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(retry_message.office_id, retry_message.at);
  m queue.message;
begin
  select * into m from queue.message as k where k.office_id = retry_message.office_id and k.message_id = retry_message.message_id for update;
  if not found then
    perform queue._refuse('QS404', 'no_such_message', '{}');
  elsif m.state <> 'dead' or m.phone = '' then
    perform queue._refuse('QS409', 'not_dead', '{}');
  end if;
  update queue.message as k set state = 'sending', state_at = now_, error = '' where k.office_id = m.office_id and k.message_id = m.message_id;
  update queue.sending as s set outcome = 'forgiven' where s.office_id = m.office_id and s.message_id = m.message_id and s.outcome = 'permanent';
  update queue.job as j set ended_at = null, claimed_until = null, outcome = 'again', failures = 0, due_at = retry_message.at
  where j.office_id = m.office_id and j.job_id = m.message_id;
  perform queue._event(m.office_id, now_, retry_message.actor, 'message tried again', m.visit_id, jsonb_build_object('kind', m.kind));
  perform queue._end(m.office_id, now_);
  return jsonb_build_object('message_id', m.message_id);
end $$;
