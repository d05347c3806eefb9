-- Withdraws a token. Refuses: QS404 no_such_token.
create or replace function api.revoke_token(at timestamptz, token_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  update ops.token as t set revoked_at = coalesce(t.revoked_at, revoke_token.at) where t.token_id = revoke_token.token_id;
  if not found then
    perform queue._refuse('QS404', 'no_such_token', '{}');
  end if;
  return jsonb_build_object('token_id', revoke_token.token_id);
end $$;
