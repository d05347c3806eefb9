-- The holder, or staff for the holder, gives a booking back. Until the visit arrives.
-- Refuses: QS404 no_such_visit, QS409 not_booked.
create or replace function api.cancel(office_id integer, at timestamptz, actor text, key text, visit_id uuid, reason text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(cancel.office_id, cancel.at);
  body jsonb := jsonb_build_array(cancel.visit_id, cancel.reason);
  answer jsonb := queue._replay(cancel.office_id, now_, cancel.actor, cancel.key, 'cancel', body);
  o queue.office;
  v queue.visit;
begin
  if answer is not null then return answer; end if;
  v := queue._visit(cancel.office_id, cancel.visit_id);
  if v.state not in ('held', 'booked') then
    perform queue._refuse('QS409', 'not_booked', jsonb_build_object('state', v.state));
  end if;

  select * into o from queue.office where office_id = cancel.office_id;
  perform queue._give_up(o, v, now_, cancel.actor, cancel.reason);
  perform queue._revoke(v.office_id, v.visit_id, v.revision, 'cancelled', now_);
  if v.state = 'booked' and cancel.actor <> 'text' then  -- who cancels by text is answered in the same breath
    perform queue._message(v.office_id, case when split_part(cancel.actor, ':', 1) in ('manager', 'clerk', 'helper', 'admin', 'system')
      then 'cancelled_by_office' else 'cancelled' end, v.visit_id, now_);
  end if;

  perform queue._end(v.office_id, now_);
  answer := queue._answer(v.office_id, v.visit_id, now_);
  perform queue._remember(v.office_id, now_, cancel.actor, cancel.key, 'cancel', body, answer);
  return answer;
end $$;
