-- The rota: who is where on a day, which rules that breaks, and what it plans for counters and staff.

-- Who works when on a day: as it is being planned, or as it was published.
create or replace function queue._duties(o queue.office, day date, published boolean)
returns table (staff_id uuid, shift_id text, place text, starts time, ends time, area_id text, queues text[], leads boolean)
language sql stable as $$
  select m.staff_id, d.shift_id, d.place, s.starts, s.ends, m.area_id, m.queues, m.leads
  from queue.duty as d
  join queue.staff_member as m on m.office_id = d.office_id and m.staff_id = d.staff_id
  join queue.shift as s on s.office_id = d.office_id and s.shift_id = d.shift_id
  where d.office_id = o.office_id and d.day = _duties.day and d.published = _duties.published and queue._on_list(m, _duties.day)
$$;

create or replace function queue._on_list(m queue.staff_member, day date) returns boolean
language sql immutable as $$
  select m.left_on is null or m.left_on >= _on_list.day
$$;

-- A day from edge to edge of its shifts and opening hours, and in which of these parts the office is open.
create or replace function queue._parts_of_day(o queue.office, day date) returns table (starts time, ends time, open boolean)
language sql stable as $$
  with hours as materialized (
    select p.opens, p.closes from queue.special_opening as p where p.office_id = o.office_id and p.day = _parts_of_day.day
    union all
    select p.opens, p.closes from queue.opening as p
    where p.office_id = o.office_id and p.weekday = extract(isodow from _parts_of_day.day)
      and not exists (select from queue.special_opening as s where s.office_id = o.office_id and s.day = _parts_of_day.day)
      and not exists (select from queue.closure as c where c.office_id = o.office_id and c.day = _parts_of_day.day)
  ), edge as (
    select h.opens as at from hours as h union select h.closes from hours as h
    union select s.starts from queue.shift as s where s.office_id = o.office_id union select s.ends from queue.shift as s where s.office_id = o.office_id
  ), part as (
    select e.at as starts, lead(e.at) over (order by e.at) as ends from edge as e
  )
  select p.starts, p.ends, exists (select from hours as h where h.opens <= p.starts and p.ends <= h.closes)
  from part as p where p.ends is not null
$$;

-- Which rules the rota of a day breaks: [{rule, spans: [{from, to}], …}], in no hour that the office is closed.
--   nobody_in                            nobody is in the office
--   no_leader                            nobody who leads is in the office
--   field_uncovered {queue, name_vi, …}  nobody in the office can serve this queue
--   too_few, too_many {place, bound, count}
--   room_full {area, name_vi, …, bound, count}   staff alone fill the cap of an area
-- and of a person, {staff_id}: on_leave, in_two_places.
create or replace function queue._rota_breaks(o queue.office, day date, published boolean) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  r queue.rota;
  listed integer := (select count(*) from queue.staff_member as m where m.office_id = o.office_id and queue._on_list(m, _rota_breaks.day));
