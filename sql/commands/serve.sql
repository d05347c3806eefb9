-- The called visitor is at the counter. A slip nobody had confirmed has proved itself. Refuses: QS404 no_such_visit, QS409 not_called.
create or replace function api.serve(office_id integer, at timestamptz, actor text, key text, visit_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(serve.office_id, serve.at);
  body jsonb := jsonb_build_array(serve.visit_id);
  answer jsonb := queue._replay(serve.office_id, now_, serve.actor, serve.key, 'serve', body);
  o queue.office;
  v queue.visit;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = serve.office_id;
  v := queue._visit(serve.office_id, serve.visit_id);
  perform queue._sits(o, v.counter_id, now_, serve.actor);
  if v.state <> 'called' then
    perform queue._refuse('QS409', 'not_called', jsonb_build_object('state', v.state));
  end if;
  perform queue._slip_seen(o, v.visit_id, now_);
  perform queue._move(o.office_id, v.visit_id, 'serving', now_, serve.actor, '', v.counter_id);

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_);
  perform queue._remember(o.office_id, now_, serve.actor, serve.key, 'serve', body, answer);
  return answer;
end $$;
