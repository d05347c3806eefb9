-- Draws up the withdrawal of these days' published rota as a change of the office: what it planned for counters and staff goes back to what the week says,
-- and with it comes the list of who among the booked no longer fits. What was planned otherwise since stays. Confirmed as any change (apply_change), the
-- lists of these days say that they were withdrawn; nothing is before. Answers as draft_change does.
-- Refuses: QS409 not_published, day_over and whatever draft_change refuses, QS422 bad_days.
create or replace function api.draft_withdrawal(office_id integer, at timestamptz, actor text, change_id uuid, first_day date, last_day date,
                                                most_days integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz;
  o queue.office;
  file jsonb;
  said jsonb;
  answer jsonb;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('import_office'), draft_withdrawal.office_id);
  now_ := queue._look_at_hub(draft_withdrawal.office_id, draft_withdrawal.at);
  select * into o from queue.office where office_id = draft_withdrawal.office_id;
  perform queue._rota_days(o, now_, draft_withdrawal.first_day, draft_withdrawal.last_day);
  if not exists (
    select from queue.rota_day as d where d.office_id = o.office_id and d.day between draft_withdrawal.first_day and draft_withdrawal.last_day) then
    perform queue._refuse('QS409', 'not_published', '{}');
  end if;

  file := api.standing_file(o.office_id);
  select coalesce(jsonb_agg(p.row_), '[]') into said
  from queue.rota_day as d
  cross join lateral jsonb_array_elements(queue._rota_plans(o, d.day, true)) as p (row_)
  where d.office_id = o.office_id and d.day between draft_withdrawal.first_day and draft_withdrawal.last_day;
  file := file || jsonb_build_object('day_plans', (
    select coalesce(jsonb_agg(h.value order by h.n), '[]')
    from jsonb_array_elements(file -> 'day_plans') with ordinality as h (value, n)
    where not (said @> jsonb_build_array(h.value)) or exists (   -- somebody has planned this scope otherwise since
      select from jsonb_array_elements(file -> 'day_plans') as k (value)
      where k.value -> 'day' = h.value -> 'day' and k.value -> 'scope' = h.value -> 'scope' and not (said @> jsonb_build_array(k.value)))));
  answer := api.draft_change(o.office_id, draft_withdrawal.at, draft_withdrawal.actor, draft_withdrawal.change_id, file, '',
                             draft_withdrawal.most_days, null);
  update queue.change as c set rota = jsonb_build_object('first_day', draft_withdrawal.first_day, 'last_day', draft_withdrawal.last_day, 'withdraw', true),
    base = queue._version_no(o.office_id)
  where c.office_id = o.office_id and c.change_id = draft_withdrawal.change_id;
  return answer;
end $$;
