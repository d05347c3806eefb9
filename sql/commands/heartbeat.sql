-- A device says that it is there: version, paper, its own clock. Losing the last word in a crash costs nothing, so nobody waits for the disk.
create or replace function api.heartbeat(office_id integer, at timestamptz, device_id text, role text, facts jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform set_config('synchronous_commit', 'off', true);
  insert into queue.device as d (office_id, device_id, role, last_at, facts)
  values (heartbeat.office_id, heartbeat.device_id, heartbeat.role, heartbeat.at, heartbeat.facts)
  on conflict (office_id, device_id) do update set role = excluded.role, last_at = greatest(d.last_at, excluded.last_at), facts = excluded.facts;
  return jsonb_build_object('at', heartbeat.at);
end $$;
