-- What became of a call back: no_answer (still waiting, the try is counted), done, booked, gave_up.
-- Refuses: QS404 no_such_call_back, QS409 call_back_over {state}, QS422 unknown_word.
create or replace function api.called_back(office_id integer, at timestamptz, actor text, key text, call_back_id uuid, outcome text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(called_back.office_id, called_back.at);
  body jsonb := jsonb_build_array(called_back.call_back_id, called_back.outcome);
  answer jsonb := queue._replay(called_back.office_id, now_, called_back.actor, called_back.key, 'called_back', body);
  o queue.office;
  c queue.call_back;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = called_back.office_id;
  select * into c from queue.call_back as k where k.office_id = called_back.office_id and k.call_back_id = called_back.call_back_id;
  if not found then
    perform queue._refuse('QS404', 'no_such_call_back', '{}');
  elsif called_back.outcome is null or called_back.outcome not in ('no_answer', 'done', 'booked', 'gave_up') then
    perform queue._refuse('QS422', 'unknown_word', '{}');
  elsif c.state <> 'waiting' then
    perform queue._refuse('QS409', 'call_back_over', jsonb_build_object('state', c.state));
  end if;

  if called_back.outcome = 'no_answer' then
    update queue.call_back as k set tries = k.tries + 1, tried_at = now_
    where k.office_id = c.office_id and k.call_back_id = c.call_back_id returning * into c;
  else
    update queue.call_back as k set state = called_back.outcome, ended_at = now_, ended_by = called_back.actor
    where k.office_id = c.office_id and k.call_back_id = c.call_back_id returning * into c;
  end if;

  perform queue._end(o.office_id, now_);
  answer := queue._call_back_json(o, c, now_);
  perform queue._remember(o.office_id, now_, called_back.actor, called_back.key, 'called_back', body, answer);
  return answer;
end $$;
