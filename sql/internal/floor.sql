-- The floor of an office lives in one place: at the hub, or at the office's box. Who has it is a row; here is what that row means to a command.

create or replace function queue._floor_of(office_id integer) returns queue.floor
language sql stable as $$
  select f.* from queue.floor as f where f.office_id = _floor_of.office_id
$$;

-- Whether a box has the floor and this is the hub.
create or replace function queue._floor_elsewhere(office_id integer) returns boolean
language sql stable as $$
  select exists (select from queue.floor as f where f.office_id = _floor_elsewhere.office_id and f.side = 'hub' and f.box_id is not null)
$$;

create or replace function queue._is_box(office_id integer) returns boolean
language sql stable as $$
  select exists (select from queue.floor as f where f.office_id = _is_box.office_id and f.side = 'box')
$$;

-- How a command of the floor begins. Refuses: QS409 floor_elsewhere {box, heard_at}, floor_not_ready, floor_stopped.
create or replace function queue._begin_at_floor(office_id integer, at timestamptz) returns timestamptz
language plpgsql as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(_begin_at_floor.office_id, _begin_at_floor.at);
  f queue.floor;
begin
  select * into f from queue.floor as k where k.office_id = _begin_at_floor.office_id;
  if f.side = 'hub' and f.box_id is not null then
    perform queue._refuse('QS409', 'floor_elsewhere', jsonb_build_object('box', f.box_name, 'heard_at', f.heard_at));
  elsif f.side = 'box' and f.stopped <> '' then
    perform queue._refuse('QS409', 'floor_stopped', jsonb_build_object('box', f.box_name, 'why', f.stopped));
  elsif f.side = 'box' and not f.ready then
    perform queue._refuse('QS409', 'floor_not_ready', '{}');
  end if;
  return now_;
end $$;

-- After a floor was taken back nobody is called before its rooms are counted. Refuses: QS409 recount_first {areas}.
create or replace function queue._counted(office_id integer) returns void
language plpgsql stable as $$
#variable_conflict use_column
declare
  areas text[] := (queue._floor_of(_counted.office_id)).uncounted;
begin
  if areas <> '{}' then
    perform queue._refuse('QS409', 'recount_first', jsonb_build_object('areas', areas));
  end if;
end $$;

-- How a command of bookings and settings begins. Refuses: QS409 belongs_to_hub.
create or replace function queue._begin_at_hub(office_id integer, at timestamptz) returns timestamptz
language plpgsql as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(_begin_at_hub.office_id, _begin_at_hub.at);
begin
  if queue._is_box(_begin_at_hub.office_id) then
    perform queue._refuse('QS409', 'belongs_to_hub', '{}');
  end if;
  return now_;
end $$;

-- How what is only thought over begins, without the office's lock: its time, and nothing is settled. Refuses: QS404 no_such_office, QS409 belongs_to_hub.
create or replace function queue._look_at_hub(office_id integer, at timestamptz) returns timestamptz
language plpgsql stable as $$
#variable_conflict use_column
declare
  now_ timestamptz;
begin
  select greatest(_look_at_hub.at, s.last_at) into now_ from queue.office_state as s where s.office_id = _look_at_hub.office_id;
  if not found then
    perform queue._refuse('QS404', 'no_such_office', '{}');
  elsif queue._is_box(_look_at_hub.office_id) then
    perform queue._refuse('QS409', 'belongs_to_hub', '{}');
  end if;
  return now_;
end $$;

-- Whether a visit is the box's to decide on: everything but a booking before its earliness.
create or replace function queue._belongs_to_box(o queue.office, v queue.visit, now_ timestamptz) returns boolean
language sql stable as $$
  select queue._floor_elsewhere(o.office_id)
    and (v.promised or not v.booked or v.starts_at - make_interval(mins => o.earliness_minutes) <= _belongs_to_box.now_)
$$;

-- Nobody came for it yet, so that the hub's later word (cancelled, moved) may still hold.
create or replace function queue._nobody_came(v queue.visit) returns boolean
language sql immutable as $$
  select v.booked and not v.promised and v.arrived_at is null and v.number is null
    and (v.state in ('held', 'booked', 'missed', 'cancelled') or v.state = 'left' and v.attention = 'unheard')
$$;

-- Who may have come to a box that is lost, without a word of it here: whose earliness had begun, and whose booking was moved while the box was silent, for
-- they may have come at the old time. Such a booking still opens the door; where nobody comes, nobody is said to have missed it.
create or replace function queue._mark_unheard(o queue.office, now_ timestamptz, heard_at timestamptz) returns void
language sql as $$
  update queue.visit as v set attention = 'unheard'
  where v.office_id = o.office_id and v.over_at is null and v.state = 'booked'
    and (v.starts_at - make_interval(mins => o.earliness_minutes) <= _mark_unheard.now_
      or exists (select from queue.stay as s where s.office_id = v.office_id and s.visit_id = v.visit_id and s.reason = 'moved'
                   and s.started_at >= _mark_unheard.heard_at - interval '1 minute'))
$$;

