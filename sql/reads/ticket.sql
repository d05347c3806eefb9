-- The visit as whoever holds its link may see it, with its office. Null: no such ticket.
create or replace function api.ticket(office_id integer, at timestamptz, token bytea) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  v queue.visit;
begin
  select * into o from queue.office as k where k.office_id = ticket.office_id;
  select * into v from queue.visit as k where k.office_id = ticket.office_id and k.token = ticket.token;
  if not found then
    return null;
  end if;
  v := queue._joined(v);
  return queue._visit_for_staff(o, v, ticket.at) || jsonb_build_object(
    'token', encode(ticket.token, 'hex'),
    'office', queue._office_json(o, ticket.at) || jsonb_build_object('earliness_minutes', o.earliness_minutes, 'lateness_minutes', o.lateness_minutes,
      'absent_minutes', o.absent_minutes, 'invitation_minutes', o.invitation_minutes, 'largest_party', o.largest_party),
    'area_name_vi', (select a.name_vi from queue.area as a where a.office_id = o.office_id and a.area_id = v.area_id),
    'area_name_en', (select a.name_en from queue.area as a where a.office_id = o.office_id and a.area_id = v.area_id),
    'counter_vi', (select c.name_vi from queue.counter as c where c.office_id = o.office_id and c.counter_id = v.counter_id),
    'counter_en', (select c.name_en from queue.counter as c where c.office_id = o.office_id and c.counter_id = v.counter_id),
    'invited_until', case when v.state = 'invited' then v.state_at + make_interval(mins => o.invitation_minutes) end,
    'recalled_at', queue._recalled_at(v),
    -- what the clerk ticked or wrote as missing, while the visit is set aside for it
    'missing', case when v.state = 'parked' then (
      select s.reason from queue.stay as s where s.office_id = o.office_id and s.visit_id = v.visit_id and s.ended_at is null) else '' end,
    'change', (select jsonb_build_object('was', m.was, 'starts_at', m.starts_at, 'accepted_at', m.accepted_at)
               from queue.change_move as m
               where m.office_id = o.office_id and m.visit_id = v.visit_id and m.revision = v.revision and v.state = 'booked'
               order by m.accepted_at nulls first limit 1),
    'wish', (select 'cancel' from queue.floor as f where f.office_id = o.office_id and f.side = 'hub' and v.state = 'booked' and exists (
      select from queue.floor_entry as e where e.office_id = o.office_id and e.kind = 'wish' and e.body ->> 'visit_id' = v.visit_id::text)),
    'papers_vi', queue._papers(v, 'vi'),
    'papers_en', queue._papers(v, 'en'));
end $$;
