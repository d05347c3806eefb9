-- The holder, or staff for the holder, gives a booking back. Until the visit arrives. One that belongs to the box of the office by now is only wished to
-- be cancelled ({wish}): the box hears it.
-- Refuses: QS404 no_such_visit, QS409 not_booked.
create or replace function api.cancel(office_id integer, at timestamptz, actor text, key text, visit_id uuid, reason text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(cancel.office_id, cancel.at);
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
  if queue._belongs_to_box(o, v, now_) then
    -- the box decides when it hears it; until then nothing is freed
    perform queue._floor_entry(v.office_id, 'wish', jsonb_build_object('visit_id', v.visit_id));
    perform queue._event(v.office_id, now_, cancel.actor, 'wish to cancel', v.visit_id, jsonb_build_object('reason', cancel.reason));
    answer := queue._answer(v.office_id, v.visit_id, now_) || '{"wish": "cancel"}';
    perform queue._remember(v.office_id, now_, cancel.actor, cancel.key, 'cancel', body, answer);
    return answer;
  end if;

  select * into o from queue.office where office_id = cancel.office_id;
  perform queue._give_up(o, v, now_, cancel.actor, cancel.reason);
  perform queue._revoke(v.office_id, v.visit_id, v.revision, 'cancelled', now_);
  if v.state = 'booked' and cancel.actor <> 'text' then  -- who cancels by text is answered in the same breath
    -- At the hotline it is the caller who wishes it, whoever sits there.
    perform queue._message(v.office_id, case when cancel.reason <> 'hotline'
        and split_part(cancel.actor, ':', 1) in ('manager', 'clerk', 'helper', 'admin', 'system')
      then 'cancelled_by_office' else 'cancelled' end, v.visit_id, now_);
  end if;

  perform queue._end(v.office_id, now_);
  answer := queue._answer(v.office_id, v.visit_id, now_);
  perform queue._remember(v.office_id, now_, cancel.actor, cancel.key, 'cancel', body, answer);
  return answer;
end $$;
