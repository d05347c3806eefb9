-- A browser signs in with a key that is for one device: the first has it from now on. Answers whether this one may; another is noticed and told to staff.
create or replace function api.claim_token(at timestamptz, sha bytea, device bytea) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  t ops.token;
begin
  select * into t from ops.token as r where r.sha = claim_token.sha and r.revoked_at is null for update;
  if t.one_device and t.device is null and claim_token.device is not null then
    update ops.token as r set device = claim_token.device where r.sha = t.sha returning * into t;
    perform queue._audit(claim_token.at, t.role || ':' || t.label, t.offices, 'claim_token', t.label, null, null);
  elsif t.one_device and t.device is distinct from claim_token.device then
    -- Once an hour is enough for the trail, however often a thief tries.
    if t.elsewhere_at is null or t.elsewhere_at < claim_token.at - interval '1 hour' then
      perform queue._audit(claim_token.at, t.role || ':' || t.label, t.offices, 'token_elsewhere', t.label, null, null);
      update ops.token as r set elsewhere_at = claim_token.at where r.sha = t.sha;
    end if;
    return jsonb_build_object('mine', false);
  end if;
  return jsonb_build_object('mine', t.sha is not null);
end $$;
