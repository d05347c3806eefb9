-- How full an office usually is on such a weekday, hour by hour: [{hour, present, days}], present on average over up to eight of these weekdays.
-- From counted days alone, and only from days on which the office was visited; fewer than four such days tell nothing and give nothing.
create or replace function api.usual_hours(office_id integer, at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  today date;
  days date[];
begin
  select * into o from queue.office as k where k.office_id = usual_hours.office_id;
  if not found then
    return null;
  end if;
  today := queue._day(o, usual_hours.at);
  days := array(
    select f.day from queue.day_figure as f
    where f.office_id = o.office_id and f.per = 'office' and f.day between today - 70 and today - 1 and f.arrived > 0
      and extract(isodow from f.day) = extract(isodow from today)
    order by f.day desc limit 8);
  if cardinality(days) < 4 then
    return '[]'::jsonb;
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('hour', x.key, 'present', round(x.seconds / 3600.0 / cardinality(days), 1),
      'days', cardinality(days)) order by x.key), '[]')
    from (select f.key, sum(f.present_seconds) as seconds from queue.day_figure as f
          where f.office_id = o.office_id and f.per = 'hour' and f.day = any (days) group by f.key) as x);
end $$;
