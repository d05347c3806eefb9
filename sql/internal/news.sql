-- News between hub and box: what the other side does not know yet, made into entries and kept until they have arrived.

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
