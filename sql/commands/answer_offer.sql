-- Whoever was offered an earlier time takes it or not. Taken, the booking moves there, or one is made; refused, the next is offered it at once.
-- `proven`: the answer came from the phone itself. Where the office asks for proof, and neither this nor the wish gave any, a new booking is held until
-- `proof` is said.
-- Answers with a decision: accepted, declined, not_booked, too_many_bookings {bookings_per_phone}, person_limit {per_person}; the last three pass it on.
-- Refuses: QS404 no_such_visit, QS409 no_offer {state}.
create or replace function api.answer_offer(
  office_id integer, at timestamptz, actor text, key text, waiting_id uuid, accept boolean, proven boolean, proof text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(answer_offer.office_id, answer_offer.at);
  body jsonb := jsonb_build_array(answer_offer.waiting_id, answer_offer.accept, answer_offer.proven);
  answer jsonb := queue._replay(answer_offer.office_id, now_, answer_offer.actor, answer_offer.key, 'answer_offer', body);
  o queue.office;
  f queue.fairness;
  w queue.waiting;
  k queue.kept_place;
  v queue.visit;
  takes queue.take[];
  held_until timestamptz;
  service text;
  mine boolean := true;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = answer_offer.office_id;
  select * into f from queue.fairness as x where x.office_id = o.office_id;
  select * into w from queue.waiting as x where x.office_id = o.office_id and x.waiting_id = answer_offer.waiting_id;
  if not found then
    perform queue._refuse('QS404', 'no_such_visit', '{}');
  end if;
  select * into k from queue.kept_place as p where p.office_id = o.office_id and p.waiting_id = w.waiting_id;
  if not found then
    if w.state = 'booked' and answer_offer.accept then
      return jsonb_build_object('decision', 'accepted', 'visit', queue._answer(o.office_id, w.visit_id, now_), 'waiting', queue._waiting_json(o, w, now_));
    end if;
    perform queue._refuse('QS409', 'no_offer', jsonb_build_object('state', w.state));
  end if;

  if not answer_offer.accept then
    perform queue._pass_on(o, k, now_, true);
    answer := '{"decision": "declined"}';
  elsif w.moves then
    v := queue._visit(o.office_id, w.visit_id);
    if v.state <> 'booked' then
      perform queue._leave_list(o, v.visit_id, now_);
      answer := jsonb_build_object('decision', 'not_booked', 'state', v.state);
    else
      takes := array(select t from unnest(v.takes) as t where not t.used);
      delete from queue.kept_place as p where p.office_id = o.office_id and p.place_id = k.place_id;
      update queue.waiting as x set state = 'booked', ended_at = now_ where x.office_id = o.office_id and x.waiting_id = w.waiting_id;
      perform queue._release(o.office_id, v.visit_id);
      perform queue._moved(o, v, k.starts_at, k.ends_at, k.takes, now_, answer_offer.actor);
      perform queue._freed(o, k.services, v.starts_at, v.ends_at, v.booked_party, takes, now_, true);
      answer := '{"decision": "accepted"}';
    end if;
  else
    if f.prove_phone and not answer_offer.proven and not exists (
        select from queue.phone_proof as p where p.office_id = o.office_id and p.visit_id = w.waiting_id and p.proven_at is not null) then
      held_until := least(now_ + make_interval(mins => f.hold_minutes), k.starts_at);
    end if;
    for service in select unnest(queue._scarce(o, w.services)) order by 1 loop
      mine := mine and queue._claim(o, service, w.person, w.waiting_id, k.ends_at, now_);
    end loop;
    if not mine or held_until is null and queue._active(o.office_id, w.phone) >= o.bookings_per_phone then
      perform queue._unclaim(o.office_id, w.waiting_id);
      update queue.waiting as x set state = 'over', ended_at = now_ where x.office_id = o.office_id and x.waiting_id = w.waiting_id;
      perform queue._let_go(o, k, now_);
      answer := case when mine then jsonb_build_object('decision', 'too_many_bookings', 'bookings_per_phone', o.bookings_per_phone)
        else jsonb_build_object('decision', 'person_limit', 'per_person', f.per_person) end;
    else
      -- what was kept is the visit's from now on; its link is the one under which the person waited
      delete from queue.kept_place as p where p.office_id = o.office_id and p.place_id = k.place_id;
      insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, channel, language, name, phone, booked, starts_at, ends_at,
                               party_size, booked_party, queue_id, area_id, takes, created_at, held_until, person)
      select o.office_id, w.waiting_id, case when held_until is null then 'booked' else 'held' end, now_, queue._day(o, k.starts_at),
        queue._free_code(o.office_id, now_, w.digits, '{}'), w.token, w.channel, w.language, w.name, w.phone, held_until is null, k.starts_at, k.ends_at,
        k.party_size, k.party_size, l.queue_id, l.area_id, k.takes, now_, held_until, w.person
      from queue._legs(o, w.services) as l where l.service_no = 1
      returning * into strict v;
      insert into queue.visit_service (office_id, visit_id, service_no, service_id, queue_id, quantity, minutes)
      select o.office_id, v.visit_id, l.service_no, l.service_id, l.queue_id, l.quantity, l.minutes from queue._legs(o, w.services) as l;
      insert into queue.stay (office_id, visit_id, stay_no, state, present, area_id, queue_id, heads, started_at, actor)
      values (o.office_id, v.visit_id, 1, v.state, false, v.area_id, v.queue_id, v.party_size, now_, answer_offer.actor);
      if held_until is null then
        insert into queue.job (office_id, job_id, kind, visit_id, due_at) values (o.office_id, v.visit_id, 'confirmation', v.visit_id, now_);
        perform queue._remind(o, v.visit_id, now_);
      else
        insert into queue.phone_proof (office_id, visit_id, phone, code, sent_at) values (o.office_id, v.visit_id, v.phone, answer_offer.proof, now_)
        on conflict (office_id, visit_id) do update set code = excluded.code, sent_at = excluded.sent_at;
        perform queue._message(o.office_id, 'code', v.visit_id, now_,
                           jsonb_build_object('code', answer_offer.proof, 'minutes', f.hold_minutes, 'until', held_until));
      end if;
      update queue.waiting as x set state = 'booked', visit_id = v.visit_id, ended_at = now_
      where x.office_id = o.office_id and x.waiting_id = w.waiting_id;
      answer := '{"decision": "accepted"}';
    end if;
  end if;

  perform queue._end(o.office_id, now_);
  select * into w from queue.waiting as x where x.office_id = o.office_id and x.waiting_id = w.waiting_id;
  answer := answer || jsonb_build_object('waiting', queue._waiting_json(o, w, now_),
    'visit', case when w.visit_id is not null then queue._answer(o.office_id, w.visit_id, now_) end);
  perform queue._remember(o.office_id, now_, answer_offer.actor, answer_offer.key, 'answer_offer', body, answer);
  return answer;
end $$;
