-- Lets a person have an account: a role at some offices or (null) at all, or at whichever are an authority's. It opens nothing before a password is chosen.
-- Refuses: QS409 login_taken, QS422 bad_login, QS404 no_such_authority.
create or replace function api.add_account(at timestamptz, actor text, account_id uuid, login text, name text, role text, offices integer[],
                                           authority_id text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  a ops.account;
begin
  if add_account.login !~ '^[a-z0-9][a-z0-9._@-]{1,79}$' then
    perform queue._refuse('QS422', 'bad_login', '{}');
  end if;
  if (add_account.role = 'authority') and not exists (select from ops.authority as k where k.authority_id = add_account.authority_id) then
    perform queue._refuse('QS404', 'no_such_authority', '{}');
  end if;
  insert into ops.account (account_id, login, name, role, offices, authority_id, created_at)
  values (add_account.account_id, add_account.login, add_account.name, add_account.role, add_account.offices, add_account.authority_id, add_account.at)
  on conflict (login) do nothing
  returning * into a;
  if a.account_id is null then
    perform queue._refuse('QS409', 'login_taken', '{}');
  end if;
  perform queue._audit(add_account.at, add_account.actor, a.offices, 'add_account', a.login, null, queue._account_json(a));
  return jsonb_build_object('account_id', a.account_id, 'login', a.login);
end $$;
