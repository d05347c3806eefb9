-- Draws up the publication of these days' plan as a change of the office: what it plans for counters and staff, and with it who among the booked no longer
-- fits. Confirmed as any change (apply_change), it is published; nothing is before. Answers as draft_change does.
-- Refuses: QS409 rota_breaks {days: [{day, breaks}]}, day_over and whatever draft_change refuses, QS422 bad_days.
create or replace function api.draft_rota(office_id integer, at timestamptz, actor text, change_id uuid, first_day date, last_day date, most_days integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz;
  o queue.office;
  file jsonb;
  plans jsonb;
  answer jsonb;
  mark text;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('import_office'), draft_rota.office_id);
  now_ := queue._look_at_hub(draft_rota.office_id, draft_rota.at);
  select * into o from queue.office where office_id = draft_rota.office_id;
  mark := queue._rota_mark(o.office_id, draft_rota.first_day, draft_rota.last_day);   -- first: who plans meanwhile makes it another
  perform queue._refuse_breaks(o, now_, draft_rota.first_day, draft_rota.last_day);

  file := api.standing_file(o.office_id);
  select coalesce(jsonb_agg(p.row_), '[]') into plans
  from generate_series(draft_rota.first_day, draft_rota.last_day, interval '1 day') as g (day)
  cross join lateral jsonb_array_elements(queue._rota_plans(o, g.day::date, false)) as p (row_);
  file := file || jsonb_build_object('day_plans', (
    select coalesce(jsonb_agg(x.row_ order by x.row_ ->> 'day', x.row_ ->> 'scope', x.row_ ->> 'starts'), '[]')
    from (
      select p.value as row_ from jsonb_array_elements(plans) as p (value)
      union all
      select h.value from jsonb_array_elements(file -> 'day_plans') as h (value)
      where (h.value ->> 'day')::date >= queue._day(o, now_) and not exists (
        select from jsonb_array_elements(plans) as p (value) where p.value -> 'day' = h.value -> 'day' and p.value -> 'scope' = h.value -> 'scope')) as x));
  answer := api.draft_change(o.office_id, draft_rota.at, draft_rota.actor, draft_rota.change_id, file, '', draft_rota.most_days, null);
  update queue.change as c set rota = jsonb_build_object('first_day', draft_rota.first_day, 'last_day', draft_rota.last_day,
                                                         'mark', mark),
    base = queue._version_no(o.office_id)   -- its file is made of what stands there now, also when it is drawn up again
  where c.office_id = o.office_id and c.change_id = draft_rota.change_id;
  return answer;
end $$;
