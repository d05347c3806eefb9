-- What a day came to, counted from the ledger alone; and how days are added up. Nothing here is read or written by a command of the lobby.

-- Waits and services are kept as how many took so long: a bin a minute up to an hour, then one for five minutes up to four hours, then one for all
-- that is longer. A median or percentile read from them is off by a minute at most, above an hour by five.
create or replace function queue._minutes_bin(seconds double precision) returns integer
language sql immutable parallel safe as $$
  select case when seconds < 3600 then greatest(0, floor(seconds / 60))::integer + 1
              when seconds < 14400 then 61 + floor((seconds - 3600) / 300)::integer
              else 97 end
$$;

-- How many fell into each bin, from the first to the last that has any.
create or replace function queue._bins(bins integer[]) returns smallint[]
language sql immutable parallel safe as $$
  select coalesce(array_agg(least(32767, coalesce(c.n, 0))::smallint order by g.bin), '{}')
  from generate_series(1, (select max(x.bin) from unnest(_bins.bins) as x (bin))) as g (bin)
  left join (select x.bin, count(*) as n from unnest(_bins.bins) as x (bin) group by x.bin) as c on c.bin = g.bin
$$;

-- The minutes that this part of all did not exceed; within a bin they are taken as spread evenly. Null where there is nothing.
create or replace function queue._percentile(bins bigint[], part numeric) returns numeric
language plpgsql immutable parallel safe as $$
declare
  aim numeric := queue._many(bins) * part;
  least_ bigint := greatest(1, ceil(aim));  -- a year has thousands of these to find: no numerics in the loop
  upto bigint := 0;
  n bigint;
  bin integer := 0;
begin
  foreach n in array coalesce(bins, '{}') loop
    bin := bin + 1;
    continue when n is null;
    upto := upto + n;
    if upto >= least_ then
      return round(case when bin > 96 then 240
                        when bin > 60 then 60 + (bin - 61) * 5 + 5 * (aim - upto + n) / n
                        else bin - 1 + (aim - upto + n) / n end, 1);
    end if;
  end loop;
  return null;
end $$;

-- How many there are in all bins.
create or replace function queue._many(bins bigint[]) returns bigint
language sql immutable parallel safe as $$
  select coalesce(sum(b.n), 0)::bigint from unnest(_many.bins) as b (n)
$$;

-- Staff in an area at a moment that has passed: the larger of planned and last said since the opening before it.
create or replace function queue._staff_then(o queue.office, area_id text, at timestamptz) returns integer
language plpgsql stable as $$
#variable_conflict use_column
declare
  opened timestamptz;
  said integer;
begin
  select max(h.opens) into opened from queue._hours(o, queue._day(o, _staff_then.at)) as h where h.opens <= _staff_then.at;
  select (e.facts ->> 'present')::integer into said from queue.event as e
  where e.office_id = o.office_id and e.kind = 'staff' and e.at <= _staff_then.at and e.facts ->> 'area' = _staff_then.area_id
    and e.at >= coalesce(opened, (queue._day(o, _staff_then.at))::timestamp at time zone o.time_zone)
  order by e.at desc, e.event_no desc limit 1;
  return greatest(queue._planned(o, 'staff:' || _staff_then.area_id, _staff_then.at), coalesce(said, 0));
end $$;

-- People in each area of an office through a day, and in all of them (area ''): from each moment on, up to the next. Hours begin a stretch of their own.
create or replace function queue._presence_of_day(o queue.office, day date, now_ timestamptz)
returns table (area_id text, at timestamptz, until timestamptz, present integer)
language plpgsql stable as $$
#variable_conflict use_column
declare
  begins timestamptz := _presence_of_day.day::timestamp at time zone o.time_zone;
  ends timestamptz := least((_presence_of_day.day + 1)::timestamp at time zone o.time_zone, _presence_of_day.now_);
