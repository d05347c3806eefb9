-- The counter serves from now on. Refuses: QS404 no_such_counter.
create or replace function api.open_counter(office_id integer, at timestamptz, actor text, key text, counter_id text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(open_counter.office_id, open_counter.at);
  body jsonb := jsonb_build_array(open_counter.counter_id);
  answer jsonb := queue._replay(open_counter.office_id, now_, open_counter.actor, open_counter.key, 'open_counter', body);
  o queue.office;
  c queue.counter;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = open_counter.office_id;
  c := queue._counter(open_counter.office_id, open_counter.counter_id);
  perform queue._sits(o, c.counter_id, now_, open_counter.actor);
  answer := queue._set_counter(c, 'open', '', null, now_, open_counter.actor);
  perform queue._remember(c.office_id, now_, open_counter.actor, open_counter.key, 'open_counter', body, answer);
  return answer;
end $$;
