-- Calls the first of the counter's line, and says whom it passed: those whose slip nobody has yet, and those who hold no place of this hour while
-- others, whose place it is, wait behind them. They keep their place in the line.
-- Refuses: QS404 no_such_counter, QS409 counter_closed counter_full hour_full nobody_waiting recount_first.
create or replace function api.call_next(office_id integer, at timestamptz, actor text, key text, counter_id text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(call_next.office_id, call_next.at);
  body jsonb := jsonb_build_array(call_next.counter_id);
  answer jsonb := queue._replay(call_next.office_id, now_, call_next.actor, call_next.key, 'call_next', body);
  o queue.office;
  c queue.counter;
  w record;
  hour record;
  waits jsonb;
  first uuid;
  passed text[] := '{}'::text[];
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = call_next.office_id;
  c := queue._counter(call_next.office_id, call_next.counter_id);
  perform queue._sits(o, c.counter_id, now_, call_next.actor);
  if (select s.state from queue.counter_state as s where s.office_id = o.office_id and s.counter_id = c.counter_id) <> 'open' then
    perform queue._refuse('QS409', 'counter_closed', jsonb_build_object('counter', c.counter_id));
  end if;
  for w in select l.* from queue._call_line(o, c.queues, now_) as l order by l.place loop
    if w.callable then
      select * into hour from queue._hour_refusal(o, c, queue._visit(o.office_id, w.visit_id), now_);
      if not hour.skipped then
        first := w.visit_id;
        exit;
      end if;
      waits := coalesce(waits, hour.facts);
    end if;
    passed := passed || w.number;
  end loop;
  if first is null and waits is not null then
    perform queue._refuse('QS409', 'hour_full', waits);
  elsif first is null then
    perform queue._refuse('QS409', 'nobody_waiting', '{}');
  end if;
  perform queue._call(o, c, first, now_, call_next.actor);

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, first, now_) || jsonb_build_object('passed', passed);
  perform queue._remember(o.office_id, now_, call_next.actor, call_next.key, 'call_next', body, answer);
  return answer;
end $$;
