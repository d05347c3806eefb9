-- How every command starts and ends: lock the office, write what time alone has decided, remember the answer, move the version.

-- Locks the office, settles it up to `at`, and returns its time: the later of `at` and the last. Refuses: QS404 no_such_office.
create or replace function queue._begin(office_id integer, at timestamptz) returns timestamptz
language plpgsql as $$
#variable_conflict use_column
declare
  s queue.office_state;
  now_ timestamptz;
begin
  select * into s from queue.office_state where office_id = _begin.office_id for update;
  if not found then
    perform queue._refuse('QS404', 'no_such_office', '{}');
  end if;

  now_ := greatest(_begin.at, s.last_at);
  if s.next_due_at <= now_ then
    perform queue._settle(_begin.office_id, now_);
  end if;
  return now_;
end $$;

-- Lets in whom there is room for now, moves the version and works out when time alone decides something next.
create or replace function queue._end(office_id integer, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  perform queue._admit_all(_end.office_id, _end.now_);
  update queue.office_state
  set version = version + 1, last_at = _end.now_, next_due_at = queue._next_due(_end.office_id, _end.now_)
  where office_id = _end.office_id;
end $$;

create or replace function queue._refuse(errcode text, code text, facts jsonb) returns void
language plpgsql as $$
begin
  raise exception using errcode = _refuse.errcode, message = _refuse.code, detail = _refuse.facts::text;
end $$;

-- The answer given before under this key within 48 hours. A door or slip answer counts only while the visit is in the state it left it in.
-- Refuses: QS409 id_reused, with nothing shown.
create or replace function queue._replay(office_id integer, now_ timestamptz, caller text, key text, command text, body jsonb) returns jsonb
language plpgsql as $$
#variable_conflict use_column
declare
  r queue.request;
begin
  if _replay.key is null then
    return null;
  end if;
  select * into r from queue.request as q
  where q.office_id = _replay.office_id and q.caller = _replay.caller and q.key = _replay.key and q.at > _replay.now_ - interval '48 hours';
  if not found then
    return null;
  end if;
  if r.command <> _replay.command or r.body <> sha256(convert_to(_replay.body::text, 'UTF8')) then
    perform queue._refuse('QS409', 'id_reused', '{}');
  end if;
  if r.visit_state is not null and not exists (
    select from queue.visit as v where v.office_id = r.office_id and v.visit_id = r.visit_id and v.state = r.visit_state
  ) then
    return null;
  end if;
  return r.answer;
end $$;

create or replace function queue._remember(
  office_id integer, now_ timestamptz, caller text, key text, command text, body jsonb, answer jsonb,
  visit_id uuid default null, visit_state text default null) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  if _remember.key is not null then
    insert into queue.request (office_id, caller, key, command, body, answer, visit_id, visit_state, at)
    values (_remember.office_id, _remember.caller, _remember.key, _remember.command, sha256(convert_to(_remember.body::text, 'UTF8')),
            _remember.answer, _remember.visit_id, _remember.visit_state, _remember.now_)
    on conflict (office_id, caller, key) do update
    set command = excluded.command, body = excluded.body, answer = excluded.answer, visit_id = excluded.visit_id,
        visit_state = excluded.visit_state, at = excluded.at;
  end if;
end $$;

-- What a booking asked for, as its hash: the same again is known by it. What differs each time it is sent is left out.
create or replace function queue._asked(request jsonb) returns bytea
language sql stable as $$
  select sha256(convert_to((request - '{token,digits,proof,actor,reason}'::text[])::text, 'UTF8'))
$$;

create or replace function queue._asked(request queue.booking_request) returns bytea
language sql stable as $$
  select sha256(convert_to(row(request.booking_id, request.services, request.starts_at at time zone 'UTC', request.name, request.phone,
    request.party_size, request.language, request.channel, request.priority, request.needs, request.person)::text, 'UTF8'))
$$;

create or replace function queue._event(office_id integer, now_ timestamptz, actor text, kind text, visit_id uuid, facts jsonb) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  event_no bigint;
begin
  update queue.office_state as s set last_event = s.last_event + 1 where s.office_id = _event.office_id returning s.last_event into event_no;
  insert into queue.event (office_id, event_no, at, actor, kind, visit_id, facts, origin)
  values (_event.office_id, event_no, _event.now_, _event.actor, _event.kind, _event.visit_id, _event.facts, queue._origin());
end $$;

-- One step of the check digit after Damm (2004), which catches every single wrong digit and every swap of neighbours: his quasigroup, row by row.
create or replace function queue._damm(before integer, digit integer) returns integer
language sql immutable parallel safe as $$
  select get_byte('\x0003010705090806040207000902010504080603040200060807010305090107050009080304020606010203000405090708'
                  '0306070402000905080105080609070200010304080904050306020001070904030806010702000502050801040306070900'::bytea, before * 10 + digit)
$$;

-- Ten digits: four of the office, five of the visit, one check digit. One expression, which the planner puts in the place of the call.
create or replace function queue._code(office_id integer, digits integer) returns text
language sql immutable parallel safe as $$
  select lpad((office_id * 100000 + digits)::text, 9, '0')
    || (queue._damm(queue._damm(queue._damm(queue._damm(queue._damm(queue._damm(queue._damm(queue._damm(queue._damm(
         0, office_id / 1000), office_id / 100 % 10), office_id / 10 % 10), office_id % 10),
         digits / 10000), digits / 1000 % 10), digits / 100 % 10), digits / 10 % 10), digits % 10))::text
$$;

-- A code nobody else may be asked about: unique among visits not over and those of the last 30 days.
create or replace function queue._free_code(office_id integer, now_ timestamptz, digits integer, taken text[]) returns text
language plpgsql stable as $$
#variable_conflict use_column
declare
  candidate text;
  box boolean := queue._is_box(_free_code.office_id);   -- its codes begin with 9, the hub's never
  first integer := case when box then 90000 else 0 end;
  range integer := case when box then 10000 else 90000 end;
  try integer := _free_code.digits % range;
begin
  for i in 1 .. range loop
    candidate := queue._code(_free_code.office_id, first + try);
    if not candidate = any (_free_code.taken) and not exists (
      select from queue.visit as v
      where v.office_id = _free_code.office_id and v.code = candidate
        and (v.over_at is null or v.over_at > _free_code.now_ - interval '30 days')
    ) then
      return candidate;
    end if;
    try := (try + 7919) % range;
  end loop;
  perform queue._refuse('QS503', 'busy', '{"retry_after": 3600}');
  return null;
end $$;

create or replace function queue._area(office_id integer, area_id text) returns void
language plpgsql stable as $$
#variable_conflict use_column
begin
  if not exists (select from queue.area as a where a.office_id = _area.office_id and a.area_id = _area.area_id and not a.retired) then
    perform queue._refuse('QS404', 'no_such_area', '{}');
  end if;
end $$;

create or replace function queue._counter(office_id integer, counter_id text) returns queue.counter
language plpgsql stable as $$
#variable_conflict use_column
declare
  c queue.counter;
begin
  select * into c from queue.counter as k where k.office_id = _counter.office_id and k.counter_id = _counter.counter_id and not k.retired;
  if not found then
    perform queue._refuse('QS404', 'no_such_counter', '{}');
  end if;
  return c;
end $$;
