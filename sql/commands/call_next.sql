-- Calls the first of the counter's line. Numbers passed over because nobody has their slip yet, or who do not fit at the counter, keep their place.
-- Refuses: QS404 no_such_counter, QS409 counter_closed counter_full hour_full nobody_waiting.
create or replace function api.call_next(office_id integer, at timestamptz, actor text, key text, counter_id text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(call_next.office_id, call_next.at);
  body jsonb := jsonb_build_array(call_next.counter_id);
  answer jsonb := queue._replay(call_next.office_id, now_, call_next.actor, call_next.key, 'call_next', body);
  o queue.office;
  c queue.counter;
  first uuid;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = call_next.office_id;
  c := queue._counter(call_next.office_id, call_next.counter_id);
  if (select s.state from queue.counter_state as s where s.office_id = o.office_id and s.counter_id = c.counter_id) <> 'open' then
    perform queue._refuse('QS409', 'counter_closed', jsonb_build_object('counter', c.counter_id));
  end if;
  select l.visit_id into first from queue._call_line(o, c.queues, now_) as l where l.callable order by l.place limit 1;
  if first is null then
    perform queue._refuse('QS409', 'nobody_waiting', '{}');
  end if;
  perform queue._call(o, c, first, now_, call_next.actor);

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, first, now_) || '{"passed": []}';
  perform queue._remember(o.office_id, now_, call_next.actor, call_next.key, 'call_next', body, answer);
  return answer;
end $$;
