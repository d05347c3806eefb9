-- Who waits where, in order, and why: {lines: [{area, queue, letter, name_vi, name_en, visits}], door: [{area, visits}], parked, attention}.
create or replace function api.queue(office_id integer, at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
begin
  select * into o from queue.office as k where k.office_id = queue.office_id;
  return jsonb_build_object(
    'lines', (
      select coalesce(jsonb_agg(jsonb_build_object('area', q.area_id, 'queue', q.queue_id, 'letter', q.letter, 'name_vi', q.name_vi, 'name_en', q.name_en,
        'visits', (select coalesce(jsonb_agg(queue._visit_for_staff(o, v, queue.at) || jsonb_build_object('callable', l.callable) order by l.place), '[]')
                   from queue._call_line(o, array[q.queue_id], queue.at) as l
                   join queue.visit as v on v.office_id = o.office_id and v.visit_id = l.visit_id)) order by q.position, q.queue_id), '[]')
      from queue.queue as q where q.office_id = o.office_id and not q.retired),
    'door', (
      select coalesce(jsonb_agg(jsonb_build_object('area', a.area_id, 'visits', (
        select coalesce(jsonb_agg(queue._visit_for_staff(o, v, queue.at) order by s.line, s.yields, s.class, s.since, s.number_count), '[]')
        from queue._standing(o, queue.at) as s join queue.visit as v on v.office_id = o.office_id and v.visit_id = s.visit_id
        where s.line in ('door', 'out') and s.area_id = a.area_id),
        'invited', (select coalesce(jsonb_agg(queue._visit_for_staff(o, v, queue.at) order by v.state_at), '[]') from queue.visit as v
                    where v.office_id = o.office_id and v.over_at is null and v.state = 'invited' and v.area_id = a.area_id))
        order by a.position, a.area_id), '[]')
      from queue.area as a where a.office_id = o.office_id and not a.retired),
    'help', queue._help_json(o.office_id, queue.at),
    'parked', (select coalesce(jsonb_agg(queue._visit_for_staff(o, v, queue.at) order by v.state_at), '[]') from queue.visit as v
               where v.office_id = o.office_id and v.over_at is null and v.state in ('parked', 'absent')),
    'attention', (select coalesce(jsonb_agg(queue._visit_for_staff(o, v, queue.at) order by v.starts_at, v.arrived_at), '[]') from queue.visit as v
                  where v.office_id = o.office_id and v.over_at is null and v.attention <> ''),
    'overdue', (select coalesce(jsonb_agg(queue._visit_for_staff(o, v, queue.at) order by v.state_at), '[]') from queue.visit as v
                join queue.visit_service as s on s.office_id = v.office_id and s.visit_id = v.visit_id and s.service_no = v.service_no
                where v.office_id = o.office_id and v.over_at is null and v.state = 'serving' and v.state_at + make_interval(mins => 3 * s.minutes) < queue.at));
end $$;
