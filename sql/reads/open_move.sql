-- The booking of this phone that an office gave another time, or found none for (`placed`), and that still waits for a word, the first to come first; else
-- one that was agreed to within the last hour, for a word that comes twice. Null: neither.
create or replace function api.open_move(phone text, at timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select queue._visit_json(o, v, open_move.at) || jsonb_build_object('office_id', o.office_id, 'placed', m.starts_at is not null,
    'accepted', m.accepted_at is not null, 'told_at', c.applied_at)
  from queue.office as o
  join queue.visit as v on v.office_id = o.office_id and v.phone = open_move.phone and v.phone <> '' and v.over_at is null
    and v.state = 'booked' and v.starts_at > open_move.at
  join queue.change_move as m on m.office_id = v.office_id and m.visit_id = v.visit_id and m.revision = v.revision
  join queue.change as c on c.office_id = m.office_id and c.change_id = m.change_id
  where not o.retired and (m.accepted_at is null or m.accepted_at > open_move.at - interval '1 hour')
  order by m.accepted_at nulls first, v.starts_at, c.applied_at desc limit 1
$$;