begin
  return query
    with staff_at as (
      select a.area_id, x.at, queue._staff_then(o, a.area_id, x.at) as staff
      from queue.area as a
      cross join lateral (
        select begins as at
        union select h.opens from queue._hours(o, _presence_of_day.day) as h
        union select h.closes from queue._hours(o, _presence_of_day.day) as h
        union select (_presence_of_day.day + p.t) at time zone o.time_zone
              from queue._plan_of(o.office_id, 'staff:' || a.area_id, _presence_of_day.day) as q cross join lateral unnest(array[q.starts, q.ends]) as p (t)
        union select e.at from queue.event as e
              where e.office_id = o.office_id and e.kind = 'staff' and e.at >= begins and e.at < ends and e.facts ->> 'area' = a.area_id) as x
      where a.office_id = o.office_id and x.at < ends
    ), change as (
      select s.area_id, x.at, x.heads
      from queue.visit as v
      join queue.stay as s on s.office_id = v.office_id and s.visit_id = v.visit_id and s.present
      cross join lateral (values (s.started_at, s.heads), (s.ended_at, -s.heads)) as x (at, heads)
      where v.office_id = o.office_id and v.day = _presence_of_day.day and x.at is not null
      union all
      select u.area_id, x.at, x.heads
      from queue.unnamed_stay as u
      cross join lateral (values (u.started_at, 1), (u.ended_at, -1)) as x (at, heads)
      where u.office_id = o.office_id and u.started_at >= begins and u.started_at < ends and x.at is not null
      union all
      select s.area_id, s.at, s.staff - coalesce(lag(s.staff) over (partition by s.area_id order by s.at), 0) from staff_at as s
      union all
      select a.area_id, g.at, 0 from queue.area as a cross join generate_series(begins, ends, interval '1 hour') as g (at) where a.office_id = o.office_id
    ), both_ as (
      select c.area_id, c.at, sum(c.heads) as heads from change as c group by c.area_id, c.at
      union all
      select '', c.at, sum(c.heads) from change as c group by c.at
    )
    select b.area_id, b.at, least(coalesce(lead(b.at) over w, ends), ends), (sum(b.heads) over w)::integer
    from both_ as b where b.at < ends
    window w as (partition by b.area_id order by b.at);
end $$;

-- Each service of the day's visits that was waited for: since when, when called, by which counter, and how long it took if it was finished.
create or replace function queue._services_of_day(o queue.office, day date)
returns table (visit_id uuid, channel text, service_id text, waited_from timestamptz, called_at timestamptz, called_by text,
               served_from timestamptz, served_by text, served_seconds double precision, finished boolean)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
    with stays as (
      select s.visit_id, v.channel, v.arrived_at, s.stay_no, s.state, s.reason, s.counter_id, s.started_at, s.ended_at,
        lead(s.state) over w as next_state, lead(s.reason) over w as next_reason
      from queue.visit as v
      join queue.stay as s on s.office_id = v.office_id and s.visit_id = v.visit_id
      where v.office_id = o.office_id and v.day = _services_of_day.day and v.arrived_at is not null and v.state <> 'void'
      window w as (partition by s.visit_id order by s.stay_no)
    ), numbered as (  -- the next service begins where one is finished, unless that was taken back
      select s.*, 1 + sum((s.state = 'inside' and s.reason = 'next service' and (s.next_state, s.next_reason) is distinct from ('serving', 'undo'))::integer)
        over (partition by s.visit_id order by s.stay_no) as service_no
      from stays as s
    )
    select n.visit_id, min(n.channel), min(d.service_id), case when n.service_no = 1 then min(n.arrived_at) else min(n.started_at) end,
      min(n.started_at) filter (where n.state in ('called', 'serving') and n.next_reason is distinct from 'undo'),
      (array_agg(n.counter_id order by n.stay_no) filter (where n.state in ('called', 'serving') and n.next_reason is distinct from 'undo'))[1],
      min(n.started_at) filter (where n.state = 'serving'),
      (array_agg(n.counter_id order by n.stay_no desc) filter (where n.state = 'serving'))[1],
      coalesce(sum(extract(epoch from n.ended_at - n.started_at)) filter (where n.state = 'serving'), 0)::double precision,
      coalesce(bool_or(n.state = 'serving' and (n.next_state = 'done' or n.next_state = 'inside' and n.next_reason = 'next service')), false)
    from numbered as n
    join queue.visit_service as d on d.office_id = o.office_id and d.visit_id = n.visit_id and d.service_no = n.service_no
    group by n.visit_id, n.service_no;