begin
  select * into r from queue.rota as k where k.office_id = o.office_id;
  return (
    with duty as materialized (
      select * from queue._duties(o, _rota_breaks.day, _rota_breaks.published)
    ), present as materialized (
      select p.starts, p.ends, count(distinct d.staff_id) filter (where d.place = 'office') as office,
        count(distinct d.staff_id) filter (where d.place = 'home') as home, coalesce(bool_or(d.leads) filter (where d.place = 'office'), false) as led
      from queue._parts_of_day(o, _rota_breaks.day) as p
      left join duty as d on d.starts < p.ends and d.ends > p.starts
      where p.open group by p.starts, p.ends
    ), broken as (
      select p.starts, p.ends, 1 as sort, 'nobody_in' as rule, '{}'::jsonb as facts, null::bigint as count from present as p where p.office = 0
      union all
      select p.starts, p.ends, 2, 'no_leader', '{}', null from present as p where coalesce(r.leader, false) and p.office > 0 and not p.led
      union all
      select p.starts, p.ends, 3, 'field_uncovered', jsonb_build_object('queue', q.queue_id, 'name_vi', q.name_vi, 'name_en', q.name_en), null
      from present as p cross join queue.queue as q
      where p.office > 0 and q.office_id = o.office_id and not q.retired and (r.covered is null or q.queue_id = any (r.covered))
        and not exists (select from duty as d where d.place = 'office' and q.queue_id = any (d.queues) and d.starts < p.ends and d.ends > p.starts)
      union all
      select p.starts, p.ends, 4, b.rule, jsonb_build_object('place', a.place, 'bound', b.bound), b.count
      from present as p
      cross join queue.attendance as a
      cross join lateral (select case a.place when 'office' then p.office else p.home end as there, case a.unit when 'percent' then listed / 100.0 else 1 end as one) as n
      cross join lateral (values ('too_few', ceil(a.minimum * n.one)::integer, n.there), ('too_many', floor(a.maximum * n.one)::integer, n.there))
        as b (rule, bound, count)
      where a.office_id = o.office_id and _rota_breaks.day between a.valid_from and a.valid_to and not (a.place = 'office' and p.office = 0)
        and case b.rule when 'too_few' then b.count < b.bound else b.count > b.bound end
      union all
      select p.starts, p.ends, 5, 'room_full', jsonb_build_object('area', a.area_id, 'name_vi', a.name_vi, 'name_en', a.name_en, 'bound', c.cap), n.there
      from present as p
      cross join queue.area as a
      cross join lateral (select queue._area_cap(o, a.area_id, _rota_breaks.day, true) as cap) as c
      cross join lateral (
        select count(distinct d.staff_id) as there from duty as d
        where d.place = 'office' and d.area_id = a.area_id and d.starts < p.ends and d.ends > p.starts) as n
      where a.office_id = o.office_id and not a.retired and c.cap > 0 and n.there >= c.cap
      union all
      select d.starts, d.ends, 6, 'on_leave', jsonb_build_object('staff_id', d.staff_id), null from duty as d
      where exists (
        select from queue.staff_leave as l
        where l.office_id = o.office_id and l.staff_id = d.staff_id and _rota_breaks.day between l.first_day and l.last_day)
      union all
      select greatest(d.starts, e.starts), least(d.ends, e.ends), 7, 'in_two_places', jsonb_build_object('staff_id', d.staff_id), null
      from duty as d join duty as e on e.staff_id = d.staff_id and d.place = 'office' and e.place = 'home' and d.starts < e.ends and d.ends > e.starts
    ), said as (
      select b.sort, b.rule, b.facts, case b.rule when 'too_few' then min(b.count) else max(b.count) end as count,
        jsonb_agg(jsonb_build_object('from', to_char(b.starts, 'HH24:MI'), 'to', to_char(b.ends, 'HH24:MI')) order by b.starts) as spans
      from broken as b group by b.sort, b.rule, b.facts
    )
    select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('rule', s.rule, 'count', s.count, 'spans', s.spans)) || s.facts
                              order by s.sort, s.rule, s.facts::text), '[]')
    from said as s);
end $$;

