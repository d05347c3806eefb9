-- A counter's page: the counter, whom it serves, its line in order, who is parked or absent, the other counters and queues. Null: no such counter.
-- Of whom it serves: the minutes its service usually takes, its papers, the dossiers noted. `nearly_full`: the hour's last places, {left, next_at}.
create or replace function api.counter(office_id integer, at timestamptz, counter_id text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  c queue.counter;
begin
  select * into o from queue.office as k where k.office_id = counter.office_id;
  select * into c from queue.counter as k where k.office_id = counter.office_id and k.counter_id = counter.counter_id and not k.retired;
  if not found then
    return null;
  end if;
  return queue._counter_json(o, c, counter.at) || jsonb_build_object(
    'visits', (select coalesce(jsonb_agg(queue._visit_for_staff(o, v, counter.at) || jsonb_build_object(
                   'usual_minutes', (select s.minutes from queue.visit_service as s where s.office_id = v.office_id and s.visit_id = v.visit_id and s.service_no = v.service_no),
                   'papers_vi', queue._papers(v, 'vi'), 'papers_en', queue._papers(v, 'en'), 'at_once', queue._served_at_once(v),
                   'dossiers', (select coalesce(jsonb_agg(d.code order by d.noted_at, d.code), '[]') from queue.dossier as d
                                where d.office_id = v.office_id and d.visit_id = v.visit_id)) order by v.state_at), '[]') from queue.visit as v
               where v.office_id = o.office_id and v.over_at is null and v.counter_id = c.counter_id and v.state in ('called', 'serving')),
    'waiting', (select coalesce(jsonb_agg(queue._visit_for_staff(o, v, counter.at) || jsonb_build_object('callable', l.callable) order by l.place), '[]')
                from queue._call_line(o, c.queues, counter.at) as l
                join queue.visit as v on v.office_id = o.office_id and v.visit_id = l.visit_id),
    'parked', (select coalesce(jsonb_agg(queue._visit_for_staff(o, v, counter.at) || jsonb_build_object('reason', (
                  select s.reason from queue.stay as s where s.office_id = v.office_id and s.visit_id = v.visit_id and s.ended_at is null)) order by v.state_at), '[]')
               from queue.visit as v
               where v.office_id = o.office_id and v.over_at is null and v.state in ('parked', 'absent') and v.queue_id = any (c.queues)),
    'attention', (select coalesce(jsonb_agg(queue._visit_for_staff(o, v, counter.at) order by v.starts_at, v.arrived_at), '[]') from queue.visit as v
                  where v.office_id = o.office_id and (v.over_at is null and v.attention <> '' or v.attention = 'wrong_person' and v.day = queue._day(o, counter.at))
                    and v.queue_id = any (c.queues)),
    'overdue', (select coalesce(jsonb_agg(v.visit_id), '[]') from queue.visit as v
                join queue.visit_service as s on s.office_id = v.office_id and s.visit_id = v.visit_id and s.service_no = v.service_no
                where v.office_id = o.office_id and v.over_at is null and v.counter_id = c.counter_id and v.state = 'serving'
                  and v.state_at + make_interval(mins => 3 * s.minutes) < counter.at),
    'questions', queue._questions_today(o, c.counter_id, counter.at), 'nearly_full', queue._nearly_full(o, c, counter.at),
    'outside', (select count(*) from queue.visit as v where v.office_id = o.office_id and v.over_at is null and v.state in ('arrived', 'invited') and v.queue_id = any (c.queues)),
    'help', queue._help_json(o.office_id, counter.at),
    'area_now', queue._area_json(o, c.area_id, counter.at),
    'counters', (select jsonb_agg(k.counter_id order by k.position, k.counter_id) from queue.counter as k where k.office_id = o.office_id and not k.retired),
    'all_queues', (select jsonb_agg(jsonb_build_object('queue', q.queue_id, 'letter', q.letter, 'name_vi', q.name_vi, 'name_en', q.name_en) order by q.position, q.queue_id)
                   from queue.queue as q where q.office_id = o.office_id and not q.retired));
end $$;
