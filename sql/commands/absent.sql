-- The called visitor does not come, or was served by one key with the call and is not there. The hour place goes back; the number can be revived today. A slip that nobody ever confirmed is void.
-- Who does not hear is not absent before a recall, which their phone shows, and three minutes more.
-- Refuses: QS404 no_such_visit, QS409 not_called, QS409 needs_text_recall {number, from}.
create or replace function api.absent(office_id integer, at timestamptz, actor text, key text, visit_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(absent.office_id, absent.at);
  body jsonb := jsonb_build_array(absent.visit_id);
  answer jsonb := queue._replay(absent.office_id, now_, absent.actor, absent.key, 'absent', body);
  o queue.office;
  v queue.visit;
  from_ timestamptz;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = absent.office_id;
  v := queue._visit(absent.office_id, absent.visit_id);
  perform queue._sits(o, v.counter_id, now_, absent.actor);
  if v.state <> 'called' and not queue._served_at_once(v) then
    perform queue._refuse('QS409', 'not_called', jsonb_build_object('state', v.state));
  end if;
  from_ := queue._recalled_at(v) + interval '3 minutes';
  if 'text' = any (v.needs) and (from_ is null or now_ < from_) then
    perform queue._refuse('QS409', 'needs_text_recall', jsonb_build_object('number', v.number, 'from', from_));
  end if;
  perform queue._unuse_place(o, v);
  if v.slip in ('pending', 'unconfirmed') then
    perform queue._void(o, v.visit_id, now_, absent.actor);
  else
    perform queue._move(o.office_id, v.visit_id, 'absent', now_, absent.actor);
  end if;

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_);
  perform queue._remember(o.office_id, now_, absent.actor, absent.key, 'absent', body, answer);
  return answer;
end $$;
