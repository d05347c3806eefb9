-- Somebody waits for an earlier time: {waiting_id, visit_id or services and party_size, until_at, name, phone, language, channel, person, token, digits,
-- proof}. With a visit, that booking is to be moved; only what begins before it is offered. Without one, where the office asks for proof of the phone,
-- nothing is offered until the code `proof` is said (state `held`). The waiting_id asked again is answered as it stands.
-- Refuses: QS404 no_such_visit, QS409 not_booked already_waiting {waiting_id} too_many_waiting id_reused, QS429 too_many_codes {retry_after},
-- QS422 unknown_service not_in_person in_the_past party_too_small party_too_large phone_needed identity_needed.
create or replace function api.join_waiting_list(office_id integer, at timestamptz, actor text, key text, wish jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(join_waiting_list.office_id, join_waiting_list.at);
  body jsonb := join_waiting_list.wish - '{token,digits,proof}'::text[];
  answer jsonb := queue._replay(join_waiting_list.office_id, now_, join_waiting_list.actor, join_waiting_list.key, 'join_waiting_list', body);
  o queue.office;
  r record;
  v queue.visit;
  w queue.waiting;
  legs queue.leg[];
  last_day date;
  f queue.fairness;
  refusal record;
  held_until timestamptz;
  seconds integer;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = join_waiting_list.office_id;
  select * into r from jsonb_to_record(join_waiting_list.wish) as q (
    waiting_id uuid, visit_id uuid, services jsonb, party_size integer, until_at timestamptz, name text, phone text, language text, channel text,
    person text, token text, digits integer, proof text);
  select * into w from queue.waiting as k where k.office_id = o.office_id and k.waiting_id = r.waiting_id;
  if found then
    if w.asked <> queue._asked(join_waiting_list.wish) then
      perform queue._refuse('QS409', 'id_reused', '{}');
    end if;
    return queue._waiting_json(o, w, now_);
  end if;

  if r.visit_id is not null then
    v := queue._visit(o.office_id, r.visit_id);
    if v.state <> 'booked' or not v.booked then
      perform queue._refuse('QS409', 'not_booked', jsonb_build_object('state', v.state));
    end if;
    r.services := queue._services(o.office_id, v.visit_id, 1);
    r.party_size := v.booked_party;
    r.until_at := least(coalesce(r.until_at, v.starts_at), v.starts_at);
    r.name := v.name;
    r.language := v.language;
    r.person := null;
    r.phone := v.phone;
  end if;
  last_day := queue._day(o, now_) + o.booking_days;
  r.until_at := least(coalesce(r.until_at, 'infinity'), (last_day + 1)::timestamp at time zone o.time_zone);
  legs := array(select l from queue._legs(o, r.services) as l order by l.service_no);
  if cardinality(legs) = 0 or exists (select from unnest(legs) as l where l.queue_id is null) then
    perform queue._refuse('QS422', 'unknown_service', '{}');
  elsif queue._only_elsewhere(o, legs, queue._day(o, now_)) then
    perform queue._refuse('QS422', 'not_in_person', '{}');
  elsif r.until_at <= now_ then
    perform queue._refuse('QS422', 'in_the_past', '{}');
  elsif coalesce(r.party_size, 0) < 1 then
    perform queue._refuse('QS422', 'party_too_small', '{}');
  elsif r.party_size > o.largest_party then
    perform queue._refuse('QS422', 'party_too_large', jsonb_build_object('largest_party', o.largest_party));
  elsif coalesce(r.phone, '') = '' then
    perform queue._refuse('QS422', 'phone_needed', '{}');
  elsif v.visit_id is null and coalesce(r.person, '') = '' and queue._scarce(o, r.services) <> '{}' then
    perform queue._refuse('QS422', 'identity_needed', '{}');
  end if;
  -- Nobody waits twice for the same; a phone waits for no more than it might book. Where it is to be proven, that is told only to who has it.
  select * into f from queue.fairness as k where k.office_id = o.office_id;
  if v.visit_id is not null then
    if exists (select from queue.waiting as k where k.office_id = o.office_id and k.ended_at is null and k.visit_id = v.visit_id) then
      perform queue._refuse('QS409', 'already_waiting', '{}');
    end if;
  elsif f.prove_phone and coalesce(r.channel, 'web') in ('web', 'api') then
    held_until := now_ + make_interval(mins => f.hold_minutes);
    seconds := queue._next_code(f, r.phone, now_);
    if seconds > 0 then
      perform queue._refuse('QS429', 'too_many_codes', jsonb_build_object('retry_after', seconds));
    end if;
  else
    select * into refusal from queue._refuse_wish(o, r.phone, r.services);
    if refusal.outcome is not null then
      perform queue._refuse('QS409', refusal.outcome, refusal.facts);
    end if;
  end if;

  insert into queue.waiting (office_id, waiting_id, waiting_no, token, visit_id, services, party_size, until_at, name, phone, language, channel, person,
                             digits, moves, asked, created_at, held_until)
  values (o.office_id, r.waiting_id, (select coalesce(max(k.waiting_no), 0) + 1 from queue.waiting as k where k.office_id = o.office_id), decode(r.token, 'hex'), v.visit_id, r.services, r.party_size, r.until_at, coalesce(r.name, ''), r.phone,
          coalesce(r.language, 'vi'), coalesce(r.channel, 'web'), decode(nullif(r.person, ''), 'hex'), coalesce(r.digits, 0), v.visit_id is not null,
          queue._asked(join_waiting_list.wish), now_, held_until)
  returning * into w;
  if held_until is not null then
    perform queue._send_wish_code(w, r.proof, now_);
  end if;
  perform queue._event(o.office_id, now_, join_waiting_list.actor, 'waits', v.visit_id, jsonb_build_object('waiting_id', w.waiting_id));

  perform queue._end(o.office_id, now_);
  answer := queue._waiting_json(o, w, now_);
  perform queue._remember(o.office_id, now_, join_waiting_list.actor, join_waiting_list.key, 'join_waiting_list', body, answer);
  return answer;
end $$;