-- What a lost box tells afterwards of somebody who came, by their ticket or on the word of their code: a booking still open is not missed any more, and one
-- that was over without an arrival has one now. Nobody's presence changes, and who has come here meanwhile stays as they are.
create or replace function queue._came_unheard(o queue.office, body jsonb, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  theirs queue.visit := jsonb_populate_record(null::queue.visit, _came_unheard.body -> 'visit');
  v queue.visit;
begin
  if theirs.arrived_at is null then
    return;
  end if;
  select * into v from queue.visit as w
  where w.office_id = o.office_id and w.booked
    and (w.visit_id = theirs.visit_id or w.code = _came_unheard.body -> 'says_booked' ->> 'code' and w.day = theirs.day);
  if v.state = 'booked' then
    update queue.visit as w set attention = 'unheard' where w.office_id = o.office_id and w.visit_id = v.visit_id;
  elsif queue._nobody_came(v) and v.state <> 'cancelled' then
    if v.state = 'missed' then
      perform queue._move(o.office_id, v.visit_id, 'left', _came_unheard.now_, 'box', 'unheard');
    end if;
    update queue.visit as w set arrived_at = theirs.arrived_at, attention = '' where w.office_id = o.office_id and w.visit_id = v.visit_id;
  end if;
end $$;

-- Shares. While a box has the floor, the hub sells of each cell and window no more than its share, and the box gives walk-ins no more than theirs
-- where the hub may still sell. So neither needs to know what the other does.

-- What walk-ins have of a cell. Whole counters, so it is spread over the hours: of one counter, with 30 of 100, about every third hour is theirs.
create or replace function queue._walk_in_share(o queue.office, maximum integer, cell timestamptz) returns integer
language sql immutable as $$
  select ((h.no + 1) * _walk_in_share.maximum * o.walk_in_share / 100 - h.no * _walk_in_share.maximum * o.walk_in_share / 100)::integer
  from (select floor(extract(epoch from _walk_in_share.cell) / 3600)::bigint as no) as h
$$;

-- The first moment that can be booked: lead_minutes ahead. With a box at the office, never less than its earliness; and where hours are capped, an
-- hour is closed as a whole (any 60 minutes: an hour more), so that the box may fill what is left of it.
create or replace function queue._sale_from(o queue.office, now_ timestamptz) returns timestamptz
language plpgsql stable as $$
#variable_conflict use_column
declare
  from_ timestamptz := _sale_from.now_ + make_interval(mins => o.lead_minutes);
  rules text[];
begin
  if not queue._floor_elsewhere(o.office_id) then
    return from_;
  end if;
  from_ := queue._cell(_sale_from.now_ + make_interval(mins => greatest(o.lead_minutes, o.earliness_minutes)) + interval '4 minutes 59.999999 seconds');
  rules := array(select distinct c.hour_rule from queue.cap as c where c.office_id = o.office_id and c.kind = 'hour');
  if 'any-60-minutes' = any (rules) then
    return from_ + interval '1 hour';
  elsif 'clock' = any (rules) and from_ <> date_trunc('hour', from_ at time zone o.time_zone) at time zone o.time_zone then
    return (date_trunc('hour', from_ at time zone o.time_zone) + interval '1 hour') at time zone o.time_zone;
  end if;
  return from_;
end $$;

-- What bookings known at the box take of a scope in each cell, as they were booked: what a visit took later, as a walk-in does, is not among it. Who
-- says to have booked stands on the place of a booking.
create or replace function queue._booked_in(o queue.office, scope text, from_cell timestamptz, to_cell timestamptz)
returns table (from_ timestamptz, to_ timestamptz, amount integer)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
    select t.from_cell, t.to_cell, t.amount
    from queue.visit as v
    cross join lateral unnest(v.takes) as t
    where v.office_id = o.office_id and v.day between queue._day(o, _booked_in.from_cell) and queue._day(o, _booked_in.to_cell)
      and t.scope = _booked_in.scope and t.from_cell < _booked_in.to_cell and t.to_cell > _booked_in.from_cell
      and (v.booked and not v.promised and v.starts_at is not null and t.from_cell >= v.starts_at and t.to_cell <= v.ends_at
        or not v.booked and exists (select from queue.says_booked as s where s.office_id = v.office_id and s.visit_id = v.visit_id))
      and not exists (select from queue.stay as s where s.office_id = v.office_id and s.visit_id = v.visit_id and s.reason = 'transfer');
end $$;

-- At a box, what of each cell counts as sold beside what is known: where the hub may still sell, its whole share. Null: nothing does.
create or replace function queue._unheard_cells(o queue.office, scope text, from_cell timestamptz, to_cell timestamptz) returns integer[]
language plpgsql stable as $$
#variable_conflict use_column
declare
  f queue.floor;
begin
  select * into f from queue.floor as k where k.office_id = o.office_id and k.side = 'box';
  if not found or f.closed_until >= _unheard_cells.to_cell then
    return null;
  end if;
  return array(
    select case when g.cell < f.closed_until then 0
      else greatest(0, p.planned - queue._walk_in_share(o, p.planned, g.cell) - coalesce((
        select sum(b.amount) from queue._booked_in(o, _unheard_cells.scope, _unheard_cells.from_cell, _unheard_cells.to_cell) as b
        where b.from_ <= g.cell and g.cell < b.to_), 0)::integer) end
    from unnest(queue._planned_cells(o, _unheard_cells.scope, _unheard_cells.from_cell, _unheard_cells.to_cell)) with ordinality as p (planned, i)
    cross join lateral (select _unheard_cells.from_cell + make_interval(mins => 5 * (p.i - 1)::integer) as cell) as g
    order by p.i);
end $$;

-- The same for the hour places of a window of 60 minutes.
create or replace function queue._unheard_places(o queue.office, scope text, from_cell timestamptz, to_cell timestamptz, maximum integer) returns integer
language plpgsql stable as $$
#variable_conflict use_column
declare
  f queue.floor;
begin
  select * into f from queue.floor as k where k.office_id = o.office_id and k.side = 'box';
  if not found or f.closed_until >= _unheard_places.to_cell then
    return 0;
  end if;
  return greatest(0, _unheard_places.maximum - _unheard_places.maximum * o.walk_in_share / 100 - coalesce((
    select sum(b.amount) from queue._booked_in(o, _unheard_places.scope, _unheard_places.from_cell, _unheard_places.to_cell) as b
    where b.from_ >= _unheard_places.from_cell and b.from_ < _unheard_places.to_cell), 0)::integer);
end $$;

-- At a box: a booking, or its move, that it has not heard of takes its place among the booked. signed: {revision, services, starts_at, ends_at, party_size,
-- priority, needs; code and channel, if the hub said so itself and not a ticket}.
create or replace function queue._adopt(o queue.office, now_ timestamptz, actor text, visit_id uuid, token text, signed jsonb) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit;
  starts timestamptz := (signed ->> 'starts_at')::timestamptz;
  takes queue.take[];
begin
  select * into v from queue.visit as w where w.office_id = o.office_id and w.visit_id = _adopt.visit_id;
  takes := queue._takes(o, signed -> 'services', starts, (signed ->> 'party_size')::integer);
  if v.visit_id is not null then
    perform queue._release(o.office_id, v.visit_id);
    update queue.visit as w
    set starts_at = starts, ends_at = (signed ->> 'ends_at')::timestamptz, day = queue._day(o, starts), revision = (signed ->> 'revision')::integer, over_at = null
    where w.office_id = o.office_id and w.visit_id = v.visit_id;
    perform queue._take_more(o.office_id, v.visit_id, takes);
    perform queue._move(o.office_id, v.visit_id, 'booked', _adopt.now_, _adopt.actor, 'moved');
  else
    insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, revision, channel, booked, starts_at, ends_at, party_size, booked_party,
                             priority, needs, queue_id, area_id, takes, created_at)
    select o.office_id, _adopt.visit_id, 'booked', _adopt.now_, queue._day(o, starts),
      coalesce(signed ->> 'code', queue._free_code(o.office_id, _adopt.now_, floor(random() * 10000)::integer, '{}')),
      decode(_adopt.token, 'hex'), (signed ->> 'revision')::integer, coalesce(signed ->> 'channel', 'web'), true, starts, (signed ->> 'ends_at')::timestamptz,
      (signed ->> 'party_size')::integer, (signed ->> 'party_size')::integer, coalesce(signed ->> 'priority', ''),
      array(select jsonb_array_elements_text(signed -> 'needs')), l.queue_id, l.area_id, takes, _adopt.now_
    from queue._legs(o, signed -> 'services') as l where l.service_no = 1;
    insert into queue.visit_service (office_id, visit_id, service_no, service_id, queue_id, quantity, minutes)
    select o.office_id, _adopt.visit_id, l.service_no, l.service_id, l.queue_id, l.quantity, l.minutes from queue._legs(o, signed -> 'services') as l;
    insert into queue.stay (office_id, visit_id, stay_no, state, present, area_id, queue_id, heads, started_at, actor, reason)
    select o.office_id, w.visit_id, 1, 'booked', false, w.area_id, w.queue_id, w.party_size, _adopt.now_, _adopt.actor, 'signature'
    from queue.visit as w where w.office_id = o.office_id and w.visit_id = _adopt.visit_id;
    perform queue._add_usage(o.office_id, takes);
  end if;
