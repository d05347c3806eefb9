-- Writes what time alone has decided; run when an office is due.
create or replace function api.settle(office_id integer, at timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform queue._begin(settle.office_id, settle.at);
  return (select jsonb_build_object('version', s.version) from queue.office_state as s where s.office_id = settle.office_id);
end $$;
