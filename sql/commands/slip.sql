-- The kiosk's word on a slip: 'printed', 'phone' (shown or photographed) or 'said' makes the number callable; 'failed' voids it, kept as void.
-- A void slip of a booked visit returns it to booked; any later sign revives the number. Refuses: QS404 no_such_visit, QS422 unknown_word.
create or replace function api.slip(office_id integer, at timestamptz, actor text, key text, visit_id uuid, word text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(slip.office_id, slip.at);
  body jsonb := jsonb_build_array(slip.visit_id, slip.word);
  answer jsonb := queue._replay(slip.office_id, now_, slip.actor, slip.key, 'slip', body);
  o queue.office;
  v queue.visit;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = slip.office_id;
  v := queue._visit(slip.office_id, slip.visit_id);
  if slip.word not in ('printed', 'phone', 'said', 'failed') then
    perform queue._refuse('QS422', 'unknown_word', jsonb_build_object('words', '{printed,phone,said,failed}'::text[]));
  end if;

  if slip.word <> 'failed' then
    perform queue._slip_given(o, v.visit_id, slip.word, now_, slip.actor);
  elsif v.slip in ('pending', 'unconfirmed') and v.state in ('arrived', 'invited', 'inside') then
    update queue.visit as w set slip = 'failed', slip_at = now_ where w.office_id = o.office_id and w.visit_id = v.visit_id;
    perform queue._void(o, v.visit_id, now_, slip.actor);
  end if;

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_);
  perform queue._remember(o.office_id, now_, slip.actor, slip.key, 'slip', body, answer, v.visit_id, answer ->> 'state');
  return answer;
end $$;
