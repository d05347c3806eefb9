-- To another queue: its cells and an hour place as a walk-in number takes them, the number and the arrival time kept. Into another area it is an
-- admission there, until which the visit waits where it is. Refuses: QS404 no_such_visit no_such_queue, QS409 wrong_state.
create or replace function api.transfer(office_id integer, at timestamptz, actor text, key text, visit_id uuid, queue_id text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(transfer.office_id, transfer.at);
  body jsonb := jsonb_build_array(transfer.visit_id, transfer.queue_id);
  answer jsonb := queue._replay(transfer.office_id, now_, transfer.actor, transfer.key, 'transfer', body);
  o queue.office;
  v queue.visit;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = transfer.office_id;
  v := queue._visit(transfer.office_id, transfer.visit_id);
  perform queue._sits(o, v.counter_id, now_, transfer.actor);
  if not exists (select from queue.queue as q where q.office_id = o.office_id and q.queue_id = transfer.queue_id and not q.retired) then
    perform queue._refuse('QS404', 'no_such_queue', jsonb_build_object('queue', transfer.queue_id));
  end if;
  if v.state not in ('inside', 'called', 'serving', 'parked') or v.parked = 'away' then
    perform queue._refuse('QS409', 'wrong_state', jsonb_build_object('state', v.state));
  end if;
  perform queue._transfer(o, v, transfer.queue_id, now_, transfer.actor);

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_);
  perform queue._remember(o.office_id, now_, transfer.actor, transfer.key, 'transfer', body, answer);
  return answer;
end $$;
