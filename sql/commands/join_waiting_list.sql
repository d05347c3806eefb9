-- Somebody waits for an earlier time: {waiting_id, visit_id or services and party_size, until_at, name, phone, language, channel, person, token, digits}.
-- With a visit, that booking is to be moved; only what begins before it is offered. The waiting_id asked again is answered as it stands.
-- Refuses: QS404 no_such_visit, QS409 not_booked already_waiting {waiting_id} too_many_bookings id_reused,
-- QS422 unknown_service not_in_person in_the_past party_too_small party_too_large phone_needed identity_needed.
create or replace function api.join_waiting_list(office_id integer, at timestamptz, actor text, key text, wish jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(join_waiting_list.office_id, join_waiting_list.at);
  body jsonb := join_waiting_list.wish - '{token,digits}'::text[];
  answer jsonb := queue._replay(join_waiting_list.office_id, now_, join_waiting_list.actor, join_waiting_list.key, 'join_waiting_list', body);
  o queue.office;
  r record;
  v queue.visit;
  w queue.waiting;
  legs queue.leg[];
  last_day date;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = join_waiting_list.office_id;
  select * into r from jsonb_to_record(join_waiting_list.wish) as q (
    waiting_id uuid, visit_id uuid, services jsonb, party_size integer, until_at timestamptz, name text, phone text, language text, channel text,
    person text, token text, digits integer);
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
  -- Nobody waits twice for the same; a phone waits for no more than it might book. What it has booked is not told here.
  select * into w from queue.waiting as k
  where k.office_id = o.office_id and k.ended_at is null
    and (k.visit_id = v.visit_id or v.visit_id is null and not k.moves and k.phone = r.phone and k.services = r.services);
  if found then
    perform queue._refuse('QS409', 'already_waiting', '{}');
  elsif v.visit_id is null and o.bookings_per_phone <= (
      select count(*) from queue.waiting as k where k.office_id = o.office_id and k.ended_at is null and not k.moves and k.phone = r.phone) then
    perform queue._refuse('QS409', 'too_many_waiting', jsonb_build_object('bookings_per_phone', o.bookings_per_phone));
  end if;

  insert into queue.waiting (office_id, waiting_id, waiting_no, token, visit_id, services, party_size, until_at, name, phone, language, channel, person,
                             digits, moves, asked, created_at)
  values (o.office_id, r.waiting_id, (select coalesce(max(k.waiting_no), 0) + 1 from queue.waiting as k where k.office_id = o.office_id), decode(r.token, 'hex'), v.visit_id, r.services, r.party_size, r.until_at, coalesce(r.name, ''), r.phone,
          coalesce(r.language, 'vi'), coalesce(r.channel, 'web'), decode(nullif(r.person, ''), 'hex'), coalesce(r.digits, 0), v.visit_id is not null,
          queue._asked(join_waiting_list.wish), now_)
  returning * into w;
  perform queue._event(o.office_id, now_, join_waiting_list.actor, 'waits', v.visit_id, jsonb_build_object('waiting_id', w.waiting_id));

  perform queue._end(o.office_id, now_);
  answer := queue._waiting_json(o, w, now_);
  perform queue._remember(o.office_id, now_, join_waiting_list.actor, join_waiting_list.key, 'join_waiting_list', body, answer);
  return answer;
end $$;
