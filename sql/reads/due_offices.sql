-- Offices at which time alone has something to decide, or a job waits: [office_id].
create or replace function api.due_offices(at timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(s.office_id), '[]') from queue.office_state as s
  where s.next_due_at <= due_offices.at
    or exists (  -- one look into an index per office, however many reminders are still to come
      select from queue.job as j
      where j.office_id = s.office_id and j.ended_at is null and j.due_at <= due_offices.at
        and (j.claimed_until is null or j.claimed_until < due_offices.at) and not queue._is_box(j.office_id))
$$;
