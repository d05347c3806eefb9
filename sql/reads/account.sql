-- What signing in compares: {account_id, login, role, offices, authority, password, totp, totp_step, subject, recovery_left, disabled}, by login, by the sha256 of a link that still works,
-- or by who they are to the organisation. Null: there is none.
create or replace function api.account(at timestamptz, login text, link bytea, subject text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select (
    select jsonb_build_object('account_id', a.account_id, 'login', a.login, 'name', a.name, 'role', a.role, 'offices', queue._reach(a), 'authority', a.authority_id, 'password', a.password,
                              'totp', encode(a.totp, 'hex'), 'totp_step', a.totp_step, 'subject', a.subject, 'recovery_left', cardinality(a.recovery), 'disabled', a.disabled_at is not null)
    from ops.account as a
    where (a.login = account.login)
       or (a.subject = account.subject)
       or (account.link is not null and a.disabled_at is null and a.account_id = (
             select l.account_id from ops.account_link as l
             where l.sha = account.link and l.used_at is null and l.expires_at > account.at))
    limit 1)
$$;
