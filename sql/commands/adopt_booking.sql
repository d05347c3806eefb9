-- At the box: a booking it has not heard of, or not in this revision, or not that it was proven, believed for its signature. It takes its place among
-- the booked, on what counts as sold, and is then judged at the door like the others. What somebody has come for already stays as it is; so does the
-- visit of whoever typed the code of this ticket today, which the ticket leads to from now on. No other place: it stays unknown.
-- signed: {revision, services, starts_at, ends_at, party_size, priority, needs; code, on tickets that bear it}; token: the link's secret. Answers {adopted}.
create or replace function api.adopt_booking(office_id integer, at timestamptz, actor text, visit_id uuid, token text, signed jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(adopt_booking.office_id, adopt_booking.at);
  o queue.office;
  v queue.visit;
  starts timestamptz := (signed ->> 'starts_at')::timestamptz;
begin
  select * into o from queue.office where office_id = adopt_booking.office_id;
  select * into v from queue.visit as w where w.office_id = o.office_id and w.visit_id = adopt_booking.visit_id;
  if not queue._is_box(o.office_id) or v.revision >= (signed ->> 'revision')::integer and v.state <> 'held' or v.visit_id is not null and not queue._nobody_came(v)
     or exists (select from queue._legs(o, signed -> 'services') as l where l.queue_id is null)
     or starts <> queue._cell(starts) or queue._day(o, starts) not between queue._day(o, now_) - 1 and queue._day(o, now_) + 400 then
    return '{"adopted": false}'::jsonb;
  end if;

  update queue.says_booked as s set booking_id = adopt_booking.visit_id
  from queue.visit as d
  where v.visit_id is null and s.office_id = o.office_id and s.code = signed ->> 'code'
    and d.office_id = s.office_id and d.visit_id = s.visit_id and d.day = queue._day(o, starts);
  if found then
    perform queue._end(o.office_id, now_);
    return '{"adopted": false}'::jsonb;
  end if;

  perform queue._adopt(o, now_, adopt_booking.actor, adopt_booking.visit_id, adopt_booking.token, signed);
  perform queue._end(o.office_id, now_);
  return '{"adopted": true}'::jsonb;
end $$;
