-- What a carrier says became of a message it took: sent, delivered, failed, unanswered (a telephone call). A message that failed goes to the office's
-- next carrier at once, one unanswered is tried again in ten minutes, three times at most. Said twice, or after `delivered`, it changes nothing.
-- Refuses: QS404 no_such_message (this carrier was not given it).
create or replace function api.note_delivery(
  office_id integer, at timestamptz, message_id uuid, carrier text, carrier_id text, status text, error text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  m queue.message;
  s queue.sending;
begin
  select * into m from queue.message as k where k.office_id = note_delivery.office_id and k.message_id = note_delivery.message_id for update;
  -- the word may come before the answer to the call that it speaks of, or after the worker that made the call was killed
  select * into s from queue.sending as k
  where k.office_id = m.office_id and k.message_id = m.message_id and k.carrier = note_delivery.carrier
    and (k.carrier_id = note_delivery.carrier_id or k.carrier_id = '' and k.outcome in ('open', 'unknown'))
  order by k.carrier_id <> '' desc, k.sending_no desc limit 1 for update;
  if not found then
    perform queue._refuse('QS404', 'no_such_message', '{}');
  end if;

  s.outcome := case when s.outcome in ('open', 'unknown') then 'accepted' else s.outcome end;
  if s.outcome = 'accepted' and m.state <> 'delivered' then
    s.outcome := case note_delivery.status when 'failed' then 'permanent' when 'unanswered' then 'passing' else 'accepted' end;
    if s.outcome <> 'accepted' then
      update queue.job as j
      set ended_at = case when j.failures + 3 >= 10 and s.outcome = 'passing' then note_delivery.at end,
          outcome = case when j.failures + 3 >= 10 and s.outcome = 'passing' then 'dead' else 'failed' end,
          due_at = note_delivery.at + case s.outcome when 'passing' then interval '10 minutes' else interval '0' end,
          failures = j.failures + case s.outcome when 'passing' then 3 else 0 end
      where j.office_id = m.office_id and j.job_id = m.message_id and j.outcome in ('done', 'retry')
      returning case j.outcome when 'dead' then 'dead' else 'sending' end into m.state;
    elsif note_delivery.status = 'delivered' then
      m.state := 'delivered';
    end if;
  end if;
  update queue.sending as k
  set outcome = s.outcome, carrier_id = case s.carrier_id when '' then note_delivery.carrier_id else k.carrier_id end,
      error = case when s.outcome = 'accepted' then k.error else note_delivery.error end, ended_at = coalesce(k.ended_at, note_delivery.at)
  where k.office_id = s.office_id and k.message_id = s.message_id and k.sending_no = s.sending_no;
  update queue.message as k
  set state = coalesce(m.state, k.state), state_at = note_delivery.at,
      error = case when s.outcome = 'accepted' then k.error else note_delivery.error end
  where k.office_id = m.office_id and k.message_id = m.message_id and (k.state <> m.state or s.outcome <> 'accepted');
  return jsonb_build_object('state', coalesce(m.state, 'sending'));
end $$;
