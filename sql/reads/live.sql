-- What goes on now at these offices: of each its rooms with today's corrections, who waits and since when, who needs a decision, its counters, its devices'
-- troubles, where its floor is, and what was refused and decided in the last hour. No personal data. It spans offices: soft, nothing is locked.
create or replace function api.live(at timestamptz, offices integer[]) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  return (
    select coalesce(jsonb_agg(queue._office_json(o, live.at) || jsonb_build_object(
      'noted', queue._noted_today(o, live.at),
      'lines', queue._lines_now(o, live.at),
      'attention', (select coalesce(jsonb_agg(jsonb_build_object('number', coalesce(v.number, v.code), 'queue', v.queue_id, 'starts_at', v.starts_at,
                      'attention', v.attention) order by v.starts_at, v.arrived_at), '[]')
                    from queue.visit as v where v.office_id = o.office_id and v.over_at is null and v.attention <> ''),
      'counters', (select coalesce(jsonb_agg(jsonb_build_object('counter', c.counter_id, 'name_vi', c.name_vi, 'name_en', c.name_en,
                     'state', coalesce(k.state, 'closed'), 'reason', k.reason, 'until', k.until, 'since', k.since, 'numbers', n.numbers, 'busy_since', n.since)
                     order by c.position, c.counter_id), '[]')
                   from queue.counter as c
                   left join queue.counter_state as k on k.office_id = c.office_id and k.counter_id = c.counter_id
                   cross join lateral (
                     select coalesce(jsonb_agg(v.number order by v.state_at), '[]') as numbers, min(v.state_at) as since from queue.visit as v
                     where v.office_id = o.office_id and v.over_at is null and v.state in ('called', 'serving') and v.counter_id = c.counter_id) as n
                   where c.office_id = o.office_id and not c.retired),
      'devices', (select coalesce(jsonb_agg(d), '[]') from jsonb_array_elements(api.devices(o.office_id, live.at)) as d where d ->> 'trouble' <> ''),
      'answers', (
        select coalesce(jsonb_agg(jsonb_build_object('command', t.command, 'code', t.code, 'count', t.count) order by t.count desc, t.command, t.code), '[]')
        from (select y.command, y.code, sum(y.count) as count from queue.tally as y
              where y.office_id = o.office_id and y.minute > live.at - interval '1 hour' and y.minute <= live.at group by y.command, y.code) as t))
      order by o.office_id), '[]')
    from queue.office as o where o.office_id = any (live.offices) and not o.retired);
end $$;
