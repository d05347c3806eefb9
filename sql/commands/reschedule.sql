-- Moves a booking to another time: the same visit and code, a new revision; the old cells count as free for it.
-- Refuses: QS404 no_such_visit, QS409 not_booked slot_full, QS422 the time's own refusals (see book_slots).
create or replace function api.reschedule(office_id integer, at timestamptz, actor text, key text, visit_id uuid, starts_at timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(reschedule.office_id, reschedule.at);
  body jsonb := jsonb_build_array(reschedule.visit_id, reschedule.starts_at);
  answer jsonb := queue._replay(reschedule.office_id, now_, reschedule.actor, reschedule.key, 'reschedule', body);
  o queue.office;
  v queue.visit;
  services jsonb;
  refusal record;
  takes queue.take[];
  full_ record;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = reschedule.office_id;
  v := queue._visit(reschedule.office_id, reschedule.visit_id);
  if v.state not in ('held', 'booked') then
    perform queue._refuse('QS409', 'not_booked', jsonb_build_object('state', v.state));
  end if;

  services := queue._services(v.office_id, v.visit_id, 1);
  select * into refusal from queue._refuse_time(o, services, reschedule.starts_at, now_);
  if refusal.outcome is not null then
    perform queue._refuse('QS422', refusal.outcome, refusal.facts);
  end if;

  if v.revision = 1 and v.asked is not null then
    insert into queue.request (office_id, caller, key, command, body, answer, visit_id, at)
    values (v.office_id, 'booking', v.visit_id::text, 'book_slots', v.asked, queue._booking_answer(v), v.visit_id, v.created_at);
  end if;
  perform queue._release(v.office_id, v.visit_id);
  takes := queue._takes(o, services, reschedule.starts_at, v.party_size);
  select * into full_ from queue._room(o, takes, v.party_size);
  if full_.cap is not null then
    perform queue._refuse('QS409', 'slot_full', jsonb_build_object('cap', full_.cap, 'left', greatest(full_.room, 0)));
  end if;
  perform queue._take_more(v.office_id, v.visit_id, takes);
  update queue.visit as w
  set starts_at = reschedule.starts_at, ends_at = refusal.ends_at, day = queue._day(o, reschedule.starts_at), revision = w.revision + 1,
      promised = false, booked = true, attention = ''
  where w.office_id = v.office_id and w.visit_id = v.visit_id;
  perform queue._move(v.office_id, v.visit_id, 'booked', now_, reschedule.actor, 'moved');
  perform queue._revoke(v.office_id, v.visit_id, v.revision, 'moved', now_);
  perform queue._message(v.office_id, 'moved', v.visit_id, now_, jsonb_build_object('revision', v.revision + 1));
  perform queue._remind(o, v.visit_id, now_);

  perform queue._end(v.office_id, now_);
  answer := queue._answer(v.office_id, v.visit_id, now_);
  perform queue._remember(v.office_id, now_, reschedule.actor, reschedule.key, 'reschedule', body, answer);
  return answer;
end $$;
