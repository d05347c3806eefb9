-- The counter rests, with the reason and the end as stated (null: not known). A called visit goes back to its place in line.
-- Refuses: QS404 no_such_counter, QS409 still_serving counter_closed, QS422 until_in_the_past.
create or replace function api.pause_counter(office_id integer, at timestamptz, actor text, key text, counter_id text, reason text, until timestamptz)
returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(pause_counter.office_id, pause_counter.at);
  body jsonb := jsonb_build_array(pause_counter.counter_id, pause_counter.reason, pause_counter.until);
  answer jsonb := queue._replay(pause_counter.office_id, now_, pause_counter.actor, pause_counter.key, 'pause_counter', body);
  o queue.office;
  c queue.counter;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = pause_counter.office_id;
  c := queue._counter(pause_counter.office_id, pause_counter.counter_id);
  perform queue._sits(o, c.counter_id, now_, pause_counter.actor);
  if pause_counter.until <= now_ then
    perform queue._refuse('QS422', 'until_in_the_past', '{}');
  elsif (select s.state from queue.counter_state as s where s.office_id = c.office_id and s.counter_id = c.counter_id) = 'closed' then
    perform queue._refuse('QS409', 'counter_closed', jsonb_build_object('counter', c.counter_id));
  end if;
  answer := queue._set_counter(c, 'paused', pause_counter.reason, pause_counter.until, now_, pause_counter.actor);
  perform queue._remember(c.office_id, now_, pause_counter.actor, pause_counter.key, 'pause_counter', body, answer);
  return answer;
end $$;
