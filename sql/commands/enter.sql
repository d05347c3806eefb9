-- Staff at the door see somebody go in: an invited visit is inside; an invitation that has lapsed is a correction, kept as an excess if it does not fit;
-- one who waits outside or is back from parking goes in only if it fits. Where the office checks at the entry, with the word
-- `checked` alone. Refuses: QS404 no_such_visit, QS409 area_full wrong_state check_needed.
create or replace function api.enter(office_id integer, at timestamptz, actor text, key text, visit_id uuid, checked boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(enter.office_id, enter.at);
  body jsonb := jsonb_build_array(enter.visit_id);
  answer jsonb := queue._replay(enter.office_id, now_, enter.actor, enter.key, 'enter', body);
  o queue.office;
  v queue.visit;
  unchecked boolean;
  cap integer;
  present integer;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = enter.office_id;
  v := queue._visit(enter.office_id, enter.visit_id);
  unchecked := v.state in ('arrived', 'invited', 'parked', 'left') and queue._unchecked(o, v);
  if unchecked then
    if not enter.checked then
      perform queue._refuse('QS409', 'check_needed', '{}');
    end if;
    update queue.visit as w set checked = true where w.office_id = o.office_id and w.visit_id = v.visit_id;
  end if;
  if v.state = 'invited' then
    perform queue._move(o.office_id, v.visit_id, 'inside', now_, enter.actor);
  elsif exists (select from queue.stay as s
                where s.office_id = o.office_id and s.visit_id = v.visit_id and s.started_at >= v.state_at and v.day = queue._day(o, now_)
                  and (v.state = 'arrived' and s.state = 'arrived' and s.reason = 'invitation lapsed' and s.ended_at is null
                       or v.state = 'left' and s.state = 'left' and s.reason = 'invitations')) then
    -- found inside after the invitation lapsed: they are in, and nobody enters until it fits again
    if v.state = 'left' then
      perform queue._restore(o, v.visit_id, now_);
    end if;
    cap := queue._area_cap(o, v.area_id, queue._day(o, now_), v.booked and v.starts_at is not null);
    present := queue._present(o, v.area_id, now_);
    update queue.visit as w set yields = false, stepped_out = false where w.office_id = o.office_id and w.visit_id = v.visit_id;
    perform queue._move(o.office_id, v.visit_id, 'inside', now_, enter.actor, 'correction');
    perform queue._event(o.office_id, now_, enter.actor, case when present + v.party_size > cap then 'excess' else 'correction' end, v.visit_id,
      jsonb_build_object('area', v.area_id, 'present', present + v.party_size, 'cap', cap, 'reason', 'invitation lapsed'));
  elsif v.state in ('arrived', 'parked') then
    if v.state = 'parked' and v.parked = 'here' then
      perform queue._refuse('QS409', 'wrong_state', jsonb_build_object('state', v.state));
    end if;
    if v.state = 'parked' then
      perform queue._move(o.office_id, v.visit_id, 'arrived', now_, enter.actor, 'back');
      perform queue._hold_again(o, queue._visit(o.office_id, v.visit_id), now_);
    end if;
    update queue.visit as w set stepped_out = false where w.office_id = o.office_id and w.visit_id = v.visit_id;
    perform queue._admit_all(o.office_id, now_, v.visit_id);
    if (select w.state from queue.visit as w where w.office_id = o.office_id and w.visit_id = v.visit_id) = 'arrived' then
      perform queue._refuse('QS409', 'area_full', queue._area_json(o, v.area_id, now_));
    end if;
  elsif v.state <> 'inside' then
    perform queue._refuse('QS409', 'wrong_state', jsonb_build_object('state', v.state));
  end if;

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_) || case when unchecked then '{"was": {"checked": false}}' else '{}' end::jsonb;
  perform queue._remember(o.office_id, now_, enter.actor, enter.key, 'enter', body, answer, v.visit_id, answer ->> 'state');
  return answer;
end $$;
