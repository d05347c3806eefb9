-- One office as its public page and the API show it. Null: no such office.
create or replace function api.office(office_id integer, at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  today date;
begin
  select * into o from queue.office as k where k.office_id = office.office_id;
  if not found then
    return null;
  end if;
  today := queue._day(o, office.at);
  return to_jsonb(o) || queue._office_json(o, office.at) || jsonb_build_object(
    'fairness', queue._fairness_manner(o.office_id),
    'door', queue._door_manner(o.office_id),
    'screens', queue._board_manner(o.office_id) -> 'screens',
    'counters', (select coalesce(jsonb_agg(queue._counter_json(o, c, office.at) - 'visits' order by c.position, c.counter_id), '[]')
                 from queue.counter as c where c.office_id = o.office_id and not c.retired),
    'queues', (select coalesce(jsonb_agg(jsonb_build_object('queue', q.queue_id, 'letter', q.letter, 'name_vi', q.name_vi, 'name_en', q.name_en,
                 'guidance', q.guidance, 'area', q.area_id, 'pool', q.pool_id) order by q.position, q.queue_id), '[]')
               from queue.queue as q where q.office_id = o.office_id and not q.retired),
    'printers', (select coalesce(jsonb_agg(jsonb_build_object('printer', p.printer_id, 'name_vi', p.name_vi, 'name_en', p.name_en) order by p.position), '[]')
                 from queue.printer as p where p.office_id = o.office_id),
    'hours', (select coalesce(jsonb_agg(jsonb_build_object('weekday', p.weekday, 'opens', to_char(p.opens, 'HH24:MI'), 'closes', to_char(p.closes, 'HH24:MI'))
                order by p.weekday, p.opens), '[]') from queue.opening as p where p.office_id = o.office_id),
    'closures', (select coalesce(jsonb_agg(jsonb_build_object('day', c.day, 'name_vi', c.name_vi, 'name_en', c.name_en) order by c.day), '[]')
                 from queue.closure as c where c.office_id = o.office_id and c.day between today and today + 60),
    'caps', (select coalesce(jsonb_agg(jsonb_build_object('cap', c.cap_id, 'kind', c.kind, 'scope', c.scope, 'maximum', c.maximum, 'binds', c.binds,
               'hour_rule', c.hour_rule, 'valid_from', nullif(c.valid_from, '-infinity'), 'valid_to', nullif(c.valid_to, 'infinity')) order by c.cap_id), '[]')
             from queue.cap as c where c.office_id = o.office_id and c.valid_to >= today));
end $$;
