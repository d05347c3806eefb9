-- A second factor from now on: its secret as the service encrypted it, the step of the code that proved it, and the recovery codes as sha256. Every
-- session but the one kept ends. Refuses: QS404 no_such_account, QS409 factor_on.
create or replace function api.set_factor(at timestamptz, actor text, account_id uuid, totp bytea, step bigint, recovery bytea[], kept bytea) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  a ops.account := queue._account(set_factor.account_id);
begin
  if a.totp is not null then
    perform queue._refuse('QS409', 'factor_on', '{}');
  end if;
  update ops.account as r set totp = set_factor.totp, totp_step = set_factor.step, recovery = set_factor.recovery where r.account_id = a.account_id;
  update ops.session as s set ended_at = set_factor.at
  where s.account_id = a.account_id and s.ended_at is null and s.sha is distinct from set_factor.kept;
  perform queue._audit(set_factor.at, set_factor.actor, a.offices, 'set_factor', a.login, null, null);
  return jsonb_build_object('account_id', a.account_id);
end $$;
