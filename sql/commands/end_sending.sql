-- Notes what a carrier said of a message: accepted (under its own id), passing, permanent, unknown (it may have it), lost (it was asked and has it not).
-- What is known already is not unsaid. Answers {outcome}: an id that another message has is not this one's, so that is `lost`.
create or replace function api.end_sending(
  office_id integer, at timestamptz, job_id uuid, sending_no integer, outcome text, carrier_id text, error text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  said text;
begin
  update queue.sending as s
  set outcome = case when x.taken then 'lost' else end_sending.outcome end, carrier_id = case when x.taken then '' else end_sending.carrier_id end,
      error = end_sending.error, ended_at = end_sending.at
  from (select exists (
    select from queue.sending as t
    join queue.sending as mine on mine.office_id = t.office_id and mine.message_id = end_sending.job_id and mine.sending_no = end_sending.sending_no
    where t.office_id = end_sending.office_id and t.carrier = mine.carrier and t.carrier_id = end_sending.carrier_id and t.carrier_id <> ''
      and (t.message_id, t.sending_no) <> (mine.message_id, mine.sending_no)) as taken) as x
  where s.office_id = end_sending.office_id and s.message_id = end_sending.job_id and s.sending_no = end_sending.sending_no
    and s.outcome in ('open', 'unknown')
  returning s.outcome into said;
  if said is null then
    select s.outcome into said from queue.sending as s
    where s.office_id = end_sending.office_id and s.message_id = end_sending.job_id and s.sending_no = end_sending.sending_no;
  end if;
  return jsonb_build_object('outcome', said);
end $$;
