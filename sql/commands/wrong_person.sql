-- Who came to the counter is not the person the ticket names: a booking of a scarce service is void, and no sign of life brings it back.
-- Refuses: QS404 no_such_visit, QS409 not_called {state} not_named.
create or replace function api.wrong_person(office_id integer, at timestamptz, actor text, key text, visit_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(wrong_person.office_id, wrong_person.at);
  body jsonb := jsonb_build_array(wrong_person.visit_id);
  answer jsonb := queue._replay(wrong_person.office_id, now_, wrong_person.actor, wrong_person.key, 'wrong_person', body);
  o queue.office;
  v queue.visit;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = wrong_person.office_id;
  v := queue._visit(wrong_person.office_id, wrong_person.visit_id);
  perform queue._sits(o, v.counter_id, now_, wrong_person.actor);
  if v.state not in ('called', 'serving') then
    perform queue._refuse('QS409', 'not_called', jsonb_build_object('state', v.state));
  elsif v.person is null then
    perform queue._refuse('QS409', 'not_named', '{}');
  end if;
  if v.state = 'called' then
    perform queue._unuse_place(o, v);
  end if;
  perform queue._release(o.office_id, v.visit_id);
  update queue.visit as w set attention = 'wrong_person' where w.office_id = o.office_id and w.visit_id = v.visit_id;
  perform queue._move(o.office_id, v.visit_id, 'void', now_, wrong_person.actor, 'wrong person');
  perform queue._revoke(o.office_id, v.visit_id, v.revision, 'cancelled', now_);
  perform queue._event(o.office_id, now_, wrong_person.actor, 'wrong person', v.visit_id, jsonb_build_object('number', v.number));

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_);
  perform queue._remember(o.office_id, now_, wrong_person.actor, wrong_person.key, 'wrong_person', body, answer);
  return answer;
end $$;
