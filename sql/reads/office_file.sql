-- An office as its file would say it, in the shape api.import_office takes; null where there is none.
-- What is retired is not in it: to the file it does not exist.
create or replace function api.office_file(office_id integer)
returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'office', to_jsonb(o) - '{office_id,retired}'::text[],
    'board', queue._board_manner(o.office_id),
    'messages', to_jsonb(queue._message_rules(o.office_id)) - 'office_id',
    'message_texts', (
      select coalesce(jsonb_agg(to_jsonb(t) - 'office_id' order by t.kind, t.language), '[]')
      from queue.message_text as t where t.office_id = o.office_id),
    'fairness', queue._fairness_manner(o.office_id),
    'door', queue._door_manner(o.office_id),
    'areas', (
      select coalesce(jsonb_agg(to_jsonb(a) - '{office_id,retired}'::text[] order by a.position, a.area_id), '[]')
      from queue.area as a where a.office_id = o.office_id and not a.retired),
    'queues', (
      select coalesce(jsonb_agg(to_jsonb(q) - '{office_id,retired}'::text[] order by q.position, q.queue_id), '[]')
      from queue.queue as q where q.office_id = o.office_id and not q.retired),
    'counters', (
      select coalesce(jsonb_agg(to_jsonb(c) - '{office_id,retired}'::text[] order by c.position, c.counter_id), '[]')
      from queue.counter as c where c.office_id = o.office_id and not c.retired),
    'services', (
      select coalesce(jsonb_agg(to_jsonb(s) - '{office_id,retired}'::text[] order by s.position, s.service_id), '[]')
      from queue.service as s where s.office_id = o.office_id and not s.retired),
    'channels', (
      select coalesce(jsonb_agg(to_jsonb(h) - 'office_id' order by h.service_id, h.channel, h.valid_from), '[]')
      from queue.service_channel as h
      join queue.service as s using (office_id, service_id)
      where h.office_id = o.office_id and not s.retired),
    'openings', (
      select coalesce(jsonb_agg(to_jsonb(p) - 'office_id' order by p.weekday, p.opens), '[]')
      from queue.opening as p where p.office_id = o.office_id),
    'closures', (
      select coalesce(jsonb_agg(to_jsonb(c) - 'office_id' order by c.day), '[]')
      from queue.closure as c where c.office_id = o.office_id),
    'special_openings', (
      select coalesce(jsonb_agg(to_jsonb(p) - 'office_id' order by p.day, p.opens), '[]')
      from queue.special_opening as p where p.office_id = o.office_id),
    'plans', (
      select coalesce(jsonb_agg(to_jsonb(p) - 'office_id' order by p.scope, p.weekday, p.starts), '[]')
      from queue.plan as p where p.office_id = o.office_id),
    'day_plans', (  -- of days that are over nothing can be said any more
      select coalesce(jsonb_agg(to_jsonb(p) - 'office_id' order by p.day, p.scope, p.starts), '[]')
      from queue.day_plan as p
      join queue.office_state as s on s.office_id = p.office_id
      where p.office_id = o.office_id and p.day >= (s.last_at at time zone o.time_zone)::date),
    'caps', (
      select coalesce(jsonb_agg(to_jsonb(c) - 'office_id' order by c.cap_id), '[]')
      from queue.cap as c where c.office_id = o.office_id),
    'rota', coalesce((select to_jsonb(r) - 'office_id' from queue.rota as r where r.office_id = o.office_id),
                     '{"leader": false, "covered": null, "public": "no"}'),
    'shifts', (
      select coalesce(jsonb_agg(to_jsonb(s) - 'office_id' order by s.position, s.shift_id), '[]')
      from queue.shift as s where s.office_id = o.office_id),
    'groups', (
      select coalesce(jsonb_agg(to_jsonb(g) - 'office_id' order by g.position, g.group_id), '[]')
      from queue.staff_group as g where g.office_id = o.office_id),
    'attendance', (
      select coalesce(jsonb_agg(to_jsonb(a) - 'office_id' order by a.attendance_id), '[]')
      from queue.attendance as a where a.office_id = o.office_id),
    'targets', (
      select coalesce(jsonb_agg(to_jsonb(t) - 'office_id' order by t.service_id, t.valid_from), '[]')
      from queue.target as t where t.office_id = o.office_id),
    'printers', (
      select coalesce(jsonb_agg(to_jsonb(p) - 'office_id' order by p.position), '[]')
      from queue.printer as p where p.office_id = o.office_id)
  )
  from queue.office as o
  where o.office_id = office_file.office_id and not o.retired
$$;
