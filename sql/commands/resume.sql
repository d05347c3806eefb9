-- Parked or absent here: back in the line, or straight to a counter when one is named (at that desk in that hour no place is used again).
-- Parked away: coming back is an admission, the turn kept. Refuses: QS404 no_such_visit no_such_counter, QS409 wrong_state area_full counter_closed not_inside counter_full hour_full.
create or replace function api.resume(office_id integer, at timestamptz, actor text, key text, visit_id uuid, counter_id text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(resume.office_id, resume.at);
  body jsonb := jsonb_build_array(resume.visit_id, resume.counter_id);
  answer jsonb := queue._replay(resume.office_id, now_, resume.actor, resume.key, 'resume', body);
  o queue.office;
  v queue.visit;
  c queue.counter;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = resume.office_id;
  v := queue._visit(resume.office_id, resume.visit_id);
  if v.state not in ('parked', 'absent') then
    perform queue._refuse('QS409', 'wrong_state', jsonb_build_object('state', v.state));
  end if;
  if v.state = 'parked' and v.parked = 'away' then
    perform queue._move(o.office_id, v.visit_id, 'arrived', now_, resume.actor, 'back');
    perform queue._admit_all(o.office_id, now_, v.visit_id);
    if resume.counter_id is not null and (queue._visit(o.office_id, v.visit_id)).state <> 'inside' then
      perform queue._refuse('QS409', 'area_full', queue._area_json(o, v.area_id, now_));
    end if;
  else
    perform queue._move(o.office_id, v.visit_id, 'inside', now_, resume.actor, 'resumed');
  end if;
  if resume.counter_id is not null then
    c := queue._counter(o.office_id, resume.counter_id);
    perform queue._sits(o, c.counter_id, now_, resume.actor);
    perform queue._call(o, c, v.visit_id, now_, resume.actor);
  else
    perform queue._hold_again(o, queue._visit(o.office_id, v.visit_id), now_);
  end if;

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_);
  perform queue._remember(o.office_id, now_, resume.actor, resume.key, 'resume', body, answer);
  return answer;
end $$;
