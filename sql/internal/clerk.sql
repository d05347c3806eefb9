-- One clerk at one counter. Who acts at a counter that nobody has takes it; who acts at somebody else's is told whose it is.

-- The browser this call comes from, as db.py has said for this transaction: 'person/…', 'device/…', 'tablet/…' (one device at several counters),
-- 'program', 'keys' (they belong to the counter, whoever has it). Empty: the service itself.
create or replace function queue._seat() returns text
language sql stable as $$
  select coalesce(current_setting('queue.seat', true), '')
$$;

-- The counter as somebody has it today; no row: nobody. What was not closed in the evening is free in the morning.
create or replace function queue._taken(o queue.office, counter_id text, at timestamptz) returns setof queue.counter_state
language sql stable as $$
  select s.* from queue.counter_state as s
  where s.office_id = o.office_id and s.counter_id = _taken.counter_id and s.clerk <> '' and queue._day(o, s.taken_at) = queue._day(o, _taken.at)
$$;

-- What a page and a refusal say of it: {clerk, name, taken_at, taken_from, seat}. Null: nobody has it.
create or replace function queue._taken_json(o queue.office, counter_id text, at timestamptz) returns jsonb
language sql stable as $$
  select jsonb_build_object('clerk', s.clerk, 'name', queue._clerk_name(s.clerk), 'taken_at', s.taken_at,
                            'taken_from', s.taken_from, 'from_name', queue._clerk_name(s.taken_from), 'seat', s.seat)
  from queue._taken(o, _taken_json.counter_id, _taken_json.at) as s
$$;

-- As colleagues know them: the name of the account, else what the key is called.
create or replace function queue._clerk_name(actor text) returns text
language sql stable as $$
  select coalesce((select a.name from ops.account as a where a.login = substr(_clerk_name.actor, strpos(_clerk_name.actor, ':') + 1)),
                  substr(_clerk_name.actor, strpos(_clerk_name.actor, ':') + 1))
$$;

-- Another counter that this clerk has: a person has one wherever they are signed in, a device one, a tablet or a program as many as it works at.
create or replace function queue._other_counter(o queue.office, counter_id text, at timestamptz, actor text) returns text
language sql stable as $$
  select s.counter_id from queue.counter_state as s
  where s.office_id = o.office_id and s.counter_id <> _other_counter.counter_id and s.clerk = _other_counter.actor
    and queue._day(o, s.taken_at) = queue._day(o, _other_counter.at)
    and (queue._seat() like 'person/%' and s.seat like 'person/%' or queue._seat() like 'device/%' and s.seat = queue._seat())
  order by s.taken_at limit 1
$$;

-- How a command at a counter begins, for who comes from a page or the API. No counter: nothing to ask.
-- Refuses: QS409 counter_taken {counter, by, since}, counter_elsewhere {counter, since} (in another browser of theirs), other_counter
-- {counter, name_vi, name_en}.
create or replace function queue._sits(o queue.office, counter_id text, at timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  taken queue.counter_state;
  other text;
begin
  if _sits.counter_id is null or queue._seat() in ('', 'keys') then
    return;
  end if;
  select * into taken from queue._taken(o, _sits.counter_id, _sits.at);
  if taken.clerk = _sits.actor and taken.seat = queue._seat() then
    return;
  elsif taken.clerk is not null then
    perform queue._refuse_taken(taken, _sits.actor);
  end if;
  other := queue._other_counter(o, _sits.counter_id, _sits.at, _sits.actor);
  if other is not null then
    perform queue._refuse('QS409', 'other_counter', (
      select jsonb_build_object('counter', c.counter_id, 'name_vi', c.name_vi, 'name_en', c.name_en)
      from queue.counter as c where c.office_id = o.office_id and c.counter_id = other));
  end if;
  update queue.counter_state as s set clerk = _sits.actor, seat = queue._seat(), taken_at = _sits.at, taken_from = ''
  where s.office_id = o.office_id and s.counter_id = _sits.counter_id;
end $$;

create or replace function queue._refuse_taken(taken queue.counter_state, actor text) returns void
language plpgsql stable as $$
declare
  facts jsonb := jsonb_build_object('counter', taken.counter_id, 'by', queue._clerk_name(taken.clerk), 'since', taken.taken_at);
begin
  perform queue._refuse('QS409', case when taken.clerk = _refuse_taken.actor then 'counter_elsewhere' else 'counter_taken' end, facts);
end $$;
