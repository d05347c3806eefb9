-- Moves a booking to another time: the same visit and code, a new revision; the old cells count as free for it.
-- Refuses: QS404 no_such_visit, QS409 not_booked not_proven slot_full, QS422 the time's own refusals (see book_slots).
create or replace function api.reschedule(office_id integer, at timestamptz, actor text, key text, visit_id uuid, starts_at timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(reschedule.office_id, reschedule.at);
  body jsonb := jsonb_build_array(reschedule.visit_id, reschedule.starts_at);
  answer jsonb := queue._replay(reschedule.office_id, now_, reschedule.actor, reschedule.key, 'reschedule', body);
  o queue.office;
  v queue.visit;
  services jsonb;
  refusal record;
  takes queue.take[];
  full_ record;
  gone queue.take[];
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = reschedule.office_id;
  v := queue._visit(reschedule.office_id, reschedule.visit_id);
  if v.state = 'held' then
    perform queue._refuse('QS409', 'not_proven', '{}');
  elsif v.state <> 'booked' then
    perform queue._refuse('QS409', 'not_booked', jsonb_build_object('state', v.state));
  end if;

  if queue._belongs_to_box(o, v, now_) then
    perform queue._refuse('QS409', 'floor_elsewhere', (
      select jsonb_build_object('box', f.box_name, 'heard_at', f.heard_at) from queue.floor as f where f.office_id = o.office_id));
  end if;

  services := queue._services(v.office_id, v.visit_id, 1);
  select * into refusal from queue._refuse_time(o, services, reschedule.starts_at, now_);
  if refusal.outcome is not null then
    perform queue._refuse('QS422', refusal.outcome, refusal.facts);
  end if;

  gone := array(select t from unnest(v.takes) as t where not t.used);
  perform queue._release(v.office_id, v.visit_id);
  takes := queue._takes(o, services, reschedule.starts_at, v.party_size);
  select * into full_ from queue._room(o, takes, v.party_size);
  if full_.cap is not null then
    perform queue._refuse('QS409', 'slot_full', jsonb_build_object('cap', full_.cap, 'left', greatest(full_.room, 0)));
  end if;
  perform queue._add_usage(v.office_id, takes);
  perform queue._moved(o, v, reschedule.starts_at, refusal.ends_at, takes, now_, reschedule.actor);
  perform queue._freed(o, services, v.starts_at, v.ends_at, v.booked_party, gone, now_, true);

  perform queue._end(v.office_id, now_);
  answer := queue._answer(v.office_id, v.visit_id, now_);
  perform queue._remember(v.office_id, now_, reschedule.actor, reschedule.key, 'reschedule', body, answer);
  return answer;
end $$;