end $$;

-- News between hub and box

create or replace function queue._floor_entry(office_id integer, kind text, body jsonb) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  seq_ bigint;
begin
  update queue.floor as f set out_seq = f.out_seq + 1 where f.office_id = _floor_entry.office_id returning f.out_seq into seq_;
  insert into queue.floor_entry (office_id, seq, kind, body) values (_floor_entry.office_id, seq_, _floor_entry.kind, _floor_entry.body);
end $$;

-- A part that is sent whole, and only when it has changed.
create or replace function queue._floor_part(office_id integer, kind text, body jsonb) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  hash_ text := encode(sha256(convert_to(_floor_part.body::text, 'UTF8')), 'hex');
begin
  if exists (select from queue.floor as f where f.office_id = _floor_part.office_id and f.seen_parts ->> _floor_part.kind = hash_) then
    return;
  end if;
  perform queue._floor_entry(_floor_part.office_id, _floor_part.kind, _floor_part.body);
  update queue.floor as f set seen_parts = f.seen_parts || jsonb_build_object(_floor_part.kind, hash_) where f.office_id = _floor_part.office_id;
end $$;

-- The floor beside its visits: staff, counters, who is unnamed, the numbers of the day.
create or replace function queue._floor_state(o queue.office, now_ timestamptz) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  since timestamptz := (queue._day(o, _floor_state.now_) - 1)::timestamp at time zone o.time_zone;
begin
  return jsonb_build_object(
    'areas', (select coalesce(jsonb_agg(to_jsonb(a) - 'office_id' order by a.area_id), '[]') from queue.area_state as a where a.office_id = o.office_id),
    'counters', (select coalesce(jsonb_agg(to_jsonb(c) - 'office_id' order by c.counter_id), '[]')
                 from queue.counter_state as c where c.office_id = o.office_id),
    'unnamed', (select coalesce(jsonb_agg(to_jsonb(u) - 'office_id' order by u.area_id, u.unnamed_no), '[]')
                from queue.unnamed_stay as u where u.office_id = o.office_id and (u.ended_at is null or u.ended_at >= since)),
    'numbers', (select coalesce(jsonb_agg(to_jsonb(n) - 'office_id' order by n.day, n.queue_id), '[]')
                from queue.number as n where n.office_id = o.office_id and n.day >= queue._day(o, _floor_state.now_) - 1));
end $$;

