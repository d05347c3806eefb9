-- A manager lets one in over a cap, with a reason, from outside or from another area; kept as an excess and reported.
-- Also a manager lets in nobody who has not passed the entry check where there is one.
-- Refuses: QS404 no_such_visit, QS409 wrong_state check_needed, QS422 reason_missing.
create or replace function api.admit(office_id integer, at timestamptz, actor text, key text, visit_id uuid, reason text, checked boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(admit.office_id, admit.at);
  body jsonb := jsonb_build_array(admit.visit_id, admit.reason);
  answer jsonb := queue._replay(admit.office_id, now_, admit.actor, admit.key, 'admit', body);
  o queue.office;
  v queue.visit;
  area_ text;
  present integer;
  cap integer;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = admit.office_id;
  v := queue._visit(admit.office_id, admit.visit_id);
  select q.area_id into area_ from queue.queue as q where q.office_id = o.office_id and q.queue_id = v.queue_id;
  if coalesce(trim(admit.reason), '') = '' then
    perform queue._refuse('QS422', 'reason_missing', '{}');
  elsif v.state not in ('arrived', 'invited') and not (v.state = 'parked' and v.parked = 'away') and not (v.state = 'inside' and v.area_id <> area_) then
    perform queue._refuse('QS409', 'wrong_state', jsonb_build_object('state', v.state));
  end if;
  if v.state <> 'inside' and queue._unchecked(o, v) then
    if not admit.checked then
      perform queue._refuse('QS409', 'check_needed', '{}');
    end if;
    update queue.visit as w set checked = true where w.office_id = o.office_id and w.visit_id = v.visit_id;
  end if;
  update queue.visit as w set area_id = area_, yields = false, stepped_out = false where w.office_id = o.office_id and w.visit_id = v.visit_id;
  perform queue._slip_seen(o, v.visit_id, now_);
  perform queue._move(o.office_id, v.visit_id, 'inside', now_, admit.actor, admit.reason);
  if v.state = 'parked' then
    perform queue._hold_again(o, queue._visit(o.office_id, v.visit_id), now_);
  end if;
  present := queue._present(o, area_, now_);
  cap := queue._area_cap(o, area_, queue._day(o, now_), v.booked and v.starts_at is not null);
  perform queue._event(o.office_id, now_, admit.actor, case when present > cap then 'excess' else 'admitted' end, v.visit_id,
    jsonb_build_object('area', area_, 'reason', admit.reason, 'present', present, 'cap', cap));

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_);
  perform queue._remember(o.office_id, now_, admit.actor, admit.key, 'admit', body, answer);
  return answer;
end $$;
