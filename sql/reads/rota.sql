-- The rota as its manager sees it: {leader, covered, public, shifts, groups, attendance, staff: [{staff_id, name, …, leaves}], staff_mark, days: [{day, open, hours,
-- plan: [{staff_id, shift_id, place}], published (null: not), published_at, published_by, withdrawn_at, withdrawn_by, breaks, published_breaks, holds}]}. `holds`: counters and staff
-- are still planned as the published rota says. Null: no such office.
create or replace function api.rota(office_id integer, at timestamptz, first_day date, last_day date) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'leader', coalesce(r.leader, false), 'covered', to_jsonb(r.covered), 'public', coalesce(r.public, 'no'),
    'shifts', (select coalesce(jsonb_agg(jsonb_build_object('shift_id', s.shift_id, 'name_vi', s.name_vi, 'name_en', s.name_en,
                 'starts', to_char(s.starts, 'HH24:MI'), 'ends', to_char(s.ends, 'HH24:MI')) order by s.starts, s.position), '[]')
               from queue.shift as s where s.office_id = o.office_id),
    'groups', (select coalesce(jsonb_agg(to_jsonb(g) - 'office_id' order by g.position, g.group_id), '[]') from queue.staff_group as g where g.office_id = o.office_id),
    'attendance', (select coalesce(jsonb_agg(to_jsonb(a) - 'office_id' order by a.attendance_id), '[]') from queue.attendance as a where a.office_id = o.office_id),
    'queues', (select coalesce(jsonb_agg(jsonb_build_object('queue', q.queue_id, 'name_vi', q.name_vi, 'name_en', q.name_en) order by q.position), '[]')
               from queue.queue as q where q.office_id = o.office_id and not q.retired),
    'areas', (select coalesce(jsonb_agg(jsonb_build_object('area', a.area_id, 'name_vi', a.name_vi, 'name_en', a.name_en) order by a.position), '[]')
              from queue.area as a where a.office_id = o.office_id and not a.retired),
    'staff', (select coalesce(jsonb_agg(to_jsonb(m) - 'office_id' || jsonb_build_object('leaves', (
                 select coalesce(jsonb_agg(jsonb_build_object('first_day', l.first_day, 'last_day', l.last_day) order by l.first_day), '[]')
                 from queue.staff_leave as l where l.office_id = o.office_id and l.staff_id = m.staff_id and l.last_day >= rota.first_day))
                 order by g.position nulls first, m.group_id nulls first, queue._person_key(m.name), m.staff_id), '[]')
              from queue.staff_member as m
              left join queue.staff_group as g on g.office_id = m.office_id and g.group_id = m.group_id
              where m.office_id = o.office_id and queue._on_list(m, rota.first_day)),
    'staff_mark', queue._staff_mark(o.office_id),
    'days', (select coalesce(jsonb_agg(jsonb_build_object('day', g.day::date,
               'hours', (select coalesce(jsonb_agg(jsonb_build_object('opens', h.opens, 'closes', h.closes) order by h.opens), '[]') from queue._hours(o, g.day::date) as h),
               'plan', queue._day_plan_json(o.office_id, g.day::date),
               'published', case when d.day is not null then queue._day_plan_json(o.office_id, g.day::date, true) end,
               'published_at', d.published_at, 'published_by', d.published_by, 'withdrawn_at', w.withdrawn_at, 'withdrawn_by', w.withdrawn_by,
               'breaks', queue._rota_breaks(o, g.day::date, false),
               'published_breaks', case when d.day is not null then queue._rota_breaks(o, g.day::date, true) else '[]' end,
               'holds', d.day is null or queue._rota_holds(o, g.day::date)) order by g.day), '[]')
             from generate_series(rota.first_day, least(rota.last_day, rota.first_day + 30), interval '1 day') as g (day)
             left join queue.rota_day as d on d.office_id = o.office_id and d.day = g.day::date
             left join queue.rota_withdrawal as w on w.office_id = o.office_id and w.day = g.day::date))
  from queue.office as o left join queue.rota as r on r.office_id = o.office_id
  where o.office_id = rota.office_id and not o.retired
$$;
