-- Takes back what the same caller entered under a key, within five minutes and while nothing has followed from it: a count ("one in", "one out", recount) is
-- corrected by as much, and of a visit walk_in, arrive, enter, leave, call_next, call_number, absent, park, finish and
-- note_dossier; a quick question is not counted. Each once, and kept as a correction.
-- Refuses: QS409 cannot_undo {command}, counter_closed, counter_full.
create or replace function api.undo(office_id integer, at timestamptz, actor text, key text, undone text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(undo.office_id, undo.at);
  body jsonb := jsonb_build_array(undo.undone);
  answer jsonb := coalesce(queue._replay(undo.office_id, now_, undo.actor, undo.key, 'undo', body),
                           queue._replay(undo.office_id, now_, undo.actor, 'undo ' || undo.undone, 'undo', body));
  o queue.office;
  r queue.request;
  visit_id uuid;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = undo.office_id;
  select * into r from queue.request as q
  where q.office_id = o.office_id and q.caller = undo.actor and q.key = undo.undone and q.at >= now_ - interval '5 minutes';
  if r.command in ('count_in', 'exit', 'recount') and r.answer ? 'change' then
    perform queue._undo_count(o, r, now_, undo.actor);
  elsif r.command in ('walk_in', 'arrive', 'enter', 'leave', 'call_next', 'call_number', 'absent', 'park', 'finish', 'note_dossier') then
    visit_id := coalesce(r.answer -> 'visit' ->> 'visit_id', r.answer ->> 'visit_id')::uuid;
    if r.command not in ('walk_in', 'arrive', 'enter', 'leave') then
      perform queue._sits(o, queue._last_counter(queue._visit(o.office_id, visit_id)), now_, undo.actor);
    end if;
    perform queue._undo_visit(o, r, queue._visit(o.office_id, visit_id), now_, undo.actor);
  elsif r.command = 'quick_question' then
    perform queue._sits(o, r.answer ->> 'counter', now_, undo.actor);
    delete from queue.quick_question as q where q.office_id = o.office_id and q.question_id = (r.answer ->> 'question_id')::uuid;
  else
    perform queue._refuse('QS409', 'cannot_undo', jsonb_build_object('command', r.command));
  end if;
  perform queue._event(o.office_id, now_, undo.actor, 'undone', visit_id, jsonb_build_object('command', r.command, 'at', r.at));

  perform queue._end(o.office_id, now_);
  answer := jsonb_build_object('undone', r.command) || case when visit_id is not null then queue._answer(o.office_id, visit_id, now_)
    when r.answer ? 'area' then queue._area_json(o, r.answer ->> 'area', now_) else '{}' end;
  perform queue._remember(o.office_id, now_, undo.actor, undo.key, 'undo', body, answer);
  perform queue._remember(o.office_id, now_, undo.actor, 'undo ' || undo.undone, 'undo', body, answer);
  return answer;
end $$;
