-- Who lost phone and recovery codes signs in without a second factor again: a manager has seen that it is they. All their sessions end.
-- Refuses: QS404 no_such_account, QS409 factor_off.
create or replace function api.reset_factor(at timestamptz, actor text, account_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  a ops.account := queue._account(reset_factor.account_id);
begin
  if a.totp is null then
    perform queue._refuse('QS409', 'factor_off', '{}');
  end if;
  update ops.account as r set totp = null, totp_step = 0, recovery = '{}' where r.account_id = a.account_id;
  update ops.session as s set ended_at = reset_factor.at where s.account_id = a.account_id and s.ended_at is null;
  perform queue._audit(reset_factor.at, reset_factor.actor, a.offices, 'reset_factor', a.login, null, null);
  return jsonb_build_object('account_id', a.account_id);
end $$;
