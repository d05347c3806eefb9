-- The visitor waits for papers and keeps the turn: here (counts as present) or away (does not; coming back is an admission).
-- Refuses: QS404 no_such_visit, QS409 wrong_state, QS422 unknown_place.
create or replace function api.park(office_id integer, at timestamptz, actor text, key text, visit_id uuid, place text, reason text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(park.office_id, park.at);
  body jsonb := jsonb_build_array(park.visit_id, park.place, park.reason);
  answer jsonb := queue._replay(park.office_id, now_, park.actor, park.key, 'park', body);
  o queue.office;
  v queue.visit;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = park.office_id;
  v := queue._visit(park.office_id, park.visit_id);
  perform queue._sits(o, v.counter_id, now_, park.actor);
  if park.place not in ('here', 'away') then
    perform queue._refuse('QS422', 'unknown_place', '{"places": ["here", "away"]}');
  end if;
  if v.state not in ('inside', 'called', 'serving') then
    perform queue._refuse('QS409', 'wrong_state', jsonb_build_object('state', v.state));
  end if;
  update queue.visit as w set parked = park.place where w.office_id = o.office_id and w.visit_id = v.visit_id;
  perform queue._move(o.office_id, v.visit_id, 'parked', now_, park.actor, coalesce(park.reason, ''));

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_);
  perform queue._remember(o.office_id, now_, park.actor, park.key, 'park', body, answer);
  return answer;
end $$;
