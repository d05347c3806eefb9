-- Days added up for a page.

-- Figures of these offices over these days, added up by office, day, month or key; `per` says which rows. `minutes` adds the medians and percentiles.
create or replace function queue._figures(offices integer[], from_day date, to_day date, per text, by_what text, minutes boolean) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  -- whole months are added up from what was counted of them, the days before and after one by one
  first date := date_trunc('month', _figures.from_day - 1) + interval '1 month';
  last date := date_trunc('month', _figures.to_day + 1);
begin
  if _figures.by_what = 'day' or last < first then
    first := _figures.to_day + 1;
    last := first;
  end if;
  return (
    with figures as (
      select * from queue.day_figure as f
      where f.office_id = any (_figures.offices) and f.per = _figures.per and f.day >= _figures.from_day and f.day < first
      union all
      select * from queue.month_figure as f where f.office_id = any (_figures.offices) and f.per = _figures.per and f.day >= first and f.day < last
      union all
      select * from queue.day_figure as f
      where f.office_id = any (_figures.offices) and f.per = _figures.per and f.day >= last and f.day <= _figures.to_day
    ), picked as (
      select f.*, case _figures.by_what when 'office' then f.office_id::text when 'day' then f.day::text
        when 'month' then date_trunc('month', f.day)::date::text else f.key end as group_ from figures as f
    ), summed as (
      select p.group_, sum(p.arrived) as arrived, sum(p.people) as people, sum(p.booked) as booked, sum(p.served) as served,
        sum(p.missed) as missed, sum(p.cancelled) as cancelled, sum(p.gave_up) as gave_up, sum(p.outside) as outside, sum(p.outside_in) as outside_in,
        sum(p.windows) as windows, sum(p.windows_came) as windows_came, sum(p.wait_seconds) as wait_seconds, sum(p.serve_seconds) as serve_seconds,
        sum(p.open_seconds) as open_seconds, sum(p.idle_seconds) as idle_seconds, max(p.most_present) as most_present,
        sum(p.present_seconds) as present_seconds, sum(p.excesses) as excesses, sum(p.recounts) as recounts, sum(p.drift) as drift
      from picked as p group by p.group_
    ), waits as (
      select b.group_, array_agg(b.n order by b.bin) as bins, sum(b.n) as waited
      from (select p.group_, w.bin, sum(w.n) as n from picked as p cross join lateral unnest(p.waits) with ordinality as w (n, bin)
            where _figures.minutes group by p.group_, w.bin) as b group by b.group_
    ), serves as (
      select b.group_, array_agg(b.n order by b.bin) as bins
      from (select p.group_, w.bin, sum(w.n) as n from picked as p cross join lateral unnest(p.serves) with ordinality as w (n, bin)
            where _figures.minutes group by p.group_, w.bin) as b group by b.group_
    )
    select coalesce(jsonb_agg(to_jsonb(s) - 'group_' || jsonb_build_object('key', s.group_, 'waited', coalesce(w.waited, 0),
      'wait_median', queue._percentile(w.bins, 0.5), 'wait_90', queue._percentile(w.bins, 0.9),
      'serve_median', queue._percentile(t.bins, 0.5), 'serve_90', queue._percentile(t.bins, 0.9)) order by s.group_), '[]')
    from summed as s left join waits as w on w.group_ = s.group_ left join serves as t on t.group_ = s.group_);
end $$;

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