end $$;

-- How long each counter stood open on a day, and how long it stood open and free although somebody for it was kept waiting by a cap: outside for want
-- of room while nobody of its line was inside, or inside while its places of the hour were used up.
create or replace function queue._counters_of_day(o queue.office, day date, now_ timestamptz)
returns table (counter_id text, open_seconds integer, idle_seconds integer)
language plpgsql stable as $$
#variable_conflict use_column
declare
  begins timestamptz := _counters_of_day.day::timestamp at time zone o.time_zone;
  ends timestamptz := least(queue._day_ends(o, _counters_of_day.day), _counters_of_day.now_);
  hours tstzmultirange;
begin
  select range_agg(tstzrange(h.opens, h.closes)) into hours from queue._hours(o, _counters_of_day.day) as h;
  return query
    with turn as (
      select e.facts ->> 'counter' as counter_id, e.at, e.event_no, e.kind = 'counter open' as open from queue.event as e
      where e.office_id = o.office_id and e.kind in ('counter open', 'counter paused', 'counter closed') and e.at >= begins and e.at < ends
      union all  -- left open the evening before: open from the first hour on
      select c.counter_id, (select lower(hours)), 0, b.open
      from queue.counter as c
      cross join lateral (
        select e.kind = 'counter open' as open from queue.event as e
        where e.office_id = o.office_id and e.kind in ('counter open', 'counter paused', 'counter closed')
          and e.at < begins and e.at > begins - interval '7 days' and e.facts ->> 'counter' = c.counter_id
        order by e.at desc, e.event_no desc limit 1) as b
      where c.office_id = o.office_id and lower(hours) < ends
    ), opened as (
      select t.counter_id, range_agg(tstzrange(t.at, greatest(t.at, t.until))) as open
      from (select t.*, coalesce(lead(t.at) over (partition by t.counter_id order by t.at, t.event_no), ends) as until from turn as t) as t
      where t.open and t.at is not null group by t.counter_id
    ), stays as materialized (
      select s.state, s.queue_id, s.counter_id, s.place, s.started_at, tstzrange(s.started_at, greatest(s.started_at, coalesce(s.ended_at, ends))) as during
      from queue.visit as v
      join queue.stay as s on s.office_id = v.office_id and s.visit_id = v.visit_id
      where v.office_id = o.office_id and v.day = _counters_of_day.day
        and (s.state in ('called', 'serving', 'inside') or s.state = 'arrived' and s.reason not in ('exit', 'break'))
    ), cap as (
      select c.counter_id, h.plan is null as branch, h.maximum, min(h.hour_rule) as hour_rule
      from queue.counter as c
      join queue.queue as q on q.office_id = c.office_id and q.queue_id = any (c.queues)
      cross join lateral queue._hour_caps(o, q.queue_id, q.pool_id, _counters_of_day.day) as h
      where c.office_id = o.office_id and h.maximum > 0
      group by c.counter_id, h.plan is null, h.maximum
    ), call as (
      select k.counter_id, k.maximum, k.hour_rule, s.started_at as at, h.hour,
        lag(s.started_at, k.maximum - 1) over (partition by k.counter_id, k.branch, k.maximum order by s.started_at) as since,
        row_number() over (partition by k.counter_id, k.branch, k.maximum, h.hour order by s.started_at) as of_hour
      from cap as k
      join stays as s on s.place and (k.branch or s.counter_id = k.counter_id)
      cross join lateral (select date_trunc('hour', s.started_at at time zone o.time_zone) at time zone o.time_zone as hour) as h
    ), used_up as (
      select c.counter_id, range_agg(tstzrange(c.at, case c.hour_rule when 'clock' then c.hour else c.since end + interval '1 hour')) as during
      from call as c
      where case c.hour_rule when 'clock' then c.of_hour = c.maximum else c.since + interval '1 hour' > c.at end
      group by c.counter_id
    ), part as (
      select c.counter_id, coalesce(p.open, '{}') as open, coalesce(u.during, '{}') as used_up,
        (select coalesce(range_agg(s.during), '{}') from stays as s where s.counter_id = c.counter_id and s.state in ('called', 'serving')) as busy,
        (select coalesce(range_agg(s.during), '{}') from stays as s where s.state = 'inside' and s.queue_id = any (c.queues)) as inside,
        (select coalesce(range_agg(s.during), '{}') * coalesce(hours, '{}') from stays as s where s.state = 'arrived' and s.queue_id = any (c.queues)) as outside
      from queue.counter as c
      left join opened as p on p.counter_id = c.counter_id
      left join used_up as u on u.counter_id = c.counter_id
      where c.office_id = o.office_id
    )
    select p.counter_id, queue._seconds(p.open), queue._seconds((p.open - p.busy) * ((p.outside - p.inside) + (p.inside * p.used_up)))
    from part as p;
