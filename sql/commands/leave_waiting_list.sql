-- Somebody waits no longer; what they had been offered goes to the next at once. Asked again, it is answered the same. Refuses: QS404 no_such_visit.
create or replace function api.leave_waiting_list(office_id integer, at timestamptz, actor text, key text, waiting_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(leave_waiting_list.office_id, leave_waiting_list.at);
  body jsonb := jsonb_build_array(leave_waiting_list.waiting_id);
  answer jsonb := queue._replay(leave_waiting_list.office_id, now_, leave_waiting_list.actor, leave_waiting_list.key, 'leave_waiting_list', body);
  o queue.office;
  w queue.waiting;
  k queue.kept_place;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = leave_waiting_list.office_id;
  select * into w from queue.waiting as x where x.office_id = o.office_id and x.waiting_id = leave_waiting_list.waiting_id;
  if not found then
    perform queue._refuse('QS404', 'no_such_visit', '{}');
  elsif w.ended_at is not null then
    return queue._waiting_json(o, w, now_);
  end if;
  update queue.waiting as x set state = 'left', ended_at = now_ where x.office_id = o.office_id and x.waiting_id = w.waiting_id returning * into w;
  select * into k from queue.kept_place as p where p.office_id = o.office_id and p.waiting_id = w.waiting_id;
  if found then
    perform queue._let_go(o, k, now_);
  end if;
  perform queue._event(o.office_id, now_, leave_waiting_list.actor, 'waits no longer', w.visit_id, jsonb_build_object('waiting_id', w.waiting_id));

  perform queue._end(o.office_id, now_);
  answer := queue._waiting_json(o, w, now_);
  perform queue._remember(o.office_id, now_, leave_waiting_list.actor, leave_waiting_list.key, 'leave_waiting_list', body, answer);
  return answer;
end $$;
