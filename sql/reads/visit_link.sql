-- The secret of a visit's link, for the QR that a helper shows to its visitor. Null: no such visit.
create or replace function api.visit_link(office_id integer, at timestamptz, visit_id uuid) returns text
language sql stable security definer set search_path = '' as $$
  select encode(v.token, 'hex') from queue.visit as v where v.office_id = visit_link.office_id and v.visit_id = visit_link.visit_id
$$;
