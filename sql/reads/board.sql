-- The whole small state a lobby, door or desk board shows. No personal data: numbers, counters, counts.
create or replace function api.board(office_id integer, at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  today date;
begin
  select * into o from queue.office as k where k.office_id = board.office_id;
  if not found then
    return null;
  end if;
  today := queue._day(o, board.at);
  return jsonb_build_object(
    'version', (select s.version from queue.office_state as s where s.office_id = o.office_id),
    'at', board.at,
    'office', jsonb_build_object('slug', o.slug, 'name_vi', o.name_vi, 'name_en', o.name_en, 'time_zone', o.time_zone),
    'board', queue._board_manner(o.office_id) - 'screens',
    'areas', (select coalesce(jsonb_agg(queue._area_json(o, a.area_id, board.at) order by a.position, a.area_id), '[]')
              from queue.area as a where a.office_id = o.office_id and not a.retired),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object('number', x.number, 'counter', x.counter_id, 'counter_vi', c.name_vi, 'counter_en', c.name_en,
        'where_vi', c.where_vi, 'where_en', c.where_en, 'called_at', x.started_at, 'recalled_at', x.recalled_at, 'language', x.language, 'state', x.state)
        order by coalesce(x.recalled_at, x.started_at) desc), '[]')
      from (
        select v.number, s.counter_id, s.started_at, v.language,
          case when v.state = 'called' and s.ended_at is null then 'called' else v.state end as state,
          (select max(e.at) from queue.event as e where e.office_id = o.office_id and e.kind = 'recalled' and e.visit_id = v.visit_id
             and e.at >= s.started_at and e.event_no > (select t.last_event - 500 from queue.office_state as t where t.office_id = o.office_id)) as recalled_at
        from queue.stay as s
        join queue.visit as v on v.office_id = s.office_id and v.visit_id = s.visit_id
        where s.office_id = o.office_id and s.state = 'called' and s.started_at > board.at - interval '2 hours'
        order by s.started_at desc limit 12) as x
      join queue.counter as c on c.office_id = o.office_id and c.counter_id = x.counter_id),
    'entering', (select coalesce(jsonb_agg(jsonb_build_object('number', v.number, 'area', v.area_id, 'invited_at', v.state_at,
                   'until', v.state_at + make_interval(mins => o.invitation_minutes)) order by v.state_at desc), '[]')
                 from queue.visit as v where v.office_id = o.office_id and v.over_at is null and v.state = 'invited'),
    'waiting', (
      select coalesce(jsonb_agg(jsonb_build_object('queue', q.queue_id, 'letter', q.letter, 'name_vi', q.name_vi, 'name_en', q.name_en,
        'count', coalesce(cardinality(l.numbers), 0), 'numbers', coalesce(l.numbers, '{}'), 'wait_minutes', queue._wait_range(o, q.queue_id, board.at))
        order by q.position, q.queue_id), '[]')
      from queue.queue as q
      cross join lateral (select array_agg(k.number order by k.place) as numbers from queue._call_line(o, array[q.queue_id], board.at) as k) as l
      where q.office_id = o.office_id and not q.retired),
    'outside', (select coalesce(jsonb_agg(s.number order by s.yields, s.class, s.since, s.number_count), '[]')
                from queue._standing(o, board.at) as s where s.line = 'door'),
    'counters', (select coalesce(jsonb_agg(jsonb_build_object('counter', c.counter_id, 'name_vi', c.name_vi, 'name_en', c.name_en,
                   'state', coalesce(k.state, 'closed'), 'reason', k.reason, 'until', k.until,
                   'numbers', (select coalesce(jsonb_agg(jsonb_build_object('number', v.number, 'state', v.state) order by v.state_at desc), '[]') from queue.visit as v
                               where v.office_id = o.office_id and v.over_at is null and v.counter_id = c.counter_id and v.state in ('called', 'serving')))
                   order by c.position, c.counter_id), '[]')
                 from queue.counter as c left join queue.counter_state as k on k.office_id = c.office_id and k.counter_id = c.counter_id
                 where c.office_id = o.office_id and not c.retired),
    'pauses', (select coalesce(jsonb_agg(jsonb_build_object('counter', c.counter_id, 'counter_vi', c.name_vi, 'counter_en', c.name_en,
                 'reason', k.reason, 'until', k.until) order by c.position), '[]')
               from queue.counter as c join queue.counter_state as k on k.office_id = c.office_id and k.counter_id = c.counter_id
               where c.office_id = o.office_id and k.state = 'paused'),
    'walk_ins', (
      select jsonb_build_object('possible', coalesce(bool_or(x.room), false) and queue._door_open(o, board.at),
        'from', (select min(h.opens) from queue._hours(o, today) as h where h.opens > board.at and not queue._door_open(o, board.at)))
      from (select queue._area_cap(o, a.area_id, today, false) is null
              or queue._present(o, a.area_id, board.at) + queue._headroom(o, a.area_id, board.at) < queue._area_cap(o, a.area_id, today, false) as room
            from queue.area as a where a.office_id = o.office_id and not a.retired) as x));
end $$;
