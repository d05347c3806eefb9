-- Withdraws a token, at once and for good. Refuses: QS404 no_such_token.
create or replace function api.revoke_token(at timestamptz, token_id uuid, actor text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  t ops.token;
begin
  select * into t from ops.token as r where r.token_id = revoke_token.token_id for update;
  if not found then
    perform queue._refuse('QS404', 'no_such_token', '{}');
  end if;
  if t.revoked_at is null then
    update ops.token as r set revoked_at = revoke_token.at where r.token_id = t.token_id;
    perform queue._audit(revoke_token.at, revoke_token.actor, t.offices, 'revoke_token', t.label, jsonb_build_object('role', t.role), null);
  end if;
  return jsonb_build_object('token_id', t.token_id);
end $$;