-- What the rota of a day plans, as an office's document has it under day_plans: of each area the staff in it; of each queue and pool as many counters as
-- there are people in the office who can serve it, at most those there are. What nobody on the list works for stays as the week says, and so does a
-- day on which the office is closed.
create or replace function queue._rota_plans(o queue.office, day date, published boolean) returns jsonb
language sql stable as $$
  with duty as materialized (
    select d.* from queue._duties(o, _rota_plans.day, _rota_plans.published) as d where d.place = 'office'
  ), part as materialized (
    select * from queue._parts_of_day(o, _rota_plans.day)
  ), listed as materialized (
    select m.area_id, m.queues from queue.staff_member as m where m.office_id = o.office_id and queue._on_list(m, _rota_plans.day)
  ), scope as (
    select 'staff:' || a.area_id as scope, a.area_id, null::text[] as queues, 1000::bigint as most
    from queue.area as a
    where a.office_id = o.office_id and not a.retired and exists (select from listed as l where l.area_id = a.area_id)
    union all
    select s.scope, null, s.queues, (
      select count(*) from queue.counter as c where c.office_id = o.office_id and not c.retired and c.queues && s.queues)
    from (
      select 'queue:' || q.queue_id as scope, array[q.queue_id] as queues from queue.queue as q where q.office_id = o.office_id and not q.retired
      union all
      select 'pool:' || q.pool_id, array_agg(q.queue_id) from queue.queue as q
      where q.office_id = o.office_id and not q.retired and q.pool_id is not null group by q.pool_id) as s
    where exists (select from listed as l where l.queues && s.queues)
  ), amount as (
    select s.scope, p.starts, p.ends, least(s.most, (
      select count(distinct d.staff_id) from duty as d
      where d.starts < p.ends and d.ends > p.starts and case when s.queues is null then d.area_id = s.area_id else d.queues && s.queues end)) as amount
    from scope as s cross join part as p
  ), run as (   -- parts next to each other with the same amount are one
    select a.*, row_number() over (partition by a.scope order by a.starts) - row_number() over (partition by a.scope, a.amount order by a.starts) as run
    from amount as a
  ), row_ as (
    select r.scope, min(r.starts) as starts, max(r.ends) as ends, r.amount from run as r where r.amount > 0 group by r.scope, r.amount, r.run
    union all
    select a.scope, time '00:00', time '24:00', 0 from amount as a group by a.scope having max(a.amount) = 0
  )
  select coalesce(jsonb_agg(jsonb_build_object('day', _rota_plans.day, 'scope', w.scope, 'starts', w.starts, 'ends', w.ends, 'amount', w.amount)
                            order by w.scope, w.starts), '[]')
  from row_ as w where exists (select from part as p where p.open)
$$;

-- Whether what is planned for a day is still what its published rota says.
create or replace function queue._rota_holds(o queue.office, day date) returns boolean
language sql stable as $$
  with said as (
    select r.scope, r.starts, r.ends, r.amount from jsonb_to_recordset(queue._rota_plans(o, _rota_holds.day, true))
      as r (scope text, starts time, ends time, amount integer)
  ), planned as (
    select p.scope, p.starts, p.ends, p.amount from queue.day_plan as p
    where p.office_id = o.office_id and p.day = _rota_holds.day and p.scope in (select s.scope from said as s)
  )
  select not exists ((table said except table planned) union all (table planned except table said))
$$;

-- The first and the last day that somebody means, at most 31 of them and none that is over. Refuses: QS422 bad_days {most}, QS409 day_over.
create or replace function queue._rota_days(o queue.office, now_ timestamptz, first_day date, last_day date) returns void
language plpgsql stable as $$
begin
  if first_day is null or last_day is null or last_day < first_day or last_day - first_day > 30 then
    perform queue._refuse('QS422', 'bad_days', '{"most": 31}');
  elsif first_day < queue._day(o, now_) then
    perform queue._refuse('QS409', 'day_over', '{}');
  end if;
end $$;

-- What is planned for these days, in one word: another plan has another.
create or replace function queue._rota_mark(office_id integer, first_day date, last_day date) returns text
language sql stable as $$
  select md5(coalesce(string_agg(concat_ws(' ', d.day, d.staff_id, d.shift_id, d.place), E'\n' order by d.day, d.staff_id, d.shift_id), ''))
  from queue.duty as d
  where d.office_id = _rota_mark.office_id and d.day between _rota_mark.first_day and _rota_mark.last_day and not d.published
$$;

-- Refuses days that cannot be published: no days or over (_rota_days), or their plan breaks a rule. QS409 rota_breaks {days: [{day, breaks}]}.
create or replace function queue._refuse_breaks(o queue.office, now_ timestamptz, first_day date, last_day date) returns void
language plpgsql stable as $$
#variable_conflict use_column
declare
  broken jsonb;
