-- An invited visitor says by the own page that they have come in. Nothing else lets somebody in by their own word: not a place outside, and no invitation
-- that has lapsed. Said twice, nothing happens. Refuses: QS404 no_such_visit, QS409 not_invited {state}, check_needed.
create or replace function api.come_in(office_id integer, at timestamptz, actor text, key text, visit_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(come_in.office_id, come_in.at);
  body jsonb := jsonb_build_array(come_in.visit_id);
  answer jsonb := queue._replay(come_in.office_id, now_, come_in.actor, come_in.key, 'come_in', body);
  o queue.office;
  v queue.visit;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = come_in.office_id;
  v := queue._visit(come_in.office_id, come_in.visit_id);
  if v.state not in ('invited', 'inside') then
    perform queue._refuse('QS409', 'not_invited', jsonb_build_object('state', v.state));
  elsif v.state = 'invited' and queue._unchecked(o, v) then
    perform queue._refuse('QS409', 'check_needed', '{}');
  elsif v.state = 'invited' then
    perform queue._slip_seen(o, v.visit_id, now_);
    perform queue._move(o.office_id, v.visit_id, 'inside', now_, come_in.actor, 'own page');
    perform queue._end(o.office_id, now_);
  end if;
  answer := queue._answer(o.office_id, v.visit_id, now_);
  perform queue._remember(o.office_id, now_, come_in.actor, come_in.key, 'come_in', body, answer, v.visit_id, answer ->> 'state');
  return answer;
end $$;
