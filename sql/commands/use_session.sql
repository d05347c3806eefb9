-- Whose session this is; null when it has ended, was idle too long, is too old, or its account was withdrawn. What a page does by itself
-- (alive false) keeps no session open.
create or replace function api.use_session(at timestamptz, sha bytea, alive boolean, idle interval, longest interval) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  s ops.session;
  a ops.account;
begin
  select * into s from ops.session as r
  where r.sha = use_session.sha and r.ended_at is null and r.seen_at > use_session.at - idle and r.created_at > use_session.at - longest;
  select * into a from ops.account as r where r.account_id = s.account_id and r.disabled_at is null;
  if a.account_id is null then
    return null;
  end if;
  if alive and s.seen_at < use_session.at - interval '30 seconds' then
    update ops.session as r set seen_at = greatest(r.seen_at, use_session.at) where r.sha = use_session.sha and r.ended_at is null;
  end if;
  return jsonb_build_object('account_id', a.account_id, 'role', a.role, 'login', a.login, 'name', a.name, 'offices', queue._reach(a), 'authority', a.authority_id,
                            'second_factor', a.totp is not null);
end $$;
