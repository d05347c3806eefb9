-- Takes a counter, from whoever has had it since the moment that the page showed (null: from nobody): both pages say so, and the audit view keeps it.
-- Another counter of this clerk closes, as by its own button. Answers the counter.
-- Refuses: QS404 no_such_counter, QS409 counter_taken {counter, by, since} (somebody else was quicker), counter_elsewhere, counter_free, still_serving
-- (at the other counter).
create or replace function api.take_counter(office_id integer, at timestamptz, actor text, key text, counter_id text, since timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(take_counter.office_id, take_counter.at);
  body jsonb := jsonb_build_array(take_counter.counter_id, take_counter.since);
  answer jsonb := queue._replay(take_counter.office_id, now_, take_counter.actor, take_counter.key, 'take_counter', body);
  o queue.office;
  c queue.counter;
  taken queue.counter_state;
  mine boolean;
  other text;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = take_counter.office_id;
  c := queue._counter(o.office_id, take_counter.counter_id);
  select * into taken from queue._taken(o, c.counter_id, now_);
  mine := coalesce((taken.clerk, taken.seat) = (take_counter.actor, queue._seat()), false);
  if not mine and taken.taken_at is distinct from take_counter.since then
    if taken.clerk is null then
      perform queue._refuse('QS409', 'counter_free', jsonb_build_object('counter', c.counter_id));
    end if;
    perform queue._refuse_taken(taken, take_counter.actor);
  end if;
  other := queue._other_counter(o, c.counter_id, now_, take_counter.actor);
  if other is not null then
    perform queue._set_counter(queue._counter(o.office_id, other), 'closed', '', null, now_, take_counter.actor);
  end if;
  if not mine then
    update queue.counter_state as s
    set clerk = take_counter.actor, seat = queue._seat(), taken_at = now_, taken_from = coalesce(taken.clerk, '')
    where s.office_id = o.office_id and s.counter_id = c.counter_id;
    if taken.clerk is not null then
      perform queue._event(o.office_id, now_, take_counter.actor, 'taken_over', null,
        jsonb_build_object('counter', c.counter_id, 'from', taken.clerk, 'since', taken.taken_at));
    end if;
  end if;

  perform queue._end(o.office_id, now_);
  answer := queue._counter_json(o, c, now_);
  perform queue._remember(o.office_id, now_, take_counter.actor, take_counter.key, 'take_counter', body, answer);
  return answer;
end $$;
