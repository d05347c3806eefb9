-- The number is called again at the same counter; no hour place is used. Refuses: QS404 no_such_visit, QS409 not_called.
create or replace function api.recall(office_id integer, at timestamptz, actor text, key text, visit_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(recall.office_id, recall.at);
  body jsonb := jsonb_build_array(recall.visit_id);
  answer jsonb := queue._replay(recall.office_id, now_, recall.actor, recall.key, 'recall', body);
  o queue.office;
  v queue.visit;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = recall.office_id;
  v := queue._visit(recall.office_id, recall.visit_id);
  perform queue._sits(o, v.counter_id, now_, recall.actor);
  if v.state <> 'called' then
    perform queue._refuse('QS409', 'not_called', jsonb_build_object('state', v.state));
  end if;
  perform queue._event(o.office_id, now_, recall.actor, 'recalled', v.visit_id, jsonb_build_object('counter', v.counter_id, 'number', v.number));

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_);
  perform queue._remember(o.office_id, now_, recall.actor, recall.key, 'recall', body, answer);
  return answer;
end $$;
