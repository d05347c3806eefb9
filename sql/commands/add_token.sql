-- Lets the holder of a token act in a role, at some offices or (null) at all. Only the token's sha256 is kept. One for one device alone is
-- claimed by the first browser that signs in with it.
create or replace function api.add_token(at timestamptz, token_id uuid, sha bytea, role text, offices integer[], label text, actor text, one_device boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  insert into ops.token (token_id, sha, role, offices, label, created_at, one_device)
  values (add_token.token_id, add_token.sha, add_token.role, add_token.offices, add_token.label, add_token.at, add_token.one_device);
  perform queue._audit(add_token.at, add_token.actor, add_token.offices, 'add_token', add_token.label, null, jsonb_build_object('role', add_token.role));
  return jsonb_build_object('token_id', add_token.token_id);
end $$;
