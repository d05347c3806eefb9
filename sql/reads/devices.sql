-- The devices of an office and when each was last heard of.
create or replace function api.devices(office_id integer, at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('device', d.device_id, 'role', d.role, 'last_at', d.last_at, 'facts', d.facts,
      'silent', d.last_at < devices.at - interval '30 seconds') order by d.device_id), '[]')
    from queue.device as d where d.office_id = devices.office_id);
end $$;
