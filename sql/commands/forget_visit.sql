-- Whoever holds the ticket of a visit that is over has their name and phone removed before their time. A visit that is not over is cancelled or ended
-- first: it cannot be held for nobody. What is counted stays.
-- Refuses: QS404 no_such_visit, QS409 not_over {state}.
create or replace function api.forget_visit(office_id integer, at timestamptz, actor text, key text, visit_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(forget_visit.office_id, forget_visit.at);
  body jsonb := jsonb_build_array(forget_visit.visit_id);
  answer jsonb := queue._replay(forget_visit.office_id, now_, forget_visit.actor, forget_visit.key, 'forget_visit', body);
  v queue.visit;
begin
  if answer is not null then return answer; end if;
  v := queue._visit(forget_visit.office_id, forget_visit.visit_id);
  if v.over_at is null then
    perform queue._refuse('QS409', 'not_over', jsonb_build_object('state', v.state));
  end if;

  perform queue._forget_visits(v.office_id, array[v.visit_id]);
  update queue.waiting as w set name = '', phone = '', person = null, asked = ''
  where w.office_id = v.office_id and w.visit_id = v.visit_id and w.ended_at is not null;
  update queue.job as j
  set facts = '{}', ended_at = coalesce(j.ended_at, now_), outcome = case when j.ended_at is null then 'forgotten' else j.outcome end
  where j.office_id = v.office_id and j.visit_id = v.visit_id and (j.ended_at is null or j.ended_at >= v.created_at and j.facts <> '{}');
  delete from queue.request as r
  where r.office_id = v.office_id and v.visit_id::text in (r.answer ->> 'visit_id', r.answer -> 'visit' ->> 'visit_id', r.visit_id::text);
  if exists (select from queue.floor as f where f.office_id = v.office_id and (f.side = 'box' or f.box_id is not null)) then
    perform queue._floor_entry(v.office_id, 'forget', jsonb_build_object('visit_id', v.visit_id));
  end if;
  perform queue._event(v.office_id, now_, forget_visit.actor, 'forgotten', v.visit_id, '{}');

  perform queue._end(v.office_id, now_);
  answer := jsonb_build_object('visit_id', v.visit_id);
  perform queue._remember(v.office_id, now_, forget_visit.actor, forget_visit.key, 'forget_visit', body, answer);
  return answer;
end $$;
