-- Somebody of the staff goes to who asked for help. The second who presses changes nothing. Refuses: QS404 no_such_call.
create or replace function api.answer_help(office_id integer, at timestamptz, actor text, key text, help_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(answer_help.office_id, answer_help.at);
  body jsonb := jsonb_build_array(answer_help.help_id);
  answer jsonb := queue._replay(answer_help.office_id, now_, answer_help.actor, answer_help.key, 'answer_help', body);
  h queue.help;
begin
  if answer is not null then return answer; end if;
  select * into h from queue.help as k where k.office_id = answer_help.office_id and k.help_id = answer_help.help_id;
  if not found then
    perform queue._refuse('QS404', 'no_such_call', '{}');
  end if;
  if h.answered_at is null then
    update queue.help as k set answered_at = now_, answered_by = answer_help.actor
    where k.office_id = answer_help.office_id and k.help_id = answer_help.help_id;
    perform queue._end(answer_help.office_id, now_);
  end if;
  answer := jsonb_build_object('help_id', h.help_id, 'asked_at', h.asked_at);
  perform queue._remember(answer_help.office_id, now_, answer_help.actor, answer_help.key, 'answer_help', body, answer);
  return answer;
end $$;
