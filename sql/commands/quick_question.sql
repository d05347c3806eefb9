-- Somebody only had a question, answered at the counter without a number: it is counted. Answers {counter, question_id, today}.
-- Refuses: QS404 no_such_counter, QS409 counter_closed.
create or replace function api.quick_question(office_id integer, at timestamptz, actor text, key text, counter_id text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(quick_question.office_id, quick_question.at);
  body jsonb := jsonb_build_array(quick_question.counter_id);
  answer jsonb := queue._replay(quick_question.office_id, now_, quick_question.actor, quick_question.key, 'quick_question', body);
  o queue.office;
  c queue.counter;
  id uuid;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = quick_question.office_id;
  c := queue._counter(o.office_id, quick_question.counter_id);
  perform queue._sits(o, c.counter_id, now_, quick_question.actor);
  if (select s.state from queue.counter_state as s where s.office_id = o.office_id and s.counter_id = c.counter_id) is distinct from 'open' then
    perform queue._refuse('QS409', 'counter_closed', jsonb_build_object('counter', c.counter_id));
  end if;
  insert into queue.quick_question as q (office_id, counter_id, at, actor) values (o.office_id, c.counter_id, now_, quick_question.actor)
  returning q.question_id into id;

  perform queue._end(o.office_id, now_);
  answer := jsonb_build_object('counter', c.counter_id, 'question_id', id, 'today', queue._questions_today(o, c.counter_id, now_));
  perform queue._remember(o.office_id, now_, quick_question.actor, quick_question.key, 'quick_question', body, answer);
  return answer;
end $$;
