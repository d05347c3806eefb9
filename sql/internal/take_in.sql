-- News between hub and box: what the other side has sent is taken in.

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
