-- Makes the one link by which somebody chooses a password; an earlier one is worth nothing any more. Refuses: QS404 no_such_account.
create or replace function api.link_account(at timestamptz, actor text, account_id uuid, sha bytea, expires_at timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  a ops.account := queue._account(link_account.account_id);
begin
  delete from ops.account_link as l where l.account_id = a.account_id;
  insert into ops.account_link (sha, account_id, expires_at) values (link_account.sha, a.account_id, link_account.expires_at);
  perform queue._audit(link_account.at, link_account.actor, a.offices, 'link_account', a.login, null, null);
  return jsonb_build_object('account_id', a.account_id);
end $$;
