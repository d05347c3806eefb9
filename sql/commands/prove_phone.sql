-- The code that was sent to the phone of an unproven booking, or of a wish to wait (by its waiting_id), is said. Answers with a decision, for a wrong
-- code is counted: proven, wrong_code {tries_left}, too_many_tries, too_many_bookings {bookings_per_phone}; the last two give the place back at once.
-- A wish is over with too_many_tries, already_waiting, too_many_waiting {bookings_per_phone}.
-- Refuses: QS404 no_such_visit, QS409 not_held.
create or replace function api.prove_phone(office_id integer, at timestamptz, actor text, key text, visit_id uuid, code text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(prove_phone.office_id, prove_phone.at);
  body jsonb := jsonb_build_array(prove_phone.visit_id, prove_phone.code);
  answer jsonb := queue._replay(prove_phone.office_id, now_, prove_phone.actor, prove_phone.key, 'prove_phone', body);
  o queue.office;
  f queue.fairness;
  v queue.visit;
  p queue.phone_proof;
  w queue.waiting;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = prove_phone.office_id;
  select * into f from queue.fairness as k where k.office_id = o.office_id;
  w := queue._held_wish(o.office_id, prove_phone.visit_id, now_);
  if w.waiting_id is not null then
    answer := queue._prove_wish(o, f, w, prove_phone.code, now_);
    perform queue._end(o.office_id, now_);
    select * into w from queue.waiting as k where k.office_id = o.office_id and k.waiting_id = w.waiting_id;
    answer := answer || jsonb_build_object('waiting', queue._waiting_json(o, w, now_));
    perform queue._remember(o.office_id, now_, prove_phone.actor, prove_phone.key, 'prove_phone', body, answer);
    return answer;
  end if;
  v := queue._visit(prove_phone.office_id, prove_phone.visit_id);
  select * into p from queue.phone_proof as k where k.office_id = o.office_id and k.visit_id = v.visit_id;
  if v.state <> 'held' or p.visit_id is null then
    perform queue._refuse('QS409', 'not_held', jsonb_build_object('state', v.state));
  end if;

  if p.code = '' or p.code <> prove_phone.code then
    update queue.phone_proof as k set tries = k.tries + 1 where k.office_id = o.office_id and k.visit_id = v.visit_id;
    if p.tries + 1 < f.code_tries then
      answer := jsonb_build_object('decision', 'wrong_code', 'tries_left', f.code_tries - p.tries - 1);
    else
      perform queue._give_up(o, v, now_, prove_phone.actor, 'wrong codes');
      answer := '{"decision": "too_many_tries"}';
    end if;
  elsif queue._active(o.office_id, v.phone) >= o.bookings_per_phone then
    perform queue._give_up(o, v, now_, prove_phone.actor, 'too many bookings');
    answer := jsonb_build_object('decision', 'too_many_bookings', 'bookings_per_phone', o.bookings_per_phone);
  else
    perform queue._count_in(o.office_id, v.visit_id, now_, prove_phone.actor);
    answer := '{"decision": "proven"}';
  end if;

  perform queue._end(o.office_id, now_);
  answer := answer || jsonb_build_object('visit', queue._answer(o.office_id, v.visit_id, now_));
  perform queue._remember(o.office_id, now_, prove_phone.actor, prove_phone.key, 'prove_phone', body, answer);
  return answer;
end $$;
