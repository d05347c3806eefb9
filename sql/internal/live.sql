-- Parts of the live view.

-- Today's recounts of each room, by how many people they differed and in which direction, and how often it was over its cap: {area: {…}}.
create or replace function queue._noted_today(o queue.office, at timestamptz) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select coalesce(jsonb_object_agg(x.area, jsonb_build_object('recounts', x.recounts, 'drift', x.drift, 'excesses', x.excesses, 'last_at', x.last_at)), '{}')
    from (
      select coalesce(e.facts ->> 'area', '') as area, count(*) filter (where e.kind = 'recount') as recounts,
        coalesce(sum((e.facts ->> 'counted')::integer - (e.facts ->> 'known')::integer) filter (where e.kind = 'recount'), 0) as drift,
        count(*) filter (where e.kind = 'excess') as excesses, max(e.at) filter (where e.kind = 'recount') as last_at
      from queue.event as e
      where e.office_id = o.office_id and e.kind in ('excess', 'recount')
        and e.at >= queue._day(o, _noted_today.at)::timestamp at time zone o.time_zone and e.at <= _noted_today.at
      group by 1) as x);
end $$;

-- How many wait outside for the room and inside for a call, and since when the longest of them.
create or replace function queue._lines_now(o queue.office, at timestamptz) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select jsonb_build_object('outside', count(*) filter (where s.line = 'door'), 'inside', count(*) filter (where s.line = 'call'),
      'out', count(*) filter (where s.line = 'out'), 'since', min(v.arrived_at) filter (where s.line <> 'out'))
    from queue._standing(o, _lines_now.at) as s
    join queue.visit as v on v.office_id = o.office_id and v.visit_id = s.visit_id);
end $$;
