-- Somebody without a booking stands at the door: a number now (enter or wait outside), a kept window later today (come_back), or refuse with why.
-- No service asked for leads to the guidance queue. The walk_in_id is the visit: asked again, the visit answers as it stands.
-- Where the office checks at the entry: refuse check_needed without the word `checked`. Where it gives one number per person: refuse one_number, and
-- person_needed at a kiosk that does not say who; staff see who stands before them.
-- says_booked: at a box, the code of a booking it has not heard of: a walk-in on one of the places that count as sold; refuse heard_now if it has been
-- heard of meanwhile. at_hub: at a box with nothing left for walk-ins (day_full, and in `at_hub` which services), what the hub has booked for this visit instead; `late` in
-- it: the booking whose holder came too late, and which the new visit stands for from now on.
-- Refuses: QS422 unknown_service not_in_person party_too_small party_too_large, QS409 id_reused.
create or replace function api.walk_in(
  office_id integer, at timestamptz, actor text, key text, visit_id uuid, services jsonb, party_size integer, priority text, needs text[],
  name text, phone text, language text, channel text, token text, digits integer,
  checked boolean, person bytea, says_booked text, at_hub jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(walk_in.office_id, walk_in.at);
  body jsonb := jsonb_build_array(walk_in.visit_id, walk_in.services, walk_in.party_size, walk_in.priority, walk_in.needs,
                                  walk_in.name, walk_in.phone, walk_in.language)
    || case when walk_in.says_booked is null then '[]' else jsonb_build_array(walk_in.says_booked) end;
  answer jsonb;
  o queue.office;
  v queue.visit;
  asked jsonb := walk_in.services;
  channels jsonb;
  largest integer;
  said boolean;
  stopped text;
  p record;
  d record;
begin
  select * into o from queue.office where office_id = walk_in.office_id;
  answer := coalesce(queue._replay(o.office_id, now_, walk_in.actor, walk_in.key, 'walk_in', body),
                     queue._replay(o.office_id, now_, 'walk-in', walk_in.visit_id::text, 'walk_in', body));
  if answer is not null then return answer; end if;
  select * into v from queue.visit where office_id = o.office_id and visit_id = walk_in.visit_id;
  if found then
    -- an id of somebody else's visit, or of an answer no longer kept, shows nothing
    if not exists (select from queue.request as r where r.office_id = o.office_id and r.caller = 'walk-in' and r.key = walk_in.visit_id::text
                     and r.at > now_ - interval '48 hours')
       -- but for a window the hub has booked at our word, and told of before our own answer was there
       and not (queue._is_box(o.office_id) and v.booked and v.channel in ('kiosk', 'helper') and v.state = 'booked') then
      perform queue._refuse('QS409', 'id_reused', '{}');
    end if;
    if walk_in.at_hub is not null then  -- the window was heard of before this answer: whose it is was not
      perform queue._remember_person(o, now_, v.visit_id, walk_in.person);
    end if;
    return queue._decision(o, case v.state when 'arrived' then 'wait_outside' when 'booked' then 'come_back' when 'cancelled' then 'cancelled'
      when 'invited' then 'enter' when 'inside' then 'enter' when 'done' then 'invalid' when 'left' then 'invalid' when 'void' then 'invalid'
      when 'missed' then 'too_late' else 'already_in' end, null, v.visit_id, now_, '{}');
  end if;

  if asked = '[]' then
    select jsonb_build_array(jsonb_build_object('service', s.service_id, 'quantity', 1)) into asked
    from queue.service as s join queue.queue as q on q.office_id = s.office_id and q.queue_id = s.queue_id
    where s.office_id = o.office_id and not s.retired and not q.retired and q.guidance order by s.position, s.service_id limit 1;
    if not found then
      perform queue._refuse('QS422', 'unknown_service', '{"service": null}');
    end if;
  end if;
  if exists (select from queue._legs(o, asked) as l where l.queue_id is null) then
    perform queue._refuse('QS422', 'unknown_service',
      jsonb_build_object('service', (select min(l.service_id) from queue._legs(o, asked) as l where l.queue_id is null)));
  elsif walk_in.party_size < 1 then
    perform queue._refuse('QS422', 'party_too_small', '{}');
  elsif walk_in.party_size > o.largest_party then
    perform queue._refuse('QS422', 'party_too_large', jsonb_build_object('largest_party', o.largest_party));
  end if;
  select jsonb_agg(jsonb_build_object('service', c.service_id, 'channel', c.channel, 'url', c.url)) into channels
  from queue.service_channel as c join queue._legs(o, asked) as l on l.service_id = c.service_id
  where c.office_id = o.office_id and c.mode = 'only' and c.channel <> 'in_person' and queue._day(o, now_) between c.valid_from and c.valid_to;
  if channels is not null then
    return queue._decision(o, 'refuse', 'not_in_person', null, now_, jsonb_build_object('channels', channels));
  end if;
  if exists (select from queue._legs(o, asked) as l where queue._unattended(o, l.queue_id, now_)) then
    return queue._decision(o, 'refuse', 'queue_closed', null, now_, '{"offer": "slots"}');
  end if;
  select min(queue._largest_to_enter(o, a.area_id, now_, false)) into largest from (select distinct l.area_id from queue._legs(o, asked) as l) as a;
  if walk_in.party_size > largest then
    return queue._decision(o, 'refuse', 'party_over_cap', null, now_, jsonb_build_object('largest', largest));
  end if;
  said := coalesce(left(walk_in.says_booked, 4) = lpad(o.office_id::text, 4, '0') and substr(walk_in.says_booked, 5, 1) <> '9', false)
    and queue._is_box(o.office_id);
  if said and exists (select from queue.visit as w where w.office_id = o.office_id and (w.code = walk_in.says_booked or w.visit_id in (
       select s.visit_id from queue.says_booked as s where s.office_id = o.office_id and s.code = walk_in.says_booked)) and w.day >= queue._day(o, now_)) then
    return queue._decision(o, 'refuse', 'heard_now', null, now_, '{}');
  end if;

  if (select d.one_number from queue.door as d where d.office_id = o.office_id) then
    if exists (select from queue.walk_in_person as w join queue.visit as v on v.office_id = w.office_id and v.visit_id = w.visit_id
               where w.office_id = o.office_id and w.day = queue._day(o, now_) and w.person = walk_in.person and v.over_at is null and v.state <> 'done') then
      stopped := 'one_number';
    elsif walk_in.person is null and walk_in.channel = 'kiosk' then
      stopped := 'person_needed';
    end if;
  end if;
  if stopped is null and queue._entry_check(o.office_id) and not walk_in.checked then
    stopped := 'check_needed';
  end if;
  select * into p from queue._promise(o, asked, now_, walk_in.party_size, said::integer);
  if p.run is null and walk_in.at_hub is null then
    if not exists (select from queue._hours(o, queue._day(o, now_)) as h where h.closes > now_) then
      return queue._decision(o, 'refuse', 'closed', null, now_, '{"offer": "slots"}');
    end if;
    return queue._decision(o, 'refuse', 'day_full', null, now_,
      jsonb_build_object('offer', 'slots')
      || case when stopped is null and queue._hub_answers(o.office_id, walk_in.at) then jsonb_build_object('at_hub', asked) else '{}' end);
  elsif stopped is not null then
    return queue._decision(o, 'refuse', stopped, null, now_, '{}');
  elsif p.run is null then
    perform queue._adopt(o, now_, walk_in.actor, walk_in.visit_id, walk_in.token, walk_in.at_hub);
    perform queue._remember_person(o, now_, walk_in.visit_id, walk_in.person);
    if walk_in.at_hub ? 'late' then
      insert into queue.says_booked (office_id, visit_id, code)
      select w.office_id, walk_in.visit_id, w.code from queue.visit as w where w.office_id = o.office_id and w.visit_id = (walk_in.at_hub ->> 'late')::uuid;
      perform queue._join_said(o, queue._visit(o.office_id, walk_in.visit_id), now_);
    end if;
    perform queue._end(o.office_id, now_);
    answer := queue._decision(o, 'come_back', 'booked_at_hub', walk_in.visit_id, now_, '{}');
    perform queue._remember(o.office_id, now_, walk_in.actor, walk_in.key, 'walk_in', body, answer, walk_in.visit_id, 'booked');
    perform queue._remember(o.office_id, now_, 'walk-in', walk_in.visit_id::text, 'walk_in', body, answer, walk_in.visit_id, 'booked');
    return answer;
  end if;

  insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, channel, language, name, phone, booked, party_size, booked_party,
                           priority, needs, queue_id, area_id, arrived_at, created_at, checked)
  select o.office_id, walk_in.visit_id, 'arrived', now_, queue._day(o, now_), queue._free_code(o.office_id, now_, walk_in.digits, '{}'),
    decode(walk_in.token, 'hex'), walk_in.channel, walk_in.language, walk_in.name, walk_in.phone, false, walk_in.party_size, walk_in.party_size,
    walk_in.priority, walk_in.needs, l.queue_id, l.area_id, now_, now_, walk_in.checked
  from queue._legs(o, asked) as l where l.service_no = 1;
  insert into queue.visit_service (office_id, visit_id, service_no, service_id, queue_id, quantity, minutes)
  select o.office_id, walk_in.visit_id, l.service_no, l.service_id, l.queue_id, l.quantity, l.minutes from queue._legs(o, asked) as l;

  if said then
    insert into queue.says_booked (office_id, visit_id, code) values (o.office_id, walk_in.visit_id, walk_in.says_booked);
  end if;
  perform queue._remember_person(o, now_, walk_in.visit_id, walk_in.person);

  select * into d from queue._number_or_window(o, walk_in.visit_id, now_, walk_in.actor, p.run, p.later, p.takes);
  if d.decision <> 'come_back' and walk_in.channel = 'helper' then
    update queue.visit as w set slip = 'said' where w.office_id = o.office_id and w.visit_id = walk_in.visit_id;
  end if;
  perform queue._end(o.office_id, now_);
  answer := queue._decision(o, d.decision, d.reason, walk_in.visit_id, now_, '{}');
  perform queue._remember(o.office_id, now_, walk_in.actor, walk_in.key, 'walk_in', body, answer, walk_in.visit_id, answer -> 'visit' ->> 'state');
  perform queue._remember(o.office_id, now_, 'walk-in', walk_in.visit_id::text, 'walk_in', body, answer, walk_in.visit_id, answer -> 'visit' ->> 'state');
  return answer;
end $$;
