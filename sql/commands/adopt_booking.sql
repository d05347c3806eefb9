-- At the box: a booking it has not heard of, or not in this revision, believed for its signature. It takes its place among the booked, on what counts as
-- sold, and is then judged at the door like the others. What somebody has come for already stays as it is. No other place: it stays unknown.
-- signed: {revision, services, starts_at, ends_at, party_size, priority, needs}; token: the link's secret. Answers {adopted}.
create or replace function api.adopt_booking(office_id integer, at timestamptz, actor text, visit_id uuid, token text, signed jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(adopt_booking.office_id, adopt_booking.at);
  o queue.office;
  v queue.visit;
  starts timestamptz := (signed ->> 'starts_at')::timestamptz;
  takes queue.take[];
begin
  select * into o from queue.office where office_id = adopt_booking.office_id;
  select * into v from queue.visit as w where w.office_id = o.office_id and w.visit_id = adopt_booking.visit_id;
  if not queue._is_box(o.office_id) or v.revision >= (signed ->> 'revision')::integer or v.visit_id is not null and not queue._nobody_came(v)
     or exists (select from queue._legs(o, signed -> 'services') as l where l.queue_id is null)
     or starts <> queue._cell(starts) or queue._day(o, starts) not between queue._day(o, now_) - 1 and queue._day(o, now_) + 400 then
    return '{"adopted": false}'::jsonb;
  end if;

  takes := queue._takes(o, signed -> 'services', starts, (signed ->> 'party_size')::integer);
  if v.visit_id is not null then
    perform queue._release(o.office_id, v.visit_id);
    update queue.visit as w
    set starts_at = starts, ends_at = (signed ->> 'ends_at')::timestamptz, day = queue._day(o, starts), revision = (signed ->> 'revision')::integer, over_at = null
    where w.office_id = o.office_id and w.visit_id = v.visit_id;
    perform queue._take_more(o.office_id, v.visit_id, takes);
    perform queue._move(o.office_id, v.visit_id, 'booked', now_, adopt_booking.actor, 'moved');
  else
    insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, revision, channel, booked, starts_at, ends_at, party_size, booked_party,
                             priority, needs, queue_id, area_id, takes, created_at)
    select o.office_id, adopt_booking.visit_id, 'booked', now_, queue._day(o, starts), queue._free_code(o.office_id, now_, floor(random() * 10000)::integer, '{}'),
      decode(adopt_booking.token, 'hex'), (signed ->> 'revision')::integer, 'web', true, starts, (signed ->> 'ends_at')::timestamptz,
      (signed ->> 'party_size')::integer, (signed ->> 'party_size')::integer, coalesce(signed ->> 'priority', ''),
      array(select jsonb_array_elements_text(signed -> 'needs')), l.queue_id, l.area_id, takes, now_
    from queue._legs(o, signed -> 'services') as l where l.service_no = 1;
    insert into queue.visit_service (office_id, visit_id, service_no, service_id, queue_id, quantity, minutes)
    select o.office_id, adopt_booking.visit_id, l.service_no, l.service_id, l.queue_id, l.quantity, l.minutes from queue._legs(o, signed -> 'services') as l;
    insert into queue.stay (office_id, visit_id, stay_no, state, present, area_id, queue_id, heads, started_at, actor, reason)
    select o.office_id, w.visit_id, 1, 'booked', false, w.area_id, w.queue_id, w.party_size, now_, adopt_booking.actor, 'signature'
    from queue.visit as w where w.office_id = o.office_id and w.visit_id = adopt_booking.visit_id;
    perform queue._add_usage(o.office_id, takes);
  end if;
  perform queue._end(o.office_id, now_);
  return '{"adopted": true}'::jsonb;
end $$;
