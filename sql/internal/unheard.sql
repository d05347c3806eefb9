-- Bookings and arrivals that one side of a floor has not heard of yet, and what becomes of them once it has.

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
    set booked = true, starts_at = starts, ends_at = (signed ->> 'ends_at')::timestamptz, day = queue._day(o, starts), revision = (signed ->> 'revision')::integer, over_at = null
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
