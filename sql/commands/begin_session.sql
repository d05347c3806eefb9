-- Somebody has signed in. Whose account has a second factor brings it along: the step of a code (used once, and none before it), or a recovery code as
-- its sha256 (used up). Answers {account_id, recovery_left}. Refuses: QS404 no_such_account (withdrawn meanwhile), QS422 bad_code.
create or replace function api.begin_session(at timestamptz, sha bytea, account_id uuid, step bigint, recovery bytea) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  a ops.account := queue._account(begin_session.account_id);
begin
  if a.disabled_at is not null then
    perform queue._refuse('QS404', 'no_such_account', '{}');
  elsif a.totp is not null then
    a := queue._use_factor(a, begin_session.step, begin_session.recovery);
  end if;
  insert into ops.session (sha, account_id, created_at, seen_at) values (begin_session.sha, a.account_id, begin_session.at, begin_session.at);
  perform queue._audit(begin_session.at, a.role || ':' || a.login, a.offices, 'sign_in', a.login, null,
    case when a.totp is not null then jsonb_build_object('second_factor', case when begin_session.recovery is null then 'code' else 'recovery code' end) end);
  return jsonb_build_object('account_id', a.account_id, 'recovery_left', cardinality(a.recovery));
end $$;
