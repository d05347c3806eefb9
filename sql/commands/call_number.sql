-- Calls any visit that is inside by its number, and says whom it passed. A void or given-up number of today is revived by it and waits like the others.
-- Refuses: QS404 no_such_counter no_such_number, QS409 counter_closed counter_full hour_full not_inside recount_first.
create or replace function api.call_number(office_id integer, at timestamptz, actor text, key text, counter_id text, number text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(call_number.office_id, call_number.at);
  body jsonb := jsonb_build_array(call_number.counter_id, call_number.number);
  answer jsonb := queue._replay(call_number.office_id, now_, call_number.actor, call_number.key, 'call_number', body);
  o queue.office;
  c queue.counter;
  v queue.visit;
  passed text[];
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = call_number.office_id;
  c := queue._counter(call_number.office_id, call_number.counter_id);
  perform queue._sits(o, c.counter_id, now_, call_number.actor);
  select * into v from queue.visit as w
  where w.office_id = o.office_id and w.number_day = queue._day(o, now_) and w.number = upper(trim(call_number.number));
  if not found then
    perform queue._refuse('QS404', 'no_such_number', jsonb_build_object('number', call_number.number));
  end if;
  if v.state in ('void', 'left') and v.attention <> 'wrong_person' then
    perform queue._revive(o, v.visit_id, now_, call_number.actor);
    v := queue._visit(o.office_id, v.visit_id);
  elsif v.state = 'absent' then
    perform queue._move(o.office_id, v.visit_id, 'inside', now_, call_number.actor, 'revived');
    v := queue._visit(o.office_id, v.visit_id);
  end if;
  if v.state <> 'inside' or v.area_id <> c.area_id then
    perform queue._refuse('QS409', 'not_inside', jsonb_build_object('state', v.state, 'number', v.number, 'counter', v.counter_id));
  end if;
  select coalesce(array_agg(l.number order by l.place), '{}') into passed
  from queue._call_line(o, array[v.queue_id], now_) as l
  where l.place < (select m.place from queue._call_line(o, array[v.queue_id], now_) as m where m.visit_id = v.visit_id);
  update queue.visit as w set slip = case when w.slip = 'pending' then 'unconfirmed' else w.slip end
  where w.office_id = o.office_id and w.visit_id = v.visit_id;
  perform queue._call(o, c, v.visit_id, now_, call_number.actor);

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_) || jsonb_build_object('passed', passed);
  perform queue._remember(o.office_id, now_, call_number.actor, call_number.key, 'call_number', body, answer);
  return answer;
end $$;
