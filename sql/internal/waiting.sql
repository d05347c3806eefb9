-- Who waits for an earlier time: a place that becomes free is offered to one of them, kept for a while, and then goes to the next.

-- A place has been given back: the first who waits and whom it suits is offered what it made room for. Nobody: what is scarce stays out of reach for
-- a while that nobody knows (`slowly`), so that who gives it back cannot hand it on; all else is free at once. A walk-in number has no `starts_at`.
create or replace function queue._freed(o queue.office, services jsonb, starts_at timestamptz, ends_at timestamptz, heads integer,
                                        takes queue.take[], now_ timestamptz, slowly boolean) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  last_moment timestamptz := _freed.starts_at - make_interval(mins => o.lead_minutes);
  from_ timestamptz;
  to_ timestamptz;
  minutes integer;
begin
  select min(t.from_cell), max(t.to_cell) into from_, to_ from unnest(_freed.takes) as t;
  if from_ is null then
    return;
  end if;
  -- a place of an hour makes room in every hour that it counted in
  if exists (select from queue.cap as c where c.office_id = o.office_id and c.kind = 'hour') then
    to_ := greatest(to_, from_ + interval '1 hour');
    from_ := from_ - interval '55 minutes';
  end if;
  from_ := greatest(from_, queue._cell(queue._sale_from(o, _freed.now_)));
  if from_ >= to_ or queue._offer(o, _freed.takes, from_, to_, _freed.now_) > 0 then
    return;
  end if;
  select f.return_minutes into minutes from queue.fairness as f where f.office_id = o.office_id;
  if not _freed.slowly or last_moment <= _freed.now_ or minutes = 0 or queue._scarce(o, _freed.services) = '{}' then
    return;
  end if;
  perform queue._add_usage(o.office_id, _freed.takes);
  insert into queue.kept_place (office_id, place_id, kind, services, starts_at, ends_at, party_size, takes, until_at, created_at)
  select o.office_id, gen_random_uuid(), 'returning', _freed.services, _freed.starts_at, _freed.ends_at, _freed.heads, _freed.takes,
    least(_freed.now_ + make_interval(secs => 60 + queue._chance(o.office_id, 'returns ' || s.version || ' ' || extract(epoch from _freed.starts_at), minutes * 60)),
          last_moment), _freed.now_
  from queue.office_state as s where s.office_id = o.office_id;
end $$;

-- When somebody with this wish may come within a stretch of time of one day, who could not before `freed` was given back.
create or replace function queue._suits(o queue.office, services jsonb, heads integer, freed queue.take[], from_ timestamptz, to_ timestamptz,
                                        now_ timestamptz) returns setof timestamptz
language plpgsql stable as $$
#variable_conflict use_column
declare
  total interval;
  candidate timestamptz;
  takes queue.take[];
begin
  select make_interval(mins => sum(l.minutes)::integer) into total
  from queue._legs(o, _suits.services) as l having bool_and(l.queue_id is not null);
  for candidate in
    select t.from_cell from unnest(_suits.freed) as t where total is not null
    union
    select g.at from queue._hours(o, queue._day(o, _suits.from_)) as h
    cross join lateral generate_series(queue._cell(h.opens + interval '4 minutes 59 seconds'), h.closes - total, total) as g (at)
    where g.at > _suits.from_ - total - make_interval(mins => o.usual_wait_minutes) and g.at < _suits.to_
  loop
    continue when (queue._refuse_time(o, _suits.services, candidate, _suits.now_)).outcome is not null;
    takes := queue._takes(o, _suits.services, candidate, _suits.heads);
    continue when (queue._room(o, takes, _suits.heads)).cap is not null;
    if _suits.freed = '{}' or (queue._room(o, takes, _suits.heads, _suits.freed)).cap is not null then
      return next candidate;
    end if;
  end loop;
end $$;

-- Offers places within a stretch of time of one day to those who wait, in the order in which they asked; of what was free before `freed` was given back,
-- none. How many it offered. The office is locked meanwhile: what suits a wish is looked up once for all who have the same.
create or replace function queue._offer(o queue.office, freed queue.take[], from_ timestamptz, to_ timestamptz, now_ timestamptz) returns integer
language plpgsql as $$
#variable_conflict use_column
declare
  w queue.waiting;
  made integer := 0;
  suits jsonb := '{}'::jsonb;  -- the times for each wish
  wish text;
  candidate timestamptz;
  takes queue.take[];
  minutes integer;
