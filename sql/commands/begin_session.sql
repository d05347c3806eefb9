-- Somebody has signed in. Refuses: QS404 no_such_account (withdrawn meanwhile).
create or replace function api.begin_session(at timestamptz, sha bytea, account_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  a ops.account := queue._account(begin_session.account_id);
begin
  if a.disabled_at is not null then
    perform queue._refuse('QS404', 'no_such_account', '{}');
  end if;
  insert into ops.session (sha, account_id, created_at, seen_at) values (begin_session.sha, a.account_id, begin_session.at, begin_session.at);
  perform queue._audit(begin_session.at, a.role || ':' || a.login, a.offices, 'sign_in', a.login, null, null);
  return jsonb_build_object('account_id', a.account_id);
end $$;
