-- Where a box stands that asks to be let in, by the sha256 of what will be its token: {state: waiting with code and expires_at, let_in, withdrawn}.
-- Null: it has not asked, or so long ago that its code is not good any more.
create or replace function api.pairing(sha bytea, at timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(
    (select jsonb_build_object('state', case when t.revoked_at is null then 'let_in' else 'withdrawn' end) from ops.token as t where t.sha = pairing.sha),
    (select jsonb_build_object('state', 'waiting', 'code', p.code, 'expires_at', p.expires_at)
     from ops.pairing as p where p.sha = pairing.sha and p.expires_at > pairing.at))
$$;
