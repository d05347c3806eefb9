-- One visit as staff see it. Null: no such visit.
create or replace function api.visit(office_id integer, at timestamptz, visit_id uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  v queue.visit;
begin
  select * into o from queue.office as k where k.office_id = visit.office_id;
  select * into v from queue.visit as k where k.office_id = visit.office_id and k.visit_id = visit.visit_id;
  if not found then
    return null;
  end if;
  return queue._visit_for_staff(o, v, visit.at);
end $$;
