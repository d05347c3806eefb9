-- Pieces that several reads share.

create or replace function queue._office_json(o queue.office, at timestamptz) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  today date := queue._day(o, _office_json.at);
  floor jsonb := queue._floor_json(o.office_id, _office_json.at);
begin
  return jsonb_build_object('office_id', o.office_id, 'slug', o.slug, 'kind', o.kind, 'name_vi', o.name_vi, 'name_en', o.name_en,
    'address_vi', o.address_vi, 'address_en', o.address_en, 'phone', o.phone, 'time_zone', o.time_zone,
    -- the picture is as old as the last word of the office's box
    'as_of', case when floor ->> 'side' = 'hub' and (floor ->> 'silent')::boolean then floor -> 'heard_at' end, 'floor', floor,
    'open_now', exists (select from queue._hours(o, today) as h where h.opens <= _office_json.at and _office_json.at < h.closes),
    'hours_today', (select coalesce(jsonb_agg(jsonb_build_object('opens', h.opens, 'closes', h.closes) order by h.opens), '[]') from queue._hours(o, today) as h),
    'areas', (select coalesce(jsonb_agg(queue._area_json(o, a.area_id, _office_json.at) order by a.position, a.area_id), '[]')
              from queue.area as a where a.office_id = o.office_id and not a.retired));
end $$;

-- A visit as staff see it: with the name, the phone's last digits.
create or replace function queue._visit_for_staff(o queue.office, v queue.visit, at timestamptz) returns jsonb
language sql stable as $$
  select queue._visit_json(o, v, _visit_for_staff.at) || jsonb_build_object('name', v.name, 'phone', v.phone, 'checked', v.checked and not v.stepped_out,
    'note', coalesce((select e.note from queue.call_entry as e where e.office_id = v.office_id and e.visit_id = v.visit_id and e.note <> ''
                      order by e.at desc, e.entry_id limit 1), ''))
$$;

-- How long the next to join this queue would wait, as a range in minutes: the work of everybody in the lines its open counters serve, over those
-- counters. Null: nobody serves it now.
create or replace function queue._wait_range(o queue.office, queue_id text, at timestamptz) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  open_ integer;
  served text[];
  work numeric;
begin
  select count(distinct c.counter_id), array_agg(distinct q.queue_id) into open_, served
  from queue._counters_of(o, _wait_range.queue_id, _wait_range.at) as s
  join queue.counter as c on c.office_id = o.office_id and c.counter_id = s.counter_id
  cross join lateral unnest(c.queues) as q (queue_id)
  where s.state = 'open';
  if open_ = 0 then
    return null;
  end if;
  select coalesce(sum(s.minutes), 0) into work
  from queue.visit as v
  join queue.visit_service as s on s.office_id = v.office_id and s.visit_id = v.visit_id and s.service_no = v.service_no
  where v.office_id = o.office_id and v.over_at is null and v.queue_id = any (served)
    and v.state in ('arrived', 'invited', 'inside', 'called', 'serving');
  return jsonb_build_array(floor(work / open_ * 0.6 / 5) * 5, ceil(work / open_ * 1.2 / 5) * 5);
end $$;

-- What to bring for all services of a visit, each paper once, in the order of the office file.
create or replace function queue._papers(v queue.visit, language text) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select coalesce(jsonb_agg(x.paper order by x.place), '[]') from (
      select p.paper, min(s.service_no * 1000 + p.n) as place
      from queue.visit_service as s
      join queue.service as d on d.office_id = s.office_id and d.service_id = s.service_id
      cross join lateral unnest(case _papers.language when 'en' then d.papers_en else d.papers_vi end) with ordinality as p (paper, n)
      where s.office_id = v.office_id and s.visit_id = v.visit_id
      group by p.paper) as x);
end $$;

-- How the office's boards look and sound: what its file says, else the defaults.
create or replace function queue._board_manner(office_id integer) returns jsonb
language sql stable as $$
  select jsonb_build_object('volume', coalesce(b.volume, 80), 'muted', coalesce(b.muted, '{}'), 'top_seconds', coalesce(b.top_seconds, 8),
    'stale_seconds', coalesce(b.stale_seconds, 45), 'screens', coalesce(b.screens, '{}'), 'message_vi', coalesce(b.message_vi, ''), 'message_en', coalesce(b.message_en, ''))
  from (select) as one left join queue.board as b on b.office_id = _board_manner.office_id
$$;

-- How the office keeps places fair: what its file says, else the defaults.
create or replace function queue._fairness_manner(office_id integer) returns jsonb
language sql stable as $$
  select to_jsonb(f) - 'office_id' from queue.fairness as f where f.office_id = _fairness_manner.office_id
$$;
