-- Taking back a wrong tap. The ledger is not rewritten: what is taken back is followed by a stay that puts it right.

-- As many heads the other way, all of them unnamed: who was counted out cannot be told apart any more. Not once the room was counted anew.
create or replace function queue._undo_count(o queue.office, r queue.request, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  area_ text := r.answer ->> 'area';
  change integer := (r.answer ->> 'change')::integer;
begin
  if exists (select from queue.event as e where e.office_id = o.office_id and e.kind = 'recount' and e.at > r.at and e.facts ->> 'area' = area_) then
    perform queue._refuse('QS409', 'cannot_undo', jsonb_build_object('command', r.command));
  elsif change < 0 then
    perform queue._add_unnamed(o.office_id, area_, -change, _undo_count.now_, _undo_count.actor);
  elsif queue._end_unnamed(o.office_id, area_, change, _undo_count.now_) < change then
    perform queue._refuse('QS409', 'cannot_undo', jsonb_build_object('command', r.command));
  end if;
end $$;

-- The visit goes back to where the command found it, its place in line kept. Refused where it has moved since.
create or replace function queue._undo_visit(o queue.office, r queue.request, v queue.visit, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  was jsonb := r.answer -> 'was';
  moved boolean := v.state_at = r.at;  -- by this command, and not since
  prior queue.stay;
  back text;
begin
  select * into prior from queue.stay as s where s.office_id = o.office_id and s.visit_id = v.visit_id order by s.stay_no desc offset 1 limit 1;

  if r.command = 'walk_in' and v.state in ('arrived', 'invited', 'inside', 'booked') then
    perform queue._gone(o.office_id, v.visit_id, _undo_visit.now_, _undo_visit.actor, 'undo');

  elsif r.command = 'arrive' and was is not null and v.state in ('arrived', 'invited', 'inside', 'booked') then
    perform queue._undo_arrival(o, v, was, coalesce((r.answer ->> 'late')::boolean, false), _undo_visit.now_, _undo_visit.actor);

  elsif r.command = 'enter' and v.state = 'inside' and moved then
    -- whose check it was is as uncertain as who went in
    update queue.visit as w set checked = coalesce((was ->> 'checked')::boolean, v.checked) where w.office_id = o.office_id and w.visit_id = v.visit_id;
    perform queue._move(o.office_id, v.visit_id, 'arrived', _undo_visit.now_, _undo_visit.actor, 'undo');

  elsif r.command = 'leave' and v.state = 'done' and v.over_at = r.at then
    perform queue._back(o, v.visit_id, 'done', _undo_visit.now_, _undo_visit.actor);

  elsif r.command = 'leave' and v.state = 'left' and moved then
    perform queue._restore(o, v.visit_id, _undo_visit.now_);
    update queue.visit as w set starts_at = v.starts_at, ends_at = v.ends_at, promised = v.promised,
      parked = case when prior.state = 'parked' then case when prior.present then 'here' else 'away' end end
    where w.office_id = o.office_id and w.visit_id = v.visit_id;
    back := case when prior.state in ('arrived', 'invited') then 'arrived' when prior.state = 'parked' then 'parked' else 'inside' end;
    perform queue._back(o, v.visit_id, back, _undo_visit.now_, _undo_visit.actor);

  elsif r.command in ('call_next', 'call_number') and (v.state = 'called' and moved or queue._served_at_once(v) and v.state_at <= r.at + interval '3 seconds') then
    if queue._unuse_place(o, v) then
      perform queue._hold_place(o, queue._visit(o.office_id, v.visit_id), _undo_visit.now_);
    end if;
    perform queue._move(o.office_id, v.visit_id, 'inside', _undo_visit.now_, _undo_visit.actor, 'undo');

  elsif r.command = 'note_dossier' then
    delete from queue.dossier as d where d.office_id = o.office_id and d.visit_id = v.visit_id and d.code = r.answer ->> 'dossier';

  elsif r.command = 'absent' and v.state = 'absent' and moved or r.command = 'park' and v.state = 'parked' and moved then
    perform queue._back(o, v.visit_id, 'inside', _undo_visit.now_, _undo_visit.actor);
    perform queue._hold_again(o, queue._visit(o.office_id, v.visit_id), _undo_visit.now_);

  elsif r.command = 'finish' and (v.state = 'done' and v.over_at is null or v.state = 'inside') and moved and prior.state = 'serving' then
    perform queue._undo_finish(o, v, prior.counter_id, _undo_visit.now_, _undo_visit.actor);

  else
    perform queue._refuse('QS409', 'cannot_undo', jsonb_build_object('command', r.command));
  end if;
end $$;

-- Somebody else was meant: the booking waits for its own visitor again, and one that was missed is missed.
create or replace function queue._undo_arrival(o queue.office, v queue.visit, was jsonb, late boolean, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  back text := case when late then 'missed' else was ->> 'state' end;
begin
  if back = 'missed' then
    perform queue._release(o.office_id, v.visit_id);
  end if;
  update queue.visit as w
  set starts_at = (was ->> 'starts_at')::timestamptz, ends_at = (was ->> 'ends_at')::timestamptz, promised = (was ->> 'promised')::boolean,
    party_size = (was ->> 'party_size')::integer, checked = coalesce((was ->> 'checked')::boolean, false), arrived_at = null, came_at = null,
    yields = false, stepped_out = false, invitations = 0,
    slip = case w.slip when 'none' then 'none' else 'failed' end
  where w.office_id = o.office_id and w.visit_id = v.visit_id;
  perform queue._move(o.office_id, v.visit_id, back, _undo_arrival.now_, _undo_arrival.actor, 'undo');
end $$;

-- Back at the counter, whose cap holds as for any call; the hour place was used by the call.
create or replace function queue._undo_finish(o queue.office, v queue.visit, counter_id text, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  cap integer := queue._counter_cap(o, _undo_finish.counter_id, queue._day(o, _undo_finish.now_));
  there integer := queue._at_counter(o, _undo_finish.counter_id, cap);
  finished queue.visit_service;
begin
  if (select s.state from queue.counter_state as s where s.office_id = o.office_id and s.counter_id = _undo_finish.counter_id) <> 'open' then
    perform queue._refuse('QS409', 'counter_closed', jsonb_build_object('counter', _undo_finish.counter_id));
  elsif there + least(v.party_size, cap) > cap then
    perform queue._refuse('QS409', 'counter_full', jsonb_build_object('maximum', cap, 'there', there));
  end if;
  update queue.visit_service as s set state = 'waiting'
  where s.office_id = o.office_id and s.visit_id = v.visit_id and s.service_no = (
    select max(d.service_no) from queue.visit_service as d where d.office_id = o.office_id and d.visit_id = v.visit_id and d.state = 'done')
  returning s.* into finished;
  update queue.visit as w set service_no = finished.service_no, queue_id = finished.queue_id
  where w.office_id = o.office_id and w.visit_id = v.visit_id;
  perform queue._move(o.office_id, v.visit_id, 'serving', _undo_finish.now_, _undo_finish.actor, 'undo', _undo_finish.counter_id);
end $$;

-- Who never went is where they were. If others were let in meanwhile, they are too many: kept as an excess, and nobody enters until it fits again.
create or replace function queue._back(o queue.office, visit_id uuid, state text, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit;
  before integer;
  present integer;
  cap integer;
begin
  select * into v from queue.visit as w where w.office_id = o.office_id and w.visit_id = _back.visit_id;
  before := queue._present(o, v.area_id, _back.now_);
  cap := queue._area_cap(o, v.area_id, queue._day(o, _back.now_), v.booked and v.starts_at is not null);
  perform queue._move(o.office_id, v.visit_id, _back.state, _back.now_, _back.actor, 'undo');
  present := queue._present(o, v.area_id, _back.now_);
  if present > cap and present > before then
    perform queue._event(o.office_id, _back.now_, _back.actor, 'excess', v.visit_id,
      jsonb_build_object('area', v.area_id, 'present', present, 'cap', cap, 'reason', 'undo'));
  end if;
end $$;
