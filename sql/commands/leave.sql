-- The visitor gives up the place and goes, or goes after having finished. Asked again of one who has gone, nothing happens.
-- Refuses: QS404 no_such_visit, QS409 wrong_state (booked: cancel it).
create or replace function api.leave(office_id integer, at timestamptz, actor text, key text, visit_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(leave.office_id, leave.at);
  body jsonb := jsonb_build_array(leave.visit_id);
  answer jsonb := queue._replay(leave.office_id, now_, leave.actor, leave.key, 'leave', body);
  v queue.visit;
begin
  if answer is not null then return answer; end if;
  v := queue._visit(leave.office_id, leave.visit_id);
  if v.state in ('held', 'booked', 'cancelled', 'missed', 'void') then
    perform queue._refuse('QS409', 'wrong_state', jsonb_build_object('state', v.state));
  end if;
  if v.over_at is null then
    perform queue._gone(v.office_id, v.visit_id, now_, leave.actor, 'leave');
    perform queue._end(v.office_id, now_);
  end if;
  answer := queue._answer(v.office_id, v.visit_id, now_);
  perform queue._remember(v.office_id, now_, leave.actor, leave.key, 'leave', body, answer);
  return answer;
end $$;
