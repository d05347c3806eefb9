-- The keys that open an office and no other, newest first: [{token_id, role, label, offices, created_at, one_device, elsewhere_at}].
create or replace function api.tokens(office_id integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'token_id', t.token_id, 'role', t.role, 'label', t.label, 'offices', t.offices, 'created_at', t.created_at,
    'one_device', t.one_device, 'elsewhere_at', t.elsewhere_at) order by t.created_at desc, t.token_id), '[]')
  from ops.token as t
  where tokens.office_id = any (t.offices) and t.revoked_at is null
$$;