-- A visit whole: its row, services and stays, and the word that made it one with a booking.
create or replace function queue._visit_whole(v queue.visit) returns jsonb
language sql stable as $$
  select jsonb_build_object('visit', to_jsonb(v) - 'office_id',
    'services', (select coalesce(jsonb_agg(to_jsonb(s) - '{office_id,visit_id}'::text[] order by s.service_no), '[]')
                 from queue.visit_service as s where s.office_id = v.office_id and s.visit_id = v.visit_id),
    'stays', (select coalesce(jsonb_agg(to_jsonb(s) - '{office_id,visit_id}'::text[] order by s.stay_no), '[]')
              from queue.stay as s where s.office_id = v.office_id and s.visit_id = v.visit_id),
    'says_booked', (select to_jsonb(s) - 'office_id' from queue.says_booked as s where s.office_id = v.office_id and v.visit_id in (s.visit_id, s.booking_id)))
$$;

create or replace function queue._mark_known(office_id integer, visit_id uuid) returns void
language sql as $$
  insert into queue.floor_known (office_id, visit_id, mark)
  select v.office_id, v.visit_id, v.xmin::text from queue.visit as v where v.office_id = _mark_known.office_id and v.visit_id = _mark_known.visit_id
  on conflict (office_id, visit_id) do update set mark = excluded.mark
$$;

-- What operators wrote down of these visits is read at the counter, wherever that is.
create or replace function queue._tell_notes(office_id integer, visits uuid[]) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  notes jsonb := (
    select jsonb_agg(to_jsonb(c) - '{office_id,call}'::text[]) from queue.call_entry as c
    where c.office_id = _tell_notes.office_id and c.visit_id = any (_tell_notes.visits) and c.note <> '');
begin
  if notes is not null then
    perform queue._floor_entry(_tell_notes.office_id, 'notes', notes);
  end if;
end $$;

-- Makes entries of what the other side does not know yet, at most so many visits; says whether more are left. Made only once what was made before
-- has arrived: so a long silence costs one entry a visit, however often it was touched. Runs under the lock of the office.
create or replace function queue._floor_news(o queue.office, now_ timestamptz, most integer) returns boolean
language plpgsql as $$
#variable_conflict use_column
declare
  f queue.floor;
  version_ bigint;
  today date := queue._day(o, _floor_news.now_);
  v queue.visit;
  made integer := 0;
  r record;
begin
  select * into f from queue.floor as k where k.office_id = o.office_id;
  select s.version into version_ from queue.office_state as s where s.office_id = o.office_id;
  if exists (select from queue.floor_entry as e where e.office_id = o.office_id) then
    return true;
  elsif f.side = 'hub' then
    perform queue._floor_part(o.office_id, 'tokens', (
      select coalesce(jsonb_agg(jsonb_build_object('sha', t.sha, 'token_id', t.token_id, 'role', t.role, 'label', t.label, 'created_at', t.created_at,
        'revoked_at', t.revoked_at) order by t.token_id), '[]')
      from ops.token as t where t.role <> 'box' and (t.offices is null or o.office_id = any (t.offices))));
  else
    perform queue._floor_tally(f, _floor_news.now_);
  end if;
  if version_ = f.seen_version then
    return exists (select from queue.floor_entry as e where e.office_id = o.office_id);
  end if;
  if f.side = 'hub' then
    perform queue._floor_part(o.office_id, 'settings', api.office_file(o.office_id));
  end if;

  -- a row bears the mark of whoever wrote it last: other than the one that was sent, it is news. In the order of their numbers, so that none is
  -- known before the one ahead of it
  for v in
    select w.* from queue.visit as w
    left join queue.floor_known as k on k.office_id = w.office_id and k.visit_id = w.visit_id
    where w.office_id = o.office_id and w.xmin::text is distinct from k.mark
      and (w.day >= coalesce(f.seen_day, today) - 1 or w.over_at is null)
    order by w.number_count nulls first, w.state_at, w.visit_id limit _floor_news.most
  loop
    perform queue._floor_entry(o.office_id, 'visit', queue._visit_whole(v));
    perform queue._mark_known(o.office_id, v.visit_id);
    made := made + 1;
  end loop;
  if made = _floor_news.most then
    return true;
  end if;

  if f.side = 'box' or f.seen_version = -1 then
    perform queue._floor_part(o.office_id, 'floor', queue._floor_state(o, _floor_news.now_));
    select jsonb_agg(to_jsonb(k) - 'office_id') as rows, max(k.at) as last into r
    from (select q.* from queue.request as q
          where q.office_id = o.office_id and q.at >= f.seen_request and q.at > _floor_news.now_ - interval '48 hours' order by q.at) as k;
    if r.rows is not null and (r.last > f.seen_request or f.seen_request = '-infinity') then
      perform queue._floor_entry(o.office_id, 'requests', r.rows);
      update queue.floor as k set seen_request = r.last where k.office_id = o.office_id;
    end if;
  end if;
  if f.side = 'box' then
    select jsonb_agg(to_jsonb(e) - '{office_id,event_no}'::text[] order by e.event_no) as rows, max(e.event_no) as last into r
    from queue.event as e where e.office_id = o.office_id and e.event_no > f.seen_event;
    if r.rows is not null then
      perform queue._floor_entry(o.office_id, 'events', r.rows);
      update queue.floor as k set seen_event = r.last where k.office_id = o.office_id;
    end if;
    -- the hub writes to people; here nobody does
    with handed as (
      update queue.job as j set ended_at = _floor_news.now_, outcome = 'to the hub'
      where j.office_id = o.office_id and j.ended_at is null returning j.*)
    select jsonb_agg(jsonb_build_object('job_id', h.job_id, 'kind', h.kind, 'visit_id', h.visit_id, 'due_at', h.due_at, 'facts', h.facts)) as rows
    into r from handed as h;
    if r.rows is not null then
      perform queue._floor_entry(o.office_id, 'jobs', r.rows);
    end if;
  else
    if f.seen_version = -1 then
      perform queue._tell_notes(o.office_id, array(
        select v.visit_id from queue.visit as v where v.office_id = o.office_id and v.over_at is null));
    end if;
    select jsonb_agg(to_jsonb(k) - 'office_id' order by k.revocation_no) as rows, max(k.revocation_no) as last into r
    from queue.revocation as k
    where k.office_id = o.office_id and k.revocation_no > f.seen_revocation and k.at > _floor_news.now_ - interval '1 year';
    if r.rows is not null then
      perform queue._floor_entry(o.office_id, 'revocations', r.rows);
      update queue.floor as k set seen_revocation = r.last where k.office_id = o.office_id;
    end if;
  end if;
  update queue.floor as k set seen_version = version_, seen_day = today where k.office_id = o.office_id;
  return false;
