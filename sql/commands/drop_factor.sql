-- Without a second factor from now on, by its owner, who proves to have it still. Refuses: QS404 no_such_account, QS409 factor_off, QS422 bad_code.
create or replace function api.drop_factor(at timestamptz, actor text, account_id uuid, step bigint, recovery bytea) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  a ops.account := queue._account(drop_factor.account_id);
begin
  if a.totp is null then
    perform queue._refuse('QS409', 'factor_off', '{}');
  end if;
  a := queue._use_factor(a, drop_factor.step, drop_factor.recovery);
  update ops.account as r set totp = null, totp_step = 0, recovery = '{}' where r.account_id = a.account_id;
  perform queue._audit(drop_factor.at, drop_factor.actor, a.offices, 'drop_factor', a.login, null, null);
  return jsonb_build_object('account_id', a.account_id);
end $$;
