-- Up to n jobs that are due, for five minutes each: [{job_id, kind, visit_id, facts, attempts}]; what somebody waits for at this moment comes first.
-- Two workers never hold one job; `attempts` is whose it is: a worker that comes back after its five minutes can no longer end it.
create or replace function api.claim_jobs(office_id integer, at timestamptz, n integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  jobs jsonb;
begin
  with due as (
    select j.job_id, j.kind in ('called', 'invited', 'near', 'code') as urgent from queue.job as j
    where j.office_id = claim_jobs.office_id and j.ended_at is null and j.due_at <= claim_jobs.at
      and not queue._is_box(claim_jobs.office_id)  -- a box leaves them to the hub
      and (j.claimed_until is null or j.claimed_until < claim_jobs.at)
    order by urgent desc, j.due_at limit claim_jobs.n
    for update skip locked
  ), claimed as (
    update queue.job as j set claimed_until = claim_jobs.at + interval '5 minutes', attempts = j.attempts + 1
    from due where j.office_id = claim_jobs.office_id and j.job_id = due.job_id
    returning j.*, due.urgent
  )
  select coalesce(jsonb_agg(jsonb_build_object('job_id', c.job_id, 'kind', c.kind, 'visit_id', c.visit_id, 'facts', c.facts, 'attempts', c.attempts)
    order by c.urgent desc, c.due_at), '[]') into jobs from claimed as c;
  return jobs;
end $$;
