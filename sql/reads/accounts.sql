-- All accounts, or those of one office: [{account_id, login, name, role, offices, authority, disabled, has_password, second_factor, seen_at, sessions}].
create or replace function api.accounts(office_id integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'account_id', a.account_id, 'login', a.login, 'name', a.name, 'role', a.role, 'offices', a.offices, 'authority', a.authority_id, 'disabled', a.disabled_at is not null,
    'has_password', a.password is not null, 'second_factor', a.totp is not null,
    'seen_at', (select max(s.seen_at) from ops.session as s where s.account_id = a.account_id)) order by a.disabled_at is not null, a.login), '[]')
  from ops.account as a
  where accounts.office_id is null or accounts.office_id = any (a.offices)
$$;
