-- Counts the figures of the last days again, as far as the ledger alone has them, and gives a row for every difference: what, what the ledger says,
-- what is kept. Today and yesterday may still change, and a day that is to be counted again is known to differ.
create or replace function api.check_days(office_id integer, at timestamptz, days integer) returns table (what text, expected text, found text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  day_ date;
  -- what the office's file says besides, as it stands now, was perhaps another then
  besides text[] := array['open_seconds', 'idle_seconds', 'most_present', 'present_seconds'];
begin
  select * into o from queue.office as k where k.office_id = check_days.office_id;
  for day_ in
    select distinct f.day from queue.day_figure as f
    where f.office_id = o.office_id and f.per = 'office' and f.day between queue._day(o, check_days.at) - check_days.days and queue._day(o, check_days.at) - 2
      and not exists (select from queue.count_again as a where a.office_id = f.office_id and a.day = f.day)
  loop
    return query
      with counted as (
        select f.per, f.key, to_jsonb(f) - besides as figures from queue._day_figures(o, day_, check_days.at) as f
      ), kept as (
        select f.per, f.key, to_jsonb(f) - besides as figures from queue.day_figure as f
        where f.office_id = o.office_id and f.day = day_ and f.per in ('office', 'service', 'counter', 'hour', 'channel', 'area')
      )
      select 'figures of ' || day_ || ' per ' || coalesce(c.per, k.per) || ' ' || coalesce(c.key, k.key), coalesce(c.figures, '{}')::text, coalesce(k.figures, '{}')::text
      from (select * from counted as x where x.figures - '{office_id,per,day,key}'::text[] <> queue._no_figures()) as c
      full join (select * from kept as x where x.figures - '{office_id,per,day,key}'::text[] <> queue._no_figures()) as k on k.per = c.per and k.key = c.key
      where c.figures is distinct from k.figures;
  end loop;
end $$;