end $$;

create or replace function queue._seconds(during tstzmultirange) returns integer
language sql immutable parallel safe as $$
  select coalesce(round(sum(extract(epoch from upper(r.one) - lower(r.one)))), 0)::integer from unnest(_seconds.during) as r (one)
$$;

-- Every figure of a day. A visit counts on the day it was for; who was noted by a wrong tap does not count at all.
create or replace function queue._day_figures(o queue.office, day date, now_ timestamptz) returns setof queue.day_figure
language plpgsql stable as $$
#variable_conflict use_column
declare
  begins timestamptz := _day_figures.day::timestamp at time zone o.time_zone;
begin
  return query
    with visit as materialized (
      select v.visit_id, v.channel, v.party_size, v.booked, v.state, v.arrived_at is not null and v.state <> 'void' as came,
        to_char(coalesce(v.arrived_at, v.starts_at, v.created_at) at time zone o.time_zone, 'HH24') as hour, s.outside, s.inside, s."window"
      from queue.visit as v
      cross join lateral (
        select coalesce(bool_or(t.state = 'arrived' and t.reason not in ('exit', 'break') and t.ended_at is distinct from t.started_at), false) as outside,
          coalesce(bool_or(t.state = 'inside'), false) as inside, coalesce(bool_or(t.state = 'booked' and t.reason = 'window'), false) as "window",
          coalesce(bool_or(t.state = 'left' and t.reason = 'undo' and t.stay_no = (
            select max(l.stay_no) from queue.stay as l where l.office_id = t.office_id and l.visit_id = t.visit_id)), false) as mistaken
        from queue.stay as t where t.office_id = v.office_id and t.visit_id = v.visit_id) as s
      where v.office_id = o.office_id and v.day = _day_figures.day and v.state <> 'held' and not s.mistaken
    ), flow as (
      select k.per, k.key, count(*) filter (where v.came) as arrived, coalesce(sum(v.party_size) filter (where v.came), 0) as people,
        count(*) filter (where v.came and v.booked) as booked, count(*) filter (where v.state = 'missed') as missed,
        count(*) filter (where v.state = 'cancelled') as cancelled, count(*) filter (where v.came and v.state = 'left') as gave_up,
        count(*) filter (where v.came and v.outside) as outside, count(*) filter (where v.came and v.outside and v.inside) as outside_in,
        count(*) filter (where v."window") as windows, count(*) filter (where v."window" and v.came) as windows_came
      from visit as v
      cross join lateral (
        values ('office', ''), ('hour', v.hour), ('channel', v.channel)
        union select 'service', d.service_id from queue.visit_service as d where d.office_id = o.office_id and d.visit_id = v.visit_id) as k (per, key)
      group by k.per, k.key
    ), service as materialized (
      select s.* from queue._services_of_day(o, _day_figures.day) as s join visit as v on v.visit_id = s.visit_id
    ), waited as (
      select k.per, k.key, queue._bins(array_agg(queue._minutes_bin(w.seconds))) as waits, round(sum(w.seconds)) as wait_seconds
      from service as s
      cross join lateral (select greatest(0, extract(epoch from s.called_at - s.waited_from))::double precision as seconds) as w
      cross join lateral (values ('office', ''), ('hour', to_char(s.waited_from at time zone o.time_zone, 'HH24')), ('channel', s.channel),
        ('service', s.service_id), ('counter', s.called_by)) as k (per, key)
      where s.called_at is not null and k.key is not null group by k.per, k.key
    ), served as (
      select k.per, k.key, count(*) as served, queue._bins(array_agg(queue._minutes_bin(s.served_seconds))) as serves, round(sum(s.served_seconds)) as serve_seconds
      from service as s
      cross join lateral (values ('office', ''), ('hour', to_char(s.served_from at time zone o.time_zone, 'HH24')), ('channel', s.channel),
        ('service', s.service_id), ('counter', s.served_by)) as k (per, key)
      where s.finished and k.key is not null group by k.per, k.key
    ), presence as (
      select k.per, k.key, max(p.present) as most_present, round(sum(p.present * extract(epoch from p.until - p.at))) as present_seconds
      from queue._presence_of_day(o, _day_figures.day, _day_figures.now_) as p
      cross join lateral (
        select 'area' as per, p.area_id as key where p.area_id <> ''
        union all select 'office', '' where p.area_id = ''
        union all select 'hour', to_char(p.at at time zone o.time_zone, 'HH24') where p.area_id = '') as k
      group by k.per, k.key having max(p.present) > 0
    ), counter as (
      select case n.n when 1 then 'counter' else 'office' end as per, case n.n when 1 then c.counter_id else '' end as key,
        sum(c.open_seconds) as open_seconds, sum(c.idle_seconds) as idle_seconds
      from queue._counters_of_day(o, _day_figures.day, _day_figures.now_) as c
      cross join generate_series(1, 2) as n (n)
      where c.open_seconds > 0 group by 1, 2
    ), noted as (
      select case n.n when 1 then 'area' else 'office' end as per, case n.n when 1 then coalesce(e.facts ->> 'area', '') else '' end as key,
        count(*) filter (where e.kind = 'excess') as excesses, count(*) filter (where e.kind = 'recount') as recounts,
        coalesce(sum(abs((e.facts ->> 'counted')::integer - (e.facts ->> 'known')::integer)) filter (where e.kind = 'recount'), 0) as drift
      from queue.event as e
      cross join generate_series(1, 2) as n (n)
      where e.office_id = o.office_id and e.kind in ('excess', 'recount') and e.at >= begins and e.at < (_day_figures.day + 1)::timestamp at time zone o.time_zone
      group by 1, 2
    ), filed as (
      select k.per, k.key, sum(t.count) as filed
      from queue.filed as t cross join lateral (values ('office', ''), ('service', t.service_id), ('channel', t.way)) as k (per, key)
      where t.office_id = o.office_id and t.day = _day_figures.day group by k.per, k.key
    ), keys as (
      select f.per, f.key from flow as f union select w.per, w.key from waited as w union select s.per, s.key from served as s
      union select p.per, p.key from presence as p union select c.per, c.key from counter as c union select n.per, n.key from noted as n
      union select t.per, t.key from filed as t
    )
    select o.office_id, k.per, _day_figures.day, k.key,
      coalesce(f.arrived, 0)::integer, coalesce(f.people, 0)::integer, coalesce(f.booked, 0)::integer, coalesce(s.served, 0)::integer,
      coalesce(f.missed, 0)::integer, coalesce(f.cancelled, 0)::integer, coalesce(f.gave_up, 0)::integer,
      coalesce(f.outside, 0)::integer, coalesce(f.outside_in, 0)::integer, coalesce(f.windows, 0)::integer, coalesce(f.windows_came, 0)::integer,
      coalesce(w.waits, '{}'), coalesce(w.wait_seconds, 0)::bigint, coalesce(s.serves, '{}'), coalesce(s.serve_seconds, 0)::bigint,
      coalesce(c.open_seconds, 0)::integer, coalesce(c.idle_seconds, 0)::integer,
      coalesce(p.most_present, 0)::integer, coalesce(p.present_seconds, 0)::bigint,
      coalesce(n.excesses, 0)::integer, coalesce(n.recounts, 0)::integer, coalesce(n.drift, 0)::integer,
      coalesce(t.filed, 0)::integer, case when exists (select from filed) then coalesce(s.served, 0) else 0 end::integer
    from keys as k
    left join flow as f on f.per = k.per and f.key = k.key
    left join waited as w on w.per = k.per and w.key = k.key
    left join served as s on s.per = k.per and s.key = k.key
    left join presence as p on p.per = k.per and p.key = k.key
    left join counter as c on c.per = k.per and c.key = k.key
    left join noted as n on n.per = k.per and n.key = k.key
    left join filed as t on t.per = k.per and t.key = k.key;
