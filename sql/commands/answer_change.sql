-- Whoever was given another time by the office says yes to it. Choosing another is to reschedule, refusing is to cancel: the place is theirs until then.
-- Refuses: QS404 no_such_visit, QS409 not_moved (nothing to answer: no change, or the time was changed again since).
create or replace function api.answer_change(office_id integer, at timestamptz, actor text, key text, visit_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(answer_change.office_id, answer_change.at);
  body jsonb := to_jsonb(answer_change.visit_id);
  answer jsonb := queue._replay(answer_change.office_id, now_, answer_change.actor, answer_change.key, 'answer_change', body);
  v queue.visit;
begin
  if answer is not null then return answer; end if;
  v := queue._visit(answer_change.office_id, answer_change.visit_id);
  update queue.change_move as m set accepted_at = coalesce(m.accepted_at, now_)
  where m.office_id = v.office_id and m.visit_id = v.visit_id and m.revision = v.revision and m.starts_at is not null and v.state = 'booked';
  if not found then
    perform queue._refuse('QS409', 'not_moved', '{}');
  end if;
  perform queue._event(v.office_id, now_, answer_change.actor, 'change accepted', v.visit_id, '{}');
  perform queue._end(v.office_id, now_);
  answer := queue._answer(v.office_id, v.visit_id, now_);
  perform queue._remember(v.office_id, now_, answer_change.actor, answer_change.key, 'answer_change', body, answer);
  return answer;
end $$;