begin
  if not exists (select from queue.waiting as k where k.office_id = o.office_id and k.ended_at is null) then
    return 0;
  end if;
  select f.offer_minutes into minutes from queue.fairness as f where f.office_id = o.office_id;
  update queue.waiting as k set state = 'over', ended_at = _offer.now_
  where k.office_id = o.office_id and k.state = 'waiting' and (k.until_at <= _offer.now_ or k.held_until <= _offer.now_ or k.moves and not exists (
    select from queue.visit as v where v.office_id = k.office_id and v.visit_id = k.visit_id and v.state = 'booked'));

  for w in
    select k.* from queue.waiting as k
    where k.office_id = o.office_id and k.ended_at is null and k.state = 'waiting' and k.held_until is null
      and k.until_at > _offer.from_ - interval '8 hours'
    order by k.waiting_no
  loop
    wish := w.party_size || ' ' || w.services::text;
    if not suits ? wish then
      suits := suits || jsonb_build_object(wish, (
        select coalesce(jsonb_object_agg(c::text, true), '{}')
        from queue._suits(o, w.services, w.party_size, _offer.freed, _offer.from_, _offer.to_, _offer.now_) as c));
    end if;
    for candidate in
      select k::timestamptz as at from jsonb_object_keys(suits -> wish) as k
      where k::timestamptz < w.until_at and k::timestamptz <> all (w.refused) order by at
    loop
      takes := queue._takes(o, w.services, candidate, w.party_size);
      if made > 0 and (queue._room(o, takes, w.party_size)).cap is not null then  -- room only becomes less
        suits := suits #- array[wish, candidate::text];
        continue;
      end if;
      perform queue._add_usage(o.office_id, takes);
      insert into queue.kept_place (office_id, place_id, kind, waiting_id, services, starts_at, ends_at, party_size, takes, until_at, created_at)
      values (o.office_id, gen_random_uuid(), 'offer', w.waiting_id, w.services, candidate,
              (queue._refuse_time(o, w.services, candidate, _offer.now_)).ends_at, w.party_size, takes,
              least(_offer.now_ + make_interval(mins => minutes), candidate), _offer.now_);
      update queue.waiting as k set state = 'offered' where k.office_id = o.office_id and k.waiting_id = w.waiting_id;
      perform queue._message(o.office_id, 'offer', case when w.moves then w.visit_id end, _offer.now_,
        jsonb_build_object('waiting_id', w.waiting_id, 'phone', w.phone, 'language', w.language, 'starts_at', candidate, 'minutes', minutes,
                           'until', least(_offer.now_ + make_interval(mins => minutes), candidate)));
      perform queue._event(o.office_id, _offer.now_, 'system', 'offered', case when w.moves then w.visit_id end,
                           jsonb_build_object('waiting_id', w.waiting_id, 'starts_at', candidate));
      made := made + 1;
      exit;
    end loop;
  end loop;
  return made;
end $$;

-- What a visit takes is given back, and offered to whoever waits.
create or replace function queue._pass_back(o queue.office, v queue.visit, now_ timestamptz) returns void
language plpgsql as $$
declare
  takes queue.take[] := array(select t from unnest(v.takes) as t where not t.used);
begin
  perform queue._release(o.office_id, v.visit_id);
  perform queue._freed(o, queue._services(o.office_id, v.visit_id, 1), v.starts_at, v.ends_at, v.booked_party, takes, _pass_back.now_, false);
end $$;

