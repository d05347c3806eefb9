-- A new code for the phone of an unproven booking, or of a wish to wait (by its waiting_id); the old one is worth nothing from now on. Its ten minutes
-- and its tries stay as they are.
-- Refuses: QS404 no_such_visit, QS409 not_held, QS429 too_many_codes {retry_after}.
create or replace function api.send_code(office_id integer, at timestamptz, actor text, key text, visit_id uuid, code text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(send_code.office_id, send_code.at);
  body jsonb := jsonb_build_array(send_code.visit_id);  -- not the code: it is made anew each time it is asked for
  answer jsonb := queue._replay(send_code.office_id, now_, send_code.actor, send_code.key, 'send_code', body);
  f queue.fairness;
  v queue.visit;
  wait integer;
  w queue.waiting;
  o queue.office;
begin
  if answer is not null then return answer; end if;
  select * into f from queue.fairness as k where k.office_id = send_code.office_id;
  w := queue._held_wish(send_code.office_id, send_code.visit_id, now_);
  if w.waiting_id is not null then
    wait := queue._next_code(f, w.phone, now_);
    if wait > 0 then
      perform queue._refuse('QS429', 'too_many_codes', jsonb_build_object('retry_after', wait));
    end if;
    perform queue._send_wish_code(w, send_code.code, now_);
    perform queue._end(w.office_id, now_);
    select * into o from queue.office where office_id = w.office_id;
    answer := queue._waiting_json(o, w, now_);
    perform queue._remember(w.office_id, now_, send_code.actor, send_code.key, 'send_code', body, answer);
    return answer;
  end if;
  v := queue._visit(send_code.office_id, send_code.visit_id);
  if v.state <> 'held' then
    perform queue._refuse('QS409', 'not_held', jsonb_build_object('state', v.state));
  end if;
  wait := queue._next_code(f, v.phone, now_);
  if wait > 0 then
    perform queue._refuse('QS429', 'too_many_codes', jsonb_build_object('retry_after', wait));
  end if;
  update queue.phone_proof as p set code = send_code.code, sent = p.sent + 1, sent_at = now_
  where p.office_id = v.office_id and p.visit_id = v.visit_id;
  perform queue._message(v.office_id, 'code', v.visit_id, now_, jsonb_build_object('code', send_code.code,
    'minutes', greatest(1, floor(extract(epoch from v.held_until - now_) / 60))::integer, 'until', v.held_until));

  perform queue._end(v.office_id, now_);
  answer := queue._answer(v.office_id, v.visit_id, now_);
  perform queue._remember(v.office_id, now_, send_code.actor, send_code.key, 'send_code', body, answer);
  return answer;
end $$;