end $$;

-- How often what was refused and decided at the box, for the hub's figures: the minutes that are over and that all processes have told of, each once
-- and after a long silence some hours at a time. A refusal moves no version, so these go whether or not anything else has happened.
create or replace function queue._floor_tally(f queue.floor, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  until timestamptz := date_trunc('minute', _floor_tally.now_ - interval '30 seconds');
  rows jsonb;
begin
  until := least(until, (select min(t.minute) from queue.tally as t where t.office_id = f.office_id and t.minute >= f.tallied_to) + interval '3 hours');
  select jsonb_agg(to_jsonb(t) - 'office_id' order by t.minute, t.command, t.code) into rows
  from queue.tally as t where t.office_id = f.office_id and t.minute >= f.tallied_to and t.minute < until;
  if rows is not null then
    perform queue._floor_entry(f.office_id, 'tally', rows);
    update queue.floor as k set tallied_to = until where k.office_id = f.office_id;
  end if;
end $$;

-- The entries that are on their way, in order. Who holds the number of a visit goes beside it and stands in no entry, for it is known for the day alone.
create or replace function queue._floor_entries(office_id integer) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('seq', e.seq, 'kind', e.kind, 'body', case when e.kind = 'visit' then e.body || jsonb_build_object('holder', (
      select to_jsonb(w) - 'office_id' from queue.walk_in_person as w
      where w.office_id = e.office_id and w.visit_id = (e.body -> 'visit' ->> 'visit_id')::uuid order by w.day desc limit 1)) else e.body end) order by e.seq), '[]')
  from queue.floor_entry as e where e.office_id = _floor_entries.office_id
$$;

-- The other side has everything up to here.
create or replace function queue._floor_arrived(office_id integer, seq bigint) returns void
language sql as $$
  delete from queue.floor_entry as e where e.office_id = _floor_arrived.office_id and e.seq <= _floor_arrived.seq
$$;

