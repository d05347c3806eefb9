-- What these days came to at these offices: {total, days, by_month, hours, channels, areas, answers} and, of one office, {services, counters, excesses}, of
-- several {offices}. Of several offices and more than 92 days `days` are months. Nobody is named; reasons of excesses are the managers' own words. Spans
-- offices: soft, nothing is locked.
create or replace function api.statistics(offices integer[], from_day date, to_day date) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  one boolean := cardinality(statistics.offices) = 1;
  months boolean := not one and statistics.to_day - statistics.from_day > 92;
begin
  return jsonb_build_object(
    'counted_at', (select min(c.at) from queue.counted as c where c.office_id = any (statistics.offices) and c.day is not null),
    'total', coalesce(queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'office', '', true) -> 0, 'null'),
    'by_month', months,
    'days', queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'office', case when months then 'month' else 'day' end, one or months),
    'hours', queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'hour', 'key', one),
    'channels', queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'channel', 'key', one),
    'answers', (
      select coalesce(jsonb_agg(jsonb_build_object('command', a.command, 'code', a.code, 'count', a.count) order by a.count desc, a.command, a.code), '[]')
      from (select d.command, d.code, sum(d.count) as count from queue.day_answer as d
            where d.office_id = any (statistics.offices) and d.day between statistics.from_day and statistics.to_day
            group by d.command, d.code) as a))
  || case when one then jsonb_build_object(
    'services', queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'service', 'key', true),
    'counters', queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'counter', 'key', true),
    'areas', queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'area', 'key', false),
    'excesses', queue._excesses(statistics.offices[1], statistics.from_day, statistics.to_day),
    'names', queue._names(statistics.offices[1]))
  else jsonb_build_object('offices', queue._figures(statistics.offices, statistics.from_day, statistics.to_day, 'office', 'office', true)) end;
end $$;
