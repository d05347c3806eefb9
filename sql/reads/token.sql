-- What the token with this sha256 may do: {token_id, role, offices, label, device}; device is the sha256 of the one browser it belongs to, in hex.
-- Null: unknown or withdrawn.
create or replace function api.token(sha bytea) returns jsonb
language sql stable security definer set search_path = '' as $$
  select (
    select jsonb_build_object('token_id', t.token_id, 'role', t.role, 'offices', t.offices, 'label', t.label, 'device', encode(t.device, 'hex'))
    from ops.token as t where t.sha = token.sha and t.revoked_at is null)
$$;
