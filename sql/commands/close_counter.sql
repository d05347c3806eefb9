-- The counter closes: a called visit goes back to its place in line. Refuses: QS404 no_such_counter, QS409 still_serving.
create or replace function api.close_counter(office_id integer, at timestamptz, actor text, key text, counter_id text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(close_counter.office_id, close_counter.at);
  body jsonb := jsonb_build_array(close_counter.counter_id);
  answer jsonb := queue._replay(close_counter.office_id, now_, close_counter.actor, close_counter.key, 'close_counter', body);
  o queue.office;
  c queue.counter;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = close_counter.office_id;
  c := queue._counter(close_counter.office_id, close_counter.counter_id);
  if exists (select from queue._taken(o, c.counter_id, now_)) then
    perform queue._sits(o, c.counter_id, now_, close_counter.actor);
  end if;
  answer := queue._set_counter(c, 'closed', '', null, now_, close_counter.actor);
  perform queue._remember(c.office_id, now_, close_counter.actor, close_counter.key, 'close_counter', body, answer);
  return answer;
end $$;