begin
  perform queue._rota_days(o, _refuse_breaks.now_, _refuse_breaks.first_day, _refuse_breaks.last_day);
  select jsonb_agg(jsonb_build_object('day', g.day::date, 'breaks', b.breaks) order by g.day) into broken
  from generate_series(_refuse_breaks.first_day, _refuse_breaks.last_day, interval '1 day') as g (day)
  cross join lateral queue._rota_breaks(o, g.day::date, false) as b (breaks)
  where b.breaks <> '[]';
  if broken is not null then
    perform queue._refuse('QS409', 'rota_breaks', jsonb_build_object('days', broken));
  end if;
end $$;

-- Makes the plan of these days the rota that holds.
create or replace function queue._publish_rota(o queue.office, now_ timestamptz, actor text, rota jsonb) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  first_ date := (rota ->> 'first_day')::date;
  last_ date := (rota ->> 'last_day')::date;
begin
  delete from queue.duty as d where d.office_id = o.office_id and d.day between first_ and last_ and d.published;
  insert into queue.duty (office_id, day, published, staff_id, shift_id, place)
  select d.office_id, d.day, true, d.staff_id, d.shift_id, d.place
  from queue.duty as d where d.office_id = o.office_id and d.day between first_ and last_ and not d.published;
  insert into queue.rota_day as r (office_id, day, published_at, published_by)
  select o.office_id, g.day::date, now_, _publish_rota.actor from generate_series(first_, last_, interval '1 day') as g (day)
  on conflict (office_id, day) do update set published_at = excluded.published_at, published_by = excluded.published_by;
  delete from queue.rota_withdrawal as w where w.office_id = o.office_id and w.day between first_ and last_;
  perform queue._audit(now_, _publish_rota.actor, array[o.office_id], 'publish_rota', concat_ws(' – ', first_, last_), null, null);
end $$;

-- Takes back what was published of these days; the plan stays.
create or replace function queue._withdraw_rota(o queue.office, now_ timestamptz, actor text, rota jsonb) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  first_ date := (rota ->> 'first_day')::date;
  last_ date := (rota ->> 'last_day')::date;
begin
  delete from queue.duty as d where d.office_id = o.office_id and d.day between first_ and last_ and d.published;
  with gone as (
    delete from queue.rota_day as r where r.office_id = o.office_id and r.day between first_ and last_ returning r.*
  )
  insert into queue.rota_withdrawal as w (office_id, day, published_at, published_by, withdrawn_at, withdrawn_by)
  select g.office_id, g.day, g.published_at, g.published_by, now_, _withdraw_rota.actor from gone as g
  on conflict (office_id, day) do update set published_at = excluded.published_at, published_by = excluded.published_by,
    withdrawn_at = excluded.withdrawn_at, withdrawn_by = excluded.withdrawn_by;
  perform queue._audit(now_, _withdraw_rota.actor, array[o.office_id], 'withdraw_rota', concat_ws(' – ', first_, last_), null, null);
end $$;

-- What is planned for a day, as the trail and pages have it.
create or replace function queue._day_plan_json(office_id integer, day date, published boolean default false) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('staff_id', d.staff_id, 'shift_id', d.shift_id, 'place', d.place) order by d.staff_id, d.shift_id), '[]')
  from queue.duty as d where d.office_id = _day_plan_json.office_id and d.day = _day_plan_json.day and d.published = _day_plan_json.published
$$;

-- The list of staff in one word: whoever changes it makes it another.
create or replace function queue._staff_mark(office_id integer) returns text
language sql stable as $$
  select md5(coalesce(string_agg(to_jsonb(m)::text, E'\n' order by m.staff_id), ''))
  from queue.staff_member as m where m.office_id = _staff_mark.office_id
$$;