-- Takes in the entries of the other side, each once and in order. One that follows a gap waits until it is sent again.
create or replace function queue._take_in(o queue.office, entries jsonb, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  f queue.floor;
  e record;
begin
  select * into f from queue.floor as k where k.office_id = o.office_id;
  for e in select x.* from jsonb_to_recordset(_take_in.entries) as x (seq bigint, kind text, body jsonb) order by x.seq loop
    continue when e.seq <= f.in_seq;
    exit when e.seq <> f.in_seq + 1;
    case e.kind
      when 'visit' then perform queue._take_in_visit(o, e.body, _take_in.now_, f.side = 'hub');
      when 'floor' then perform queue._take_in_floor(o, e.body);
      when 'settings' then perform queue._take_in_settings(o, e.body, _take_in.now_);
      when 'tokens' then perform queue._take_in_tokens(o, e.body);
      when 'forget' then perform queue._forget_visits(o.office_id, array[(e.body ->> 'visit_id')::uuid]);
      when 'wish' then perform queue._take_in_wish(o, (e.body ->> 'visit_id')::uuid, _take_in.now_);
      when 'requests' then
        insert into queue.request (office_id, caller, key, command, body, answer, visit_id, visit_state, at)
        select o.office_id, r.caller, r.key, r.command, r.body, r.answer, r.visit_id, r.visit_state, r.at
        from jsonb_populate_recordset(null::queue.request, e.body) as r
        on conflict (office_id, caller, key) do nothing;
      when 'events' then
        perform queue._event(o.office_id, r.at, r.actor, r.kind, r.visit_id, r.facts)
        from jsonb_populate_recordset(null::queue.event, e.body) as r;
      when 'tally' then
        insert into queue.tally as t (office_id, minute, command, code, count)
        select o.office_id, r.minute, r.command, r.code, r.count from jsonb_populate_recordset(null::queue.tally, e.body) as r
        on conflict (office_id, minute, command, code) do update set count = t.count + excluded.count;
        insert into queue.count_again (office_id, day)
        select distinct o.office_id, queue._day(o, r.minute) from jsonb_populate_recordset(null::queue.tally, e.body) as r
        where queue._day(o, r.minute) < queue._day(o, _take_in.now_)
        on conflict (office_id, day) do nothing;
      when 'jobs' then
        insert into queue.job (office_id, job_id, kind, visit_id, due_at, facts)
        select o.office_id, r.job_id, r.kind, r.visit_id, r.due_at, r.facts from jsonb_populate_recordset(null::queue.job, e.body) as r
        on conflict (office_id, job_id) do nothing;
      when 'notes' then
        insert into queue.call_entry (office_id, entry_id, at, actor, did, visit_id, service_id, note)
        select o.office_id, c.entry_id, c.at, c.actor, c.did, c.visit_id, c.service_id, c.note
        from jsonb_populate_recordset(null::queue.call_entry, e.body) as c
        on conflict (office_id, entry_id) do nothing;
      when 'revocations' then
        insert into queue.revocation (office_id, revocation_no, visit_id, revision, reason, at)
        select o.office_id, r.revocation_no, r.visit_id, r.revision, r.reason, r.at
        from jsonb_populate_recordset(null::queue.revocation, e.body) as r
        on conflict (office_id, revocation_no) do nothing;
      else null;  -- of a newer version of the other side
    end case;
    f.in_seq := e.seq;
  end loop;
  update queue.floor as k set in_seq = f.in_seq where k.office_id = o.office_id;
end $$;

-- One person, one open number, whoever has the floor. Of a day that is over, nothing.
create or replace function queue._take_in_holder(o queue.office, holder jsonb, now_ timestamptz) returns void
language sql as $$
  insert into queue.walk_in_person (office_id, day, person, visit_id)
  select o.office_id, w.day, w.person, w.visit_id from jsonb_populate_record(null::queue.walk_in_person, nullif(_take_in_holder.holder, 'null')) as w
  where w.day = queue._day(o, _take_in_holder.now_)
  on conflict do nothing
$$;

-- A visit as the other side has it takes the place of ours, with what it takes. What somebody did at the floor stands above what the hub thought:
-- an arrival wins over a cancellation or a move it had not heard of, and the later place is free again. Where nobody came, the hub's word stands.
create or replace function queue._take_in_visit(o queue.office, body jsonb, now_ timestamptz, at_hub boolean) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  mine queue.visit;
  theirs queue.visit := jsonb_populate_record(null::queue.visit, _take_in_visit.body -> 'visit');
begin
  theirs.office_id := o.office_id;
  theirs.checked := coalesce(theirs.checked, false);  -- sent before there were entry checks
  perform queue._take_in_holder(o, _take_in_visit.body -> 'holder', _take_in_visit.now_);
  select * into mine from queue.visit as v where v.office_id = o.office_id and v.visit_id = theirs.visit_id;
  if mine.visit_id is not null and _take_in_visit.at_hub then
    if queue._nobody_came(theirs) and (mine.revision > theirs.revision or mine.state = 'cancelled') then
      delete from queue.floor_known as k where k.office_id = o.office_id and k.visit_id = mine.visit_id;  -- the box shall hear it again
      return;
    elsif mine.state = 'cancelled' or mine.revision > theirs.revision then
      perform queue._event(o.office_id, _take_in_visit.now_, 'box', 'arrival won', mine.visit_id,
        jsonb_build_object('state', mine.state, 'revision', mine.revision, 'starts_at', mine.starts_at));
      perform queue._message(o.office_id, 'arrival_won', mine.visit_id, _take_in_visit.now_, jsonb_build_object('state', mine.state, 'starts_at', mine.starts_at));
    end if;
    -- who it is and what they hold, the hub knows best: the box may have had a ticket alone
    theirs.code := mine.code;          theirs.token := mine.token;        theirs.name := mine.name;    theirs.phone := mine.phone;
    theirs.channel := mine.channel;    theirs.language := mine.language;  theirs.asked := mine.asked;  theirs.created_at := mine.created_at;
    theirs.revision := greatest(mine.revision, theirs.revision);
  elsif mine.visit_id is not null then
    if not queue._nobody_came(mine)
       or mine.state in ('missed', 'cancelled') and theirs.revision <= mine.revision and theirs.state <> 'cancelled' then
      return;
    end if;
  end if;

  if mine.visit_id is not null then
    perform queue._give_back(o.office_id, mine.takes);
    delete from queue.visit as v where v.office_id = o.office_id and v.visit_id = mine.visit_id;
    delete from queue.visit_service as s where s.office_id = o.office_id and s.visit_id = mine.visit_id;
    delete from queue.stay as s where s.office_id = o.office_id and s.visit_id = mine.visit_id;
  end if;
  insert into queue.visit select theirs.*;
  if _take_in_visit.at_hub and theirs.day < queue._day(o, _take_in_visit.now_) then
    insert into queue.count_again (office_id, day) values (o.office_id, theirs.day) on conflict (office_id, day) do nothing;
  end if;
  update queue.forgotten as f set named_from = theirs.day where f.office_id = o.office_id and f.named_from > theirs.day;  -- one that comes late
  insert into queue.visit_service
  select (jsonb_populate_record(null::queue.visit_service, s || jsonb_build_object('office_id', o.office_id, 'visit_id', theirs.visit_id))).*
  from jsonb_array_elements(_take_in_visit.body -> 'services') as s;
  insert into queue.stay
  select (jsonb_populate_record(null::queue.stay, s || jsonb_build_object('office_id', o.office_id, 'visit_id', theirs.visit_id))).*
  from jsonb_array_elements(_take_in_visit.body -> 'stays') as s;
  perform queue._add_usage(o.office_id, theirs.takes);
  if jsonb_typeof(_take_in_visit.body -> 'says_booked') = 'object' then
    insert into queue.says_booked as s (office_id, visit_id, code, booking_id)
    -- the hub joins the two by itself: where the box has seen the ticket, too, the booking's own place is still to be freed here
    select o.office_id, r.visit_id, r.code, case when not _take_in_visit.at_hub then r.booking_id end from jsonb_populate_record(null::queue.says_booked, _take_in_visit.body -> 'says_booked') as r
    on conflict (office_id, visit_id) do update set booking_id = coalesce(s.booking_id, excluded.booking_id);
  end if;
  perform queue._join_said(o, queue._visit(o.office_id, theirs.visit_id), _take_in_visit.now_);
  perform queue._mark_known(o.office_id, theirs.visit_id);
  if _take_in_visit.at_hub and mine.state = 'booked' and theirs.state in ('missed', 'cancelled') then
    perform queue._leave_list(o, theirs.visit_id, _take_in_visit.now_);
    perform queue._freed(o, queue._services(o.office_id, theirs.visit_id, 1), mine.starts_at, mine.ends_at, mine.booked_party, mine.takes,
                         _take_in_visit.now_, theirs.state = 'cancelled');
  end if;
end $$;

-- Who said at the box to have booked, and the booking of that code, are one as soon as both are known in one place: the visit at the door goes on with
-- the name and phone of the booking, whose own place is free again and whose link leads to the visit. Asked after either has been taken in.
create or replace function queue._join_said(o queue.office, v queue.visit, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  s queue.says_booked;
  b queue.visit;
  d queue.visit;
  joined boolean;
begin
  select * into s from queue.says_booked as k
  where k.office_id = o.office_id and k.booking_id is null and (k.visit_id = v.visit_id or k.code = v.code and v.booked)
  order by k.visit_id = v.visit_id desc limit 1;
  select w.* into b from queue.visit as w
  join queue.visit as d on d.office_id = w.office_id and d.visit_id = s.visit_id and d.day = w.day
  where w.office_id = o.office_id and w.code = s.code and w.booked and w.visit_id <> d.visit_id;
  joined := b.state = 'cancelled' and exists (  -- on the other side, and heard of first
    select from queue.stay as t where t.office_id = o.office_id and t.visit_id = b.visit_id and t.reason = 'joined');
  if b.visit_id is null or not queue._nobody_came(b) or b.state = 'cancelled' and not joined then
    return;
  elsif not joined then
    perform queue._release(o.office_id, b.visit_id);
    perform queue._move(o.office_id, b.visit_id, 'cancelled', _join_said.now_, 'box', 'joined');
  end if;
  update queue.says_booked as k set booking_id = b.visit_id where k.office_id = o.office_id and k.visit_id = s.visit_id;
  update queue.visit as w set name = b.name, phone = b.phone, language = b.language where w.office_id = o.office_id and w.visit_id = s.visit_id
  returning w.* into d;
  if d.booked and d.phone <> '' and not queue._is_box(o.office_id) then  -- a window booked here for who came late: now it is known whom to tell
    insert into queue.job (office_id, job_id, kind, visit_id, due_at) values (o.office_id, d.visit_id, 'confirmation', d.visit_id, _join_said.now_)
    on conflict do nothing;
    perform queue._remind(o, d.visit_id, _join_said.now_);
  end if;
  perform queue._event(o.office_id, _join_said.now_, 'box', 'booking joined', s.visit_id, jsonb_build_object('booking', b.visit_id, 'starts_at', b.starts_at));
end $$;

-- At a box whose last pull is older than a minute: whether a code it does not know may be of a booking made at the hub, whose codes never begin with 9.
create or replace function queue._may_be_booked(office_id integer, code text, at timestamptz) returns boolean
language sql stable as $$
  select left(_may_be_booked.code, 4) = lpad(_may_be_booked.office_id::text, 4, '0') and substr(_may_be_booked.code, 5, 1) <> '9'
    and exists (select from queue.floor as f where f.office_id = _may_be_booked.office_id and f.side = 'box'
                  and f.heard_at < _may_be_booked.at - interval '1 minute')
$$;

-- At a box: whether the hub answers, so that it can be asked.
create or replace function queue._hub_answers(office_id integer, at timestamptz) returns boolean
language sql stable as $$
  select exists (select from queue.floor as f where f.office_id = _hub_answers.office_id and f.side = 'box' and f.trouble = ''
                   and f.heard_at > _hub_answers.at - interval '30 seconds')
$$;

-- A booking whose holder went in on the word of its code is that visit.
create or replace function queue._joined(v queue.visit) returns queue.visit
language plpgsql stable as $$
#variable_conflict use_column
declare
  w queue.visit;
begin
  select d.* into w from queue.says_booked as s join queue.visit as d on d.office_id = s.office_id and d.visit_id = s.visit_id
  where s.office_id = v.office_id and s.booking_id = v.visit_id and d.day = v.day;
  return case when w.visit_id is null then v else w end;
end $$;

create or replace function queue._take_in_floor(o queue.office, body jsonb) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  update queue.area_state as a
  set staff_said = r.staff_said, staff_said_at = r.staff_said_at, blocked_visit = r.blocked_visit, blocked_since = r.blocked_since, last_unnamed = r.last_unnamed
  from jsonb_populate_recordset(null::queue.area_state, _take_in_floor.body -> 'areas') as r
  where a.office_id = o.office_id and a.area_id = r.area_id;
  update queue.counter_state as c
  set state = r.state, since = r.since, reason = r.reason, until = r.until, actor = r.actor
  from jsonb_populate_recordset(null::queue.counter_state, _take_in_floor.body -> 'counters') as r
  where c.office_id = o.office_id and c.counter_id = r.counter_id;
  insert into queue.unnamed_stay (office_id, area_id, unnamed_no, started_at, ended_at, actor)
  select o.office_id, r.area_id, r.unnamed_no, r.started_at, r.ended_at, r.actor
  from jsonb_populate_recordset(null::queue.unnamed_stay, _take_in_floor.body -> 'unnamed') as r
  on conflict (office_id, area_id, unnamed_no) do update set ended_at = excluded.ended_at;
  insert into queue.number as n (office_id, day, queue_id, last)
  select o.office_id, r.day, r.queue_id, r.last from jsonb_populate_recordset(null::queue.number, _take_in_floor.body -> 'numbers') as r
  on conflict (office_id, day, queue_id) do update set last = greatest(n.last, excluded.last);
end $$;

-- A file that cannot hold today, such as a letter already on slips, waits; it comes again when it is changed.
create or replace function queue._take_in_settings(o queue.office, file jsonb, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  perform api.import_office(o.office_id, _take_in_settings.now_, 'hub', _take_in_settings.file);
exception when sqlstate 'QS409' then
  perform queue._event(o.office_id, _take_in_settings.now_, 'hub', 'settings refused', null, jsonb_build_object('code', sqlerrm));
end $$;

-- The same keys open the box's doors and counters: hashes alone travel.
create or replace function queue._take_in_tokens(o queue.office, body jsonb) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  insert into ops.token as t (sha, token_id, role, offices, label, created_at, revoked_at)
  select r.sha, r.token_id, r.role, array[o.office_id], r.label, r.created_at, r.revoked_at
  from jsonb_populate_recordset(null::ops.token, _take_in_tokens.body) as r
  on conflict (sha) do update set revoked_at = excluded.revoked_at, label = excluded.label, role = excluded.role;
end $$;

-- Somebody told the hub that they will not come: while nobody has come, so be it.
create or replace function queue._take_in_wish(o queue.office, visit_id uuid, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit;
begin
  select * into v from queue.visit as w where w.office_id = o.office_id and w.visit_id = _take_in_wish.visit_id;
  if v.state = 'booked' then
    perform queue._release(o.office_id, v.visit_id);
    perform queue._move(o.office_id, v.visit_id, 'cancelled', _take_in_wish.now_, 'hub', 'wish');
  end if;
end $$;

-- A hub's floor row for an office that has none yet.
create or replace function queue._floor_row(office_id integer) returns queue.floor
language plpgsql as $$
#variable_conflict use_column
declare
  f queue.floor;
begin
  insert into queue.floor (office_id, side) values (_floor_row.office_id, 'hub') on conflict (office_id) do nothing;
  select * into f from queue.floor as k where k.office_id = _floor_row.office_id;
  return f;
end $$;

-- The floor changes hands: another epoch, and nothing of what was on its way in the old one.
create or replace function queue._next_epoch(office_id integer, box_id uuid, box_name text, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  delete from queue.floor_entry as e where e.office_id = _next_epoch.office_id;
  delete from queue.floor_known as k where k.office_id = _next_epoch.office_id;
  update queue.floor as f
  set epoch = f.epoch + 1, box_id = _next_epoch.box_id, box_name = _next_epoch.box_name, taken_at = _next_epoch.now_, heard_at = _next_epoch.now_,
      clock_off = 0, out_seq = 0, in_seq = 0, seen_version = -1, seen_day = null, seen_event = 0, seen_request = '-infinity', seen_revocation = 0,
      seen_parts = '{}', uncounted = '{}'
  where f.office_id = _next_epoch.office_id;
end $$;

-- Numbers go on from the next full hundred; those in between, which a lost box may have given, are kept as void and come to life when typed.
create or replace function queue._skip_numbers(o queue.office, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  q record;
  today date := queue._day(o, _skip_numbers.now_);
  n record;
begin
  for q in
    select k.queue_id, k.area_id, k.letter, coalesce(l.last, 0) as last, s.service_id, s.minutes
    from queue.queue as k
    left join queue.number as l on l.office_id = k.office_id and l.queue_id = k.queue_id and l.day = today
    left join lateral (select d.service_id, d.minutes from queue.service as d
                       where d.office_id = k.office_id and d.queue_id = k.queue_id order by d.retired, d.position, d.service_id limit 1) as s on true
    where k.office_id = o.office_id and not k.retired
  loop
    for n in
      select i as count_, gen_random_uuid() as id, q.letter || lpad(i::text, greatest(3, length(i::text)), '0') as number
      from generate_series(q.last + 1, (q.last / 100 + 1) * 100 - 1) as i
    loop
      insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, channel, booked, party_size, booked_party, queue_id, area_id,
                               number, number_day, number_queue, number_count, slip, slip_at, arrived_at, created_at, over_at)
      values (o.office_id, n.id, 'void', _skip_numbers.now_, today, '', uuid_send(gen_random_uuid()), 'helper', false, 1, 1, q.queue_id, q.area_id,
              n.number, today, q.queue_id, n.count_, 'failed', _skip_numbers.now_, _skip_numbers.now_, _skip_numbers.now_, _skip_numbers.now_);
      insert into queue.visit_service (office_id, visit_id, service_no, service_id, queue_id, minutes)
      values (o.office_id, n.id, 1, coalesce(q.service_id, ''), q.queue_id, coalesce((q.minutes + 4) / 5 * 5, 5));
      insert into queue.stay (office_id, visit_id, stay_no, state, present, area_id, queue_id, heads, started_at, ended_at, actor, reason)
      values (o.office_id, n.id, 1, 'void', false, q.area_id, q.queue_id, 1, _skip_numbers.now_, _skip_numbers.now_, _skip_numbers.actor, 'floor taken back');
    end loop;
    insert into queue.number as l (office_id, day, queue_id, last) values (o.office_id, today, q.queue_id, (q.last / 100 + 1) * 100 - 1)
    on conflict (office_id, day, queue_id) do update set last = excluded.last;
  end loop;
end $$;

-- Where the floor is, for whoever looks: null while no box was ever there. `silent`: its last word is older than 30 seconds.
create or replace function queue._floor_json(office_id integer, at timestamptz) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  f queue.floor;
begin
  select * into f from queue.floor as k where k.office_id = _floor_json.office_id;
  if not found then
    return null;
  end if;
  return jsonb_build_object('side', f.side, 'box', nullif(f.box_name, ''), 'at_box', f.side = 'box' or f.box_id is not null, 'epoch', f.epoch,
    'heard_at', f.heard_at, 'silent', (f.side = 'box' or f.box_id is not null) and f.heard_at < _floor_json.at - interval '30 seconds',
    'clock_off', f.clock_off, 'ready', f.ready, 'stopped', f.stopped, 'trouble', f.trouble, 'closed_until', f.closed_until, 'uncounted', f.uncounted,
    'late', (select count(*) from queue.floor_late as l where l.office_id = f.office_id));
end $$;