-- A kept place is kept no longer: it goes to the next who waits, or back.
create or replace function queue._let_go(o queue.office, k queue.kept_place, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  delete from queue.kept_place as p where p.office_id = k.office_id and p.place_id = k.place_id;
  perform queue._give_back(o.office_id, k.takes);
  perform queue._freed(o, k.services, k.starts_at, k.ends_at, k.party_size, k.takes, _let_go.now_, k.kind = 'offer');
end $$;

-- What was offered is not taken: not asked again for that time. Who lets two offers pass without a word waits no longer.
create or replace function queue._pass_on(o queue.office, k queue.kept_place, now_ timestamptz, said boolean) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  update queue.waiting as w
  set refused = w.refused || k.starts_at, unanswered = case when _pass_on.said then 0 else w.unanswered + 1 end,
      state = case when not _pass_on.said and w.unanswered >= 1 then 'over' else 'waiting' end,
      ended_at = case when not _pass_on.said and w.unanswered >= 1 then _pass_on.now_ end
  where w.office_id = k.office_id and w.waiting_id = k.waiting_id;
  perform queue._event(o.office_id, _pass_on.now_, 'system', case when _pass_on.said then 'offer declined' else 'offer lapsed' end, null,
                       jsonb_build_object('waiting_id', k.waiting_id, 'starts_at', k.starts_at));
  perform queue._let_go(o, k, _pass_on.now_);
end $$;

-- A booking that is given up is not to be moved any more; what it had been offered goes to the next.
create or replace function queue._leave_list(o queue.office, visit_id uuid, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  w queue.waiting;
  k queue.kept_place;
begin
  update queue.waiting as x set state = 'left', ended_at = _leave_list.now_
  where x.office_id = o.office_id and x.visit_id = _leave_list.visit_id and x.ended_at is null
  returning x.* into w;
  if found then
    select * into k from queue.kept_place as p where p.office_id = o.office_id and p.waiting_id = w.waiting_id;
    if found then
      perform queue._let_go(o, k, _leave_list.now_);
    end if;
  end if;
end $$;

-- The booking stands at another time from now on: the same visit and code, a new revision. The place it had is given back by the caller.
create or replace function queue._moved(o queue.office, v queue.visit, starts_at timestamptz, ends_at timestamptz, takes queue.take[],
                                        now_ timestamptz, actor text, kind text default 'moved', facts jsonb default '{}') returns void
language plpgsql as $$
#variable_conflict use_column
begin
  if v.revision = 1 and v.asked is not null then
    insert into queue.request (office_id, caller, key, command, body, answer, visit_id, at)
    values (v.office_id, 'booking', v.visit_id::text, 'book_slots', v.asked, queue._booking_answer(v), v.visit_id, v.created_at)
    on conflict do nothing;
  end if;
  update queue.visit as w
  set starts_at = _moved.starts_at, ends_at = _moved.ends_at, day = queue._day(o, _moved.starts_at), revision = w.revision + 1,
      promised = false, booked = true, attention = '', takes = w.takes || _moved.takes
  where w.office_id = v.office_id and w.visit_id = v.visit_id;
  update ops.person_booking as b set until_at = _moved.ends_at + interval '1 day' where b.office_id = v.office_id and b.visit_id = v.visit_id;
  update queue.waiting as w set until_at = _moved.starts_at where w.office_id = v.office_id and w.visit_id = v.visit_id and w.ended_at is null;
  perform queue._move(v.office_id, v.visit_id, 'booked', _moved.now_, _moved.actor, 'moved');
  perform queue._revoke(v.office_id, v.visit_id, v.revision, 'moved', _moved.now_);
  if _moved.actor <> 'text' then  -- who answers by text is answered in the same breath
    perform queue._message(v.office_id, _moved.kind, v.visit_id, _moved.now_, _moved.facts || jsonb_build_object('revision', v.revision + 1));
  end if;
  perform queue._remind(o, v.visit_id, _moved.now_);
end $$;

-- What somebody who waits may see: the offer, how long it is kept, and how many asked before.
create or replace function queue._waiting_json(o queue.office, w queue.waiting, at timestamptz) returns jsonb
language sql stable as $$
  select jsonb_build_object('waiting_id', w.waiting_id, 'token', encode(w.token, 'hex'),
      'state', case when w.ended_at is null and least(w.until_at, w.held_until) <= _waiting_json.at then 'over'
        when w.ended_at is null and w.held_until is not null then 'held' else w.state end,
      'held_until', case when w.ended_at is null then w.held_until end,
      'moves', w.moves, 'visit_id', w.visit_id, 'party_size', w.party_size, 'until_at', w.until_at, 'name', w.name, 'phone', w.phone,
      'language', w.language, 'services', (
        select jsonb_agg(jsonb_build_object('service', s.service_id, 'name_vi', s.name_vi, 'name_en', s.name_en, 'quantity', a.value -> 'quantity') order by a.n)
        from jsonb_array_elements(w.services) with ordinality as a (value, n)
        join queue.service as s on s.office_id = w.office_id and s.service_id = a.value ->> 'service'),
      'ahead', (select count(*) from queue.waiting as x where x.office_id = w.office_id and x.ended_at is null
                  and x.held_until is null and x.waiting_no < w.waiting_no))
    || (select jsonb_build_object('offer', (
          select jsonb_build_object('starts_at', k.starts_at, 'ends_at', k.ends_at, 'until', k.until_at) from queue.kept_place as k
          where k.office_id = w.office_id and k.waiting_id = w.waiting_id and k.until_at > _waiting_json.at)))
$$;

-- Why this phone may not wait for these services too. Null: it may. What it has booked is not told.
create or replace function queue._refuse_wish(o queue.office, phone text, services jsonb, out outcome text, out facts jsonb)
language plpgsql stable as $$
#variable_conflict use_column
declare
  same integer;
  all_ integer;
begin
  select count(*) filter (where k.services = _refuse_wish.services), count(*) into same, all_ from queue.waiting as k
  where k.office_id = o.office_id and k.ended_at is null and k.held_until is null and not k.moves and k.phone = _refuse_wish.phone;
  facts := '{}';
  if same > 0 then
    outcome := 'already_waiting';
  elsif all_ >= o.bookings_per_phone then
    outcome := 'too_many_waiting';
    facts := jsonb_build_object('bookings_per_phone', o.bookings_per_phone);
  end if;
end $$;

-- A wish to wait whose phone is not proven yet; none: no such wish. Refuses: QS409 not_held, where it was proven, or is over.
create or replace function queue._held_wish(office_id integer, waiting_id uuid, now_ timestamptz) returns queue.waiting
language plpgsql stable as $$
#variable_conflict use_column
declare
  w queue.waiting;
begin
  select * into w from queue.waiting as k where k.office_id = _held_wish.office_id and k.waiting_id = _held_wish.waiting_id
    and not exists (select from queue.visit as v where v.office_id = k.office_id and v.visit_id = k.waiting_id);
  if found and (w.ended_at is not null or w.held_until is null or w.held_until <= _held_wish.now_) then
    perform queue._refuse('QS409', 'not_held', jsonb_build_object('state', w.state));
  end if;
  return w;
end $$;

-- Sends the code that proves the phone of somebody who wants to wait.
create or replace function queue._send_wish_code(w queue.waiting, code text, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  insert into queue.phone_proof as p (office_id, visit_id, phone, code, sent_at)
  values (w.office_id, w.waiting_id, w.phone, _send_wish_code.code, _send_wish_code.now_)
  on conflict (office_id, visit_id) do update set code = excluded.code, sent = p.sent + 1, sent_at = excluded.sent_at;
  perform queue._message(w.office_id, 'code', null, _send_wish_code.now_, jsonb_build_object('waiting_id', w.waiting_id, 'phone', w.phone,
    'language', w.language, 'code', _send_wish_code.code,
    'minutes', greatest(1, floor(extract(epoch from w.held_until - _send_wish_code.now_) / 60))::integer, 'until', w.held_until));
end $$;

-- The code of somebody who wants to wait is said: proven, and they wait; or why not.
create or replace function queue._prove_wish(o queue.office, f queue.fairness, w queue.waiting, code text, now_ timestamptz) returns jsonb
language plpgsql as $$
#variable_conflict use_column
declare
  p queue.phone_proof;
  refusal record;
  answer jsonb;
begin
  select * into p from queue.phone_proof as k where k.office_id = w.office_id and k.visit_id = w.waiting_id;
  if p.code = '' or p.code <> _prove_wish.code then
    update queue.phone_proof as k set tries = k.tries + 1 where k.office_id = w.office_id and k.visit_id = w.waiting_id;
    if p.tries + 1 < f.code_tries then
      return jsonb_build_object('decision', 'wrong_code', 'tries_left', f.code_tries - p.tries - 1);
    end if;
    answer := '{"decision": "too_many_tries"}';
  else
    select * into refusal from queue._refuse_wish(o, w.phone, w.services);
    answer := jsonb_build_object('decision', coalesce(refusal.outcome, 'proven')) || refusal.facts;
  end if;
  update queue.phone_proof as k set code = '', proven_at = case when answer ->> 'decision' = 'proven' then _prove_wish.now_ end
  where k.office_id = w.office_id and k.visit_id = w.waiting_id;
  if answer ->> 'decision' = 'proven' then
    update queue.waiting as k set held_until = null where k.office_id = w.office_id and k.waiting_id = w.waiting_id;
  else
    update queue.waiting as k set state = 'over', ended_at = _prove_wish.now_ where k.office_id = w.office_id and k.waiting_id = w.waiting_id;
  end if;
  return answer;
end $$;
