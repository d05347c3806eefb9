-- What these days came to at these offices: {total, days, by_month, hours, channels, targets, answers} and, of one office, {services, counters, areas,
-- excesses, names}, of several {offices}. Of many days `days` are months: of several offices above a quarter, of one above a year. Nobody is named; reasons
-- of excesses are the managers' own words. Spans offices: soft, nothing is locked.
create or replace function api.statistics(offices integer[], from_day date, to_day date) returns jsonb
language plpgsql stable security definer set search_path = '' set jit = off as $$
#variable_conflict use_column
declare
  one boolean := cardinality(statistics.offices) = 1;
  months boolean := statistics.to_day - statistics.from_day > case when one then 400 else 92 end;
  of_office jsonb := queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'office',
                                    case when one then '{all,time}' else '{all,time,office}' end::text[], months, true);
begin
  return jsonb_build_object(
    'counted_at', (select min(c.at) from queue.counted as c where c.office_id = any (statistics.offices) and c.day is not null),
    'total', coalesce(of_office -> 'all' -> 0, 'null'),
    'by_month', months,
    'days', of_office -> 'time',
    'hours', queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'hour', '{key}', months, one) -> 'key',
    'channels', queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'channel', '{key}', months, false) -> 'key',
    'targets', queue._targets(statistics.offices, statistics.from_day, statistics.to_day),
    'answers', (
      select coalesce(jsonb_agg(jsonb_build_object('command', a.command, 'code', a.code, 'count', a.count) order by a.count desc, a.command, a.code), '[]')
      from (select d.command, d.code, sum(d.count) as count from queue.day_answer as d
            where d.office_id = any (statistics.offices) and d.day between statistics.from_day and statistics.to_day
            group by d.command, d.code) as a))
  || case when one then jsonb_build_object(
    'services', queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'service', '{key}', months, true) -> 'key',
    'counters', queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'counter', '{key}', months, true) -> 'key',
    'areas', queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'area', '{key}', months, false) -> 'key',
    'excesses', queue._excesses(statistics.offices[1], statistics.from_day, statistics.to_day),
    'names', queue._names(statistics.offices[1]))
  else jsonb_build_object('offices', of_office -> 'office') end;
end $$;
