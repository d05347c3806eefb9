-- A new password, by a link that works once or (link null) by who knows the old one. Every session but the one kept ends.
-- Refuses: QS404 no_such_account, no_such_link.
create or replace function api.set_password(at timestamptz, actor text, account_id uuid, password text, link bytea, kept bytea) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  a ops.account := queue._account(set_password.account_id);
begin
  if set_password.link is not null then
    update ops.account_link as l set used_at = set_password.at
    where l.sha = set_password.link and l.account_id = a.account_id and l.used_at is null and l.expires_at > set_password.at;
    if not found or a.disabled_at is not null then
      perform queue._refuse('QS404', 'no_such_link', '{}');
    end if;
  end if;
  update ops.account as r set password = set_password.password where r.account_id = a.account_id;
  update ops.session as s set ended_at = set_password.at
  where s.account_id = a.account_id and s.ended_at is null and s.sha is distinct from set_password.kept;
  perform queue._audit(set_password.at, set_password.actor, a.offices, 'set_password', a.login, null, null);
  return jsonb_build_object('account_id', a.account_id);
end $$;
