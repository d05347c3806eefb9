-- The first page: every office with whether it is open, its hours today and how full its areas are.
create or replace function api.offices(at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  return (
    select coalesce(jsonb_agg(queue._office_json(o, offices.at) order by o.office_id), '[]')
    from queue.office as o where not o.retired);
end $$;
