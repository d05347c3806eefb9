-- Days added up for a page.

-- Figures of these offices over these days, added up in each of these ways at once: {all, office, time, key: [row]}; `per` says which rows of a day.
-- Time is days or, where `months`, months. `minutes` adds the medians and percentiles: a sum for each bin, written out, for that is eight times as fast as
-- taking the bins apart.
create or replace function queue._figures(offices integer[], from_day date, to_day date, per text, ways text[], months boolean, minutes boolean) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  -- whole months are added up from what was counted of them, the days before and after one by one
  first date := date_trunc('month', _figures.from_day - 1) + interval '1 month';
  last date := date_trunc('month', _figures.to_day + 1);
  bins text := 'null::bigint[]';
  answer jsonb;
begin
  if 'time' = any (_figures.ways) and not _figures.months or last < first then
    first := _figures.to_day + 1;
    last := first;
  end if;
  if _figures.minutes then
    select 'array[' || string_agg(format('sum(p.%%1$s[%s])', n), ',' order by n) || ']' into bins from generate_series(1, 97) as n;
  end if;
  execute format($q$
    with picked as (
      select * from queue.day_figure as f where f.office_id = any ($1) and f.per = $2 and f.day >= $3 and f.day < $4
      union all
      select * from queue.month_figure as f where f.office_id = any ($1) and f.per = $2 and f.day >= $4 and f.day < $5
      union all
      select * from queue.day_figure as f where f.office_id = any ($1) and f.per = $2 and f.day >= $5 and f.day <= $6
    ), sorted as (  -- every row under its name in each of the ways
      select p.*, w.way, case w.way when 'office' then p.office_id::text when 'key' then p.key when 'time' then
        (case when $8 then date_trunc('month', p.day)::date else p.day end)::text else '' end as name
      from picked as p cross join unnest($7) as w (way)
    ), summed as (
      select p.way, p.name as key, sum(p.arrived) as arrived, sum(p.people) as people, sum(p.booked) as booked, sum(p.served) as served,
        sum(p.missed) as missed, sum(p.cancelled) as cancelled, sum(p.gave_up) as gave_up, sum(p.outside) as outside, sum(p.outside_in) as outside_in,
        sum(p.windows) as windows, sum(p.windows_came) as windows_came, sum(p.wait_seconds) as wait_seconds, sum(p.serve_seconds) as serve_seconds,
        sum(p.open_seconds) as open_seconds, sum(p.idle_seconds) as idle_seconds, max(p.most_present) as most_present,
        sum(p.present_seconds) as present_seconds, sum(p.excesses) as excesses, sum(p.recounts) as recounts, sum(p.drift) as drift,
        sum(p.filed) as filed, sum(p.served_beside) as served_beside, %s as waits, %s as serves
      from sorted as p group by p.way, p.name
    ), told as (
      select s.way, s.key, to_jsonb(s) - '{way,waits,serves}'::text[] || jsonb_build_object('waited', queue._many(s.waits),
        'wait_median', queue._percentile(s.waits, 0.5), 'wait_90', queue._percentile(s.waits, 0.9),
        'serve_median', queue._percentile(s.serves, 0.5), 'serve_90', queue._percentile(s.serves, 0.9)) as row
      from summed as s
    )
    select jsonb_object_agg(w.way, (select coalesce(jsonb_agg(t.row order by t.key), '[]') from told as t where t.way = w.way)) from unnest($7) as w (way)
  $q$, format(bins, 'waits'), format(bins, 'serves'))
  into answer using _figures.offices, _figures.per, _figures.from_day, first, last, _figures.to_day, _figures.ways, _figures.months;
  return answer;
end $$;

-- How near these offices came to each target that held on some of these days; of several offices, to those for all services together:
-- [{office_id, service_id, percent, from, to, filed, served_beside}].
create or replace function queue._targets(offices integer[], from_day date, to_day date) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('office_id', t.office_id, 'service_id', t.service_id, 'percent', t.percent, 'from', d.first, 'to', d.last,
    'filed', f.filed, 'served_beside', f.served_beside) order by t.office_id, t.service_id, d.first), '[]')
  from queue.target as t
  cross join lateral (select greatest(t.valid_from, _targets.from_day) as first, least(t.valid_to, _targets.to_day) as last) as d
  cross join lateral (
    select coalesce(sum(x.filed), 0) as filed, coalesce(sum(x.served_beside), 0) as served_beside from queue.day_figure as x
    where x.office_id = t.office_id and x.per = case t.service_id when '' then 'office' else 'service' end and x.key = t.service_id
      and x.day between d.first and d.last) as f
  where t.office_id = any (_targets.offices) and d.first <= d.last and (cardinality(_targets.offices) = 1 or t.service_id = '')
$$;

-- The last hundred times somebody was over a cap in these days, and why.
create or replace function queue._excesses(office_id integer, from_day date, to_day date) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('at', x.at, 'actor', x.actor, 'facts', x.facts) order by x.at desc), '[]')
  from (
    select e.at, e.actor, e.facts from queue.event as e join queue.office as o on o.office_id = e.office_id
    where e.office_id = _excesses.office_id and e.kind = 'excess' and e.at >= _excesses.from_day::timestamp at time zone o.time_zone
      and e.at < (_excesses.to_day + 1)::timestamp at time zone o.time_zone
      and e.kind in ('excess', 'recount', 'staff', 'counter open', 'counter paused', 'counter closed')
    order by e.at desc limit 100) as x
$$;

-- What the keys of an office's figures are called, those that are no longer offered too: {service: {copy: {name_vi, name_en}}, counter: …, area: …}.
create or replace function queue._names(office_id integer) returns jsonb
language sql stable as $$
  select jsonb_build_object(
    'service', (select coalesce(jsonb_object_agg(s.service_id, jsonb_build_object('name_vi', s.name_vi, 'name_en', s.name_en)), '{}')
                from queue.service as s where s.office_id = _names.office_id),
    'counter', (select coalesce(jsonb_object_agg(c.counter_id, jsonb_build_object('name_vi', c.name_vi, 'name_en', c.name_en)), '{}')
                from queue.counter as c where c.office_id = _names.office_id),
    'area', (select coalesce(jsonb_object_agg(a.area_id, jsonb_build_object('name_vi', a.name_vi, 'name_en', a.name_en)), '{}')
             from queue.area as a where a.office_id = _names.office_id))
$$;
