-- The service is done. With services left the visit goes on to the next one's queue; else the visitor leaves within the minutes the office gives.
-- Cells not begun yet go back: it was quicker than planned. Refuses: QS404 no_such_visit, QS409 not_serving.
create or replace function api.finish(office_id integer, at timestamptz, actor text, key text, visit_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(finish.office_id, finish.at);
  body jsonb := jsonb_build_array(finish.visit_id);
  answer jsonb := queue._replay(finish.office_id, now_, finish.actor, finish.key, 'finish', body);
  o queue.office;
  v queue.visit;
  following record;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = finish.office_id;
  v := queue._visit(finish.office_id, finish.visit_id);
  perform queue._sits(o, v.counter_id, now_, finish.actor);
  if v.state <> 'serving' then
    perform queue._refuse('QS409', 'not_serving', jsonb_build_object('state', v.state));
  end if;
  update queue.visit_service as s set state = 'done' where s.office_id = o.office_id and s.visit_id = v.visit_id and s.service_no = v.service_no;
  select s.service_no, s.queue_id into following from queue.visit_service as s
  where s.office_id = o.office_id and s.visit_id = v.visit_id and s.state = 'waiting' order by s.service_no limit 1;
  perform queue._give_back_rest(o.office_id, v.visit_id, case when following.service_no is not null then v.service_no end, now_);
  if following.service_no is not null then
    update queue.visit as w set service_no = following.service_no, queue_id = following.queue_id
    where w.office_id = o.office_id and w.visit_id = v.visit_id;
    perform queue._move(o.office_id, v.visit_id, 'inside', now_, finish.actor, 'next service');
  else
    perform queue._move(o.office_id, v.visit_id, 'done', now_, finish.actor);
  end if;

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_);
  perform queue._remember(o.office_id, now_, finish.actor, finish.key, 'finish', body, answer);
  return answer;
end $$;
