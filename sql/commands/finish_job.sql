-- A claimed job ends with this outcome. `retry`: it failed and comes back after a pause that doubles each time, not before `not_before`; the tenth
-- failure is its last, and it is `dead`. `wait`: it comes back then, and nothing has failed. Its message, if it is one, is told; after the confirmation the
-- reminders are left.
-- Refuses: QS409 not_mine (ended, or claimed by another worker since).
create or replace function api.finish_job(
  office_id integer, at timestamptz, job_id uuid, attempt integer, outcome text, not_before timestamptz, error text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  j queue.job;
  said text := finish_job.outcome;
begin
  perform queue._mine(finish_job.office_id, finish_job.job_id, finish_job.attempt);
  select * into j from queue.job as k where k.office_id = finish_job.office_id and k.job_id = finish_job.job_id;
  if said = 'retry' then
    j.failures := j.failures + 1;
    if j.failures >= 10 then
      said := 'dead';
    end if;
  end if;
  if said in ('retry', 'wait') then
    j.due_at := greatest(finish_job.not_before, case said when 'retry' then finish_job.at + make_interval(secs => 10 * 2 ^ least(j.failures, 9)) end, finish_job.at);
  else
    j.ended_at := finish_job.at;
  end if;
  update queue.job as k
  set outcome = said, claimed_until = null, failures = j.failures, due_at = j.due_at, ended_at = j.ended_at,
      facts = case when said = 'done' then k.facts - '{phone,code,text}'::text[] else k.facts end
  where k.office_id = j.office_id and k.job_id = j.job_id;

  update queue.message as m
  set state = case said when 'done' then 'sent' when 'dead' then 'dead' else 'dropped' end, state_at = finish_job.at, error = finish_job.error
  where m.office_id = j.office_id and m.message_id = j.job_id and j.ended_at is not null and not (said = 'done' and m.state = 'delivered');
  -- A crowd's bookings leave one job each; the reminders are left when that one ends, sent or not.
  if j.kind = 'confirmation' and j.ended_at is not null then
    perform queue._remind(o, v.visit_id, finish_job.at)
    from queue.visit as v join queue.office as o on o.office_id = v.office_id
    where v.office_id = j.office_id and v.visit_id = j.visit_id and v.state = 'booked' and v.revision = 1;
  end if;
  return jsonb_build_object('job_id', j.job_id, 'outcome', said, 'ended_at', j.ended_at, 'due_at', j.due_at);
end $$;
