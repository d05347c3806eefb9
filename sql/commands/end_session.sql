-- Signs out: this session, or (everywhere) all sessions of its account.
create or replace function api.end_session(at timestamptz, sha bytea, everywhere boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  ended integer;
begin
  update ops.session as s set ended_at = end_session.at
  where s.ended_at is null and (s.sha = end_session.sha
    or (end_session.everywhere and s.account_id = (select r.account_id from ops.session as r where r.sha = end_session.sha and r.ended_at is null)));
  get diagnostics ended = row_count;
  return jsonb_build_object('ended', ended);
end $$;