end $$;

create or replace function queue._count_day(o queue.office, day date, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  delete from queue.day_figure as f where f.office_id = o.office_id and f.day = _count_day.day
    and f.per in ('office', 'service', 'counter', 'hour', 'channel', 'area');
  insert into queue.day_figure select f.* from queue._day_figures(o, _count_day.day, _count_day.now_) as f;
  delete from queue.day_answer as a where a.office_id = o.office_id and a.day = _count_day.day;
  insert into queue.day_answer (office_id, day, command, code, count)
  select o.office_id, _count_day.day, t.command, t.code, sum(t.count)
  from queue.tally as t
  where t.office_id = o.office_id and t.minute >= _count_day.day::timestamp at time zone o.time_zone
    and t.minute < (_count_day.day + 1)::timestamp at time zone o.time_zone
  group by t.command, t.code;
end $$;

-- A month from its days.
create or replace function queue._count_month(office_id integer, month date) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  delete from queue.month_figure as f where f.office_id = _count_month.office_id and f.day = _count_month.month
    and f.per in ('office', 'service', 'counter', 'hour', 'channel', 'area');
  insert into queue.month_figure
  with picked as (
    select f.* from queue.day_figure as f
    where f.office_id = _count_month.office_id and f.per in ('office', 'service', 'counter', 'hour', 'channel', 'area')
      and f.day >= _count_month.month and f.day < _count_month.month + interval '1 month'
  )
  select p.office_id, p.per, _count_month.month, p.key, sum(p.arrived), sum(p.people), sum(p.booked), sum(p.served), sum(p.missed), sum(p.cancelled),
    sum(p.gave_up), sum(p.outside), sum(p.outside_in), sum(p.windows), sum(p.windows_came),
    (select coalesce(array_agg(b.n order by b.bin), '{}')
     from (select w.bin, least(32767, sum(w.n))::smallint as n from picked as x cross join lateral unnest(x.waits) with ordinality as w (n, bin)
           where x.per = p.per and x.key = p.key group by w.bin) as b),
    sum(p.wait_seconds),
    (select coalesce(array_agg(b.n order by b.bin), '{}')
     from (select w.bin, least(32767, sum(w.n))::smallint as n from picked as x cross join lateral unnest(x.serves) with ordinality as w (n, bin)
           where x.per = p.per and x.key = p.key group by w.bin) as b),
    sum(p.serve_seconds), sum(p.open_seconds), sum(p.idle_seconds), max(p.most_present), sum(p.present_seconds), sum(p.excesses), sum(p.recounts),
    sum(p.drift), sum(p.filed), sum(p.served_beside)
  from picked as p group by p.office_id, p.per, p.key;
end $$;

-- A row of figures in which the ledger alone has nothing: there for what the office's file says besides.
create or replace function queue._no_figures() returns jsonb
language sql immutable parallel safe as $$
  select '{"arrived": 0, "people": 0, "booked": 0, "served": 0, "missed": 0, "cancelled": 0, "gave_up": 0, "outside": 0, "outside_in": 0, "windows": 0,
           "windows_came": 0, "waits": [], "wait_seconds": 0, "serves": [], "serve_seconds": 0, "excesses": 0, "recounts": 0, "drift": 0,
           "filed": 0, "served_beside": 0}'::jsonb
$$;
