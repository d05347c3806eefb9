-- What a counter's page knows beyond the line: questions without a number, dossiers, what is about to bind, and the clerk's last step.

create or replace function queue._questions_today(o queue.office, counter_id text, at timestamptz) returns integer
language sql stable as $$
  select count(*)::integer from queue.quick_question as q
  where q.office_id = o.office_id and q.counter_id = _questions_today.counter_id
    and q.at >= (queue._day(o, _questions_today.at))::timestamp at time zone o.time_zone and q.at <= _questions_today.at
$$;

-- One key called and served at once: whether the service began with the call itself, so that nobody has been seen yet.
create or replace function queue._served_at_once(v queue.visit) returns boolean
language sql stable as $$
  select v.state = 'serving' and exists (
    select from queue.stay as s
    where s.office_id = v.office_id and s.visit_id = v.visit_id and s.state = 'called' and s.counter_id = v.counter_id
      and s.ended_at = v.state_at and s.started_at >= v.state_at - interval '3 seconds')
$$;

-- When the next may begin once the places that are left of this hour are used, if they are few: {left, next_at}. Null: many, or no hour cap binds.
create or replace function queue._nearly_full(o queue.office, c queue.counter, at timestamptz) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  desk record;
  since timestamptz;
begin
  select d.* into desk
  from unnest(c.queues) as q (queue_id) cross join lateral queue._desk_hour(o, c.counter_id, q.queue_id, _nearly_full.at) as d
  where d.maximum is not null order by d.maximum limit 1;
  if desk.maximum is null or desk.maximum - desk.used not between 1 and 2 then
    return null;
  end if;
  since := queue._hour_since(o, desk.hour_rule, _nearly_full.at);
  return jsonb_build_object('left', desk.maximum - desk.used, 'next_at', case desk.hour_rule when 'clock' then since + interval '1 hour' else (
    select coalesce(min(s.started_at), _nearly_full.at) + interval '1 hour' from queue.stay as s
    where s.office_id = o.office_id and s.state = 'called' and s.place and s.counter_id = c.counter_id
      and s.started_at >= since and s.started_at <= _nearly_full.at) end);
end $$;

-- Whether the visit was at this counter just before it came to where it is.
create or replace function queue._was_at(v queue.visit, counter_id text) returns boolean
language sql stable as $$
  select coalesce((select s.counter_id = _was_at.counter_id from queue.stay as s
                   where s.office_id = v.office_id and s.visit_id = v.visit_id and s.ended_at is not null order by s.stay_no desc limit 1), false)
$$;

-- The counter the visit is at, or was at last.
create or replace function queue._last_counter(v queue.visit) returns text
language sql stable as $$
  select coalesce(v.counter_id, (
    select s.counter_id from queue.stay as s where s.office_id = v.office_id and s.visit_id = v.visit_id and s.counter_id is not null
    order by s.stay_no desc limit 1))
$$;
