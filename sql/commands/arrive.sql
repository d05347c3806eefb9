-- A ticket is shown at the door, by visit (a verified QR) or by code. Always answers with a decision:
-- enter, wait_outside, come_back, too_early, too_late, wrong_day, wrong_office, already_in, cancelled, invalid, refuse.
-- came_at is a helper's word, at most 30 minutes back, and counts for lateness alone. revision is the ticket's: an older one is answered
-- by the visit as it stands now, with `moved`. Where the office checks at the entry, nobody passes without the word `checked`: refuse check_needed.
-- Who is late for a queue left without a counter gets no number: refuse queue_closed.
-- At a box that has not heard of the hub for a minute, a code it does not know may be a booking of meanwhile: refuse service_needed {says_booked}, and
-- walk_in with that word gives the number. At a box with nothing left for who is late (too_late day_full), `at_hub` says what the hub is to book.
-- Refuses: QS422 bad_came_at party_too_small party_too_large, QS409 id_reused.
create or replace function api.arrive(
  office_id integer, at timestamptz, actor text, key text, visit_id uuid, code text, party_size integer, came_at timestamptz, revision integer,
  checked boolean)
returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(arrive.office_id, arrive.at);
  -- without came_at: the same scan, sent again after a cut, may say otherwise how long ago it was
  body jsonb := jsonb_build_array(arrive.visit_id, arrive.code, arrive.party_size, arrive.revision)
    || case when arrive.checked then '["checked"]'::jsonb else '[]' end;
  answer jsonb := queue._replay(arrive.office_id, now_, arrive.actor, arrive.key, 'arrive', body);
  o queue.office;
  v queue.visit;
  today date;
  came timestamptz;
  still_open boolean;
  on_time boolean;
  missed_takes queue.take[];
  largest integer;
  decision text;
  reason text;
  facts jsonb := '{}'::jsonb;
  p record;
  d record;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = arrive.office_id;
  today := queue._day(o, now_);
  if arrive.came_at > now_ or arrive.came_at < now_ - interval '30 minutes' then
    perform queue._refuse('QS422', 'bad_came_at', '{"minutes": 30}');
  elsif arrive.party_size < 1 then
    perform queue._refuse('QS422', 'party_too_small', '{}');
  elsif arrive.party_size > o.largest_party then
    perform queue._refuse('QS422', 'party_too_large', jsonb_build_object('largest_party', o.largest_party));
  end if;
  came := coalesce(arrive.came_at, now_);

  if arrive.visit_id is not null then
    select * into v from queue.visit as w where w.office_id = o.office_id and w.visit_id = arrive.visit_id;
  else
    select * into v from queue.visit as w where w.office_id = o.office_id and w.code = arrive.code
    order by w.created_at desc limit 1;
  end if;
  if v.visit_id is null then  -- the code, or the ticket, of somebody who went in on the word of that code
    select w.* into v from queue.says_booked as s join queue.visit as w on w.office_id = s.office_id and w.visit_id = s.visit_id
    where s.office_id = o.office_id and (s.code = arrive.code or s.booking_id = arrive.visit_id) and w.day = today order by w.created_at desc limit 1;
  end if;
  v := queue._joined(v);
  if v.visit_id is null and queue._may_be_booked(o.office_id, arrive.code, arrive.at) then
    return queue._decision(o, 'refuse', 'service_needed', null, now_, jsonb_build_object('says_booked', arrive.code));
  elsif v.visit_id is null then
    return queue._decision(o,
      case when arrive.visit_id is null and left(arrive.code, 4) <> lpad(o.office_id::text, 4, '0') then 'wrong_office' else 'invalid' end,
      'unknown', null, now_, '{}');
  end if;
  if arrive.revision < v.revision then
    facts := '{"moved": true}';
  end if;

  -- what is over, what is elsewhere in time
  if v.attention = 'wrong_person' then
    return queue._decision(o, 'invalid', 'wrong_person', v.visit_id, now_, facts);
  elsif v.state = 'cancelled' then
    return queue._decision(o, 'cancelled', null, v.visit_id, now_, facts || '{"offer": "walk_in"}');
  elsif v.state = 'done' and v.over_at is null then
    return queue._decision(o, 'already_in', null, v.visit_id, now_, facts);
  elsif v.state = 'done' then
    return queue._decision(o, 'invalid', 'done', v.visit_id, now_, facts);
  elsif v.day <> today then
    return queue._decision(o, 'wrong_day', null, v.visit_id, now_, facts || jsonb_build_object('day', v.day, 'starts_at', v.starts_at));
  elsif v.state = 'held' then
    return queue._decision(o, 'invalid', 'not_confirmed', v.visit_id, now_, facts);
  elsif v.state = 'booked' and now_ < v.starts_at - make_interval(mins => o.earliness_minutes) then
    return queue._decision(o, 'too_early', null, v.visit_id, now_, facts || jsonb_build_object('starts_at', v.starts_at,
      'from', v.starts_at - make_interval(mins => o.earliness_minutes)));
  elsif v.state in ('inside', 'called', 'serving') or v.state = 'parked' and v.parked = 'here' then
    return queue._decision(o, 'already_in', null, v.visit_id, now_, facts);
  end if;

  if queue._unchecked(o, v) then
    if not arrive.checked then
      return queue._decision(o, 'refuse', 'check_needed', v.visit_id, now_, facts);
    end if;
    update queue.visit as w set checked = true where w.office_id = o.office_id and w.visit_id = v.visit_id;
  end if;

  still_open := exists (select from queue._hours(o, today) as h where h.closes > now_);
  on_time := still_open and v.state in ('booked', 'missed') and (v.starts_at is null or came <= queue._missed_at(o, v) - interval '1 second');
  if on_time and v.state = 'missed' then
    -- came in time by a helper's word: what was given back is taken again, unless somebody else has it
    missed_takes := queue._takes_missed(o, v, now_);
    on_time := (queue._room(o, missed_takes, v.booked_party)).cap is null;
  end if;

  if still_open and not on_time and v.state in ('booked', 'missed', 'void', 'left') and queue._unattended(o, v.queue_id, now_) then  -- as to any walk-in
    return queue._decision(o, 'refuse', 'queue_closed', v.visit_id, now_, facts || '{"offer": "slots"}');
  end if;

  -- more than a room still to be entered ever holds would wait before it for ever
  if v.state in ('booked', 'missed', 'void', 'left') or v.state <> 'absent' and arrive.party_size > v.party_size then
    select min(queue._largest_to_enter(o, a.area_id, now_, v.booked and (on_time or v.state not in ('booked', 'missed', 'void', 'left') and v.starts_at is not null)))
    into largest
    from (select distinct q.area_id from queue.visit_service as s join queue.queue as q on q.office_id = s.office_id and q.queue_id = s.queue_id
          where s.office_id = o.office_id and s.visit_id = v.visit_id and s.state <> 'done') as a;
    if coalesce(arrive.party_size, v.party_size) > largest then
      return queue._decision(o, 'refuse', 'party_over_cap', v.visit_id, now_, facts || jsonb_build_object('largest', largest));
    end if;
  end if;

  if v.state in ('booked', 'missed') then  -- what `undo` goes back to
    facts := facts || jsonb_build_object('was', jsonb_build_object('state', v.state, 'starts_at', v.starts_at, 'ends_at', v.ends_at,
      'promised', v.promised, 'party_size', v.party_size, 'checked', v.checked));
  end if;
  if arrive.party_size is not null and v.state <> 'absent' then  -- who is inside was counted when coming in
    update queue.visit as w set party_size = arrive.party_size where w.office_id = o.office_id and w.visit_id = v.visit_id;
  end if;
  if arrive.came_at is not null then
    update queue.visit as w set came_at = arrive.came_at where w.office_id = o.office_id and w.visit_id = v.visit_id;
    perform queue._event(o.office_id, now_, arrive.actor, 'came_at', v.visit_id, jsonb_build_object('came_at', arrive.came_at));
  end if;

  if v.state = 'invited' and arrive.party_size > v.party_size then
    -- more heads than were invited are decided on afresh, the place in line kept
    perform queue._slip_seen(o, v.visit_id, now_);
    perform queue._move(o.office_id, v.visit_id, 'arrived', now_, arrive.actor, 'party');
    perform queue._admit_all(o.office_id, now_, v.visit_id);
  elsif v.state in ('invited', 'absent') then
    perform queue._slip_seen(o, v.visit_id, now_);
    perform queue._move(o.office_id, v.visit_id, 'inside', now_, arrive.actor, 'scan');
    decision := case v.state when 'invited' then 'enter' else 'already_in' end;
    perform queue._hold_again(o, queue._visit(o.office_id, v.visit_id), now_);
  elsif v.state = 'arrived' then
    perform queue._slip_seen(o, v.visit_id, now_);
    update queue.visit as w set stepped_out = false where w.office_id = o.office_id and w.visit_id = v.visit_id;
    if arrive.party_size <> v.party_size then
      perform queue._move(o.office_id, v.visit_id, 'arrived', now_, arrive.actor, 'party');
    end if;
    perform queue._admit_all(o.office_id, now_, v.visit_id);
  elsif v.state = 'parked' then
    -- back with the missing paper: an admission, the turn kept
    perform queue._move(o.office_id, v.visit_id, 'arrived', now_, arrive.actor, 'back');
    perform queue._hold_again(o, queue._visit(o.office_id, v.visit_id), now_);
    perform queue._admit_all(o.office_id, now_, v.visit_id);
  elsif on_time then
    if v.state = 'missed' then
      perform queue._take_more(o.office_id, v.visit_id, missed_takes);
    end if;
    perform queue._at_door(o, v.visit_id, now_, arrive.actor);
  else
    -- late, or void, or gone and back the same day: the same visit and code, a walk-in number at once
    perform queue._release(o.office_id, v.visit_id);
    if v.state in ('booked', 'missed') then facts := facts || '{"late": true}'; end if;
    select * into p from queue._promise(o, queue._services(o.office_id, v.visit_id, v.service_no), now_, coalesce(arrive.party_size, v.party_size));
    if p.run is null then
      decision := 'too_late';
      reason := case when still_open then 'day_full' else 'closed' end;
      facts := facts || '{"offer": "slots"}';
      if reason = 'day_full' and v.booked and queue._hub_answers(o.office_id, arrive.at) then
        facts := facts || jsonb_build_object('at_hub', queue._services(o.office_id, v.visit_id, 1));
      end if;
      if v.state = 'booked' then
        perform queue._move(o.office_id, v.visit_id, 'missed', now_, arrive.actor, reason);
      end if;
    else
      update queue.visit as w set starts_at = null, ends_at = null, promised = false, over_at = null, yields = false, invitations = 0
      where w.office_id = o.office_id and w.visit_id = v.visit_id;
      update queue.visit_service as s set state = 'waiting'
      where s.office_id = o.office_id and s.visit_id = v.visit_id and s.state = 'left';
      select * into d from queue._number_or_window(o, v.visit_id, now_, arrive.actor, p.run, p.later, p.takes);
      decision := d.decision;
      reason := d.reason;
    end if;
  end if;

  if v.attention = 'unheard' and decision is distinct from 'too_late' then
    update queue.visit as w set attention = '' where w.office_id = o.office_id and w.visit_id = v.visit_id;
  end if;
  if decision is null then
    select case w.state when 'arrived' then 'wait_outside' else 'enter' end into decision
    from queue.visit as w where w.office_id = o.office_id and w.visit_id = v.visit_id;
  end if;
  perform queue._end(o.office_id, now_);
  answer := queue._decision(o, decision, reason, v.visit_id, now_, facts);
  perform queue._remember(o.office_id, now_, arrive.actor, arrive.key, 'arrive', body, answer, v.visit_id, answer -> 'visit' ->> 'state');
  return answer;
end $$;
