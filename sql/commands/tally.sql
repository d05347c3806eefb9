-- Adds what a process has counted of refusals and decisions since it last told: [{command, code, count}], to the minute.
create or replace function api.tally(office_id integer, at timestamptz, rows jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  insert into queue.tally as t (office_id, minute, command, code, count)
  select tally.office_id, date_trunc('minute', tally.at), r.command, r.code, sum(r.count)
  from jsonb_to_recordset(tally.rows) as r (command text, code text, count integer)
  group by r.command, r.code order by r.command, r.code
  on conflict (office_id, minute, command, code) do update set count = t.count + excluded.count;
  return '{}'::jsonb;
end $$;
