-- A job ends ('retry': comes back after a pause that doubles with each attempt). Refuses: QS404 no_such_job.
create or replace function api.finish_job(office_id integer, at timestamptz, job_id uuid, outcome text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  j queue.job;
begin
  update queue.job as k
  set outcome = finish_job.outcome, claimed_until = null,
      ended_at = case when finish_job.outcome <> 'retry' then finish_job.at end,
      due_at = case when finish_job.outcome = 'retry' then finish_job.at + make_interval(secs => 10 * 2 ^ least(k.attempts, 12)) else k.due_at end
  where k.office_id = finish_job.office_id and k.job_id = finish_job.job_id and k.ended_at is null
  returning * into j;
  if not found then
    perform queue._refuse('QS404', 'no_such_job', '{}');
  end if;
  return jsonb_build_object('job_id', j.job_id, 'outcome', j.outcome, 'ended_at', j.ended_at, 'due_at', j.due_at);
end $$;
