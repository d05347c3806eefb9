-- A number on its way to the visitor: the slip that came out, or did not, and the number that is there after all.

-- Any sign of life of a slip not yet confirmed makes its number callable.
create or replace function queue._slip_seen(o queue.office, visit_id uuid, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  update queue.visit as w set slip = 'printed', slip_at = _slip_seen.now_
  where w.office_id = o.office_id and w.visit_id = _slip_seen.visit_id and w.slip in ('pending', 'unconfirmed', 'failed');
end $$;

-- A slip that never reached anybody: the number stays, kept as void; a booked visit goes back to its booking while its time lasts.
create or replace function queue._void(o queue.office, visit_id uuid, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit := queue._visit(o.office_id, _void.visit_id);
begin
  update queue.visit as w set slip = 'failed', slip_at = _void.now_ where w.office_id = o.office_id and w.visit_id = v.visit_id;
  if v.booked and v.starts_at is not null then
    update queue.visit as w set arrived_at = null, yields = false where w.office_id = o.office_id and w.visit_id = v.visit_id;
    perform queue._move(o.office_id, v.visit_id, 'booked', _void.now_, _void.actor, 'slip void');
    perform queue._hold_again(o, queue._visit(o.office_id, v.visit_id), _void.now_);
  else
    perform queue._move(o.office_id, v.visit_id, 'void', _void.now_, _void.actor, 'slip void');
    perform queue._pass_back(o, v, _void.now_);
  end if;
end $$;

-- A void or left visit of today is there after all: its number and arrival hold, new cells are taken where there are any.
create or replace function queue._restore(o queue.office, visit_id uuid, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit := queue._visit(o.office_id, _restore.visit_id);
  p record;
begin
  update queue.visit_service as s set state = 'waiting' where s.office_id = o.office_id and s.visit_id = v.visit_id and s.state = 'left';
  select * into p from queue._promise(o, queue._services(o.office_id, v.visit_id, v.service_no), _restore.now_, v.party_size);
  if p.run is not null and not p.later then
    perform queue._take_more(o.office_id, v.visit_id, (
      select array_agg(row(t.service_no + v.service_no - 1, t.scope, t.from_cell, t.to_cell, t.amount, t.used)::queue.take) from unnest(p.takes) as t));
  end if;
  update queue.visit as w set starts_at = null, ends_at = null, promised = false, over_at = null, yields = false, invitations = 0,
    slip = case when w.slip in ('failed', 'pending', 'unconfirmed') then 'said' else w.slip end
  where w.office_id = o.office_id and w.visit_id = v.visit_id;
end $$;

create or replace function queue._revive(o queue.office, visit_id uuid, now_ timestamptz, actor text) returns void
language plpgsql as $$
begin
  perform queue._restore(o, _revive.visit_id, _revive.now_);
  perform queue._at_door(o, _revive.visit_id, _revive.now_, _revive.actor);
end $$;

-- The visitor has the number: printed, on the phone or said. A void number of today is there again, and a booked visit that had lost its slip too.
create or replace function queue._slip_given(o queue.office, visit_id uuid, word text, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v queue.visit := queue._visit(o.office_id, _slip_given.visit_id);
begin
  update queue.visit as w set slip = _slip_given.word, slip_at = _slip_given.now_
  where w.office_id = o.office_id and w.visit_id = v.visit_id and w.slip <> 'none';
  if v.state = 'void' and v.number_day = queue._day(o, _slip_given.now_) and v.attention <> 'wrong_person' then
    perform queue._revive(o, v.visit_id, _slip_given.now_, _slip_given.actor);
  elsif v.state = 'booked' and v.booked and v.slip = 'failed' and v.number_day = queue._day(o, _slip_given.now_)
    and v.starts_at - make_interval(mins => o.earliness_minutes) <= _slip_given.now_ then  -- not one moved to a later time since
    perform queue._at_door(o, v.visit_id, _slip_given.now_, _slip_given.actor);
  end if;
end $$;
