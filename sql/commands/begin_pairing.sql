-- A device asks to be let in: answers the code for its screen. The same device again gets the code it has, while that is good. A box asks for one office.
-- Refuses: QS409 code_taken, key_used.
create or replace function api.begin_pairing(at timestamptz, sha bytea, device bytea, code text, expires_at timestamptz, office_id integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  p ops.pairing;
begin
  if exists (select from ops.token as t where t.sha = begin_pairing.sha) then  -- it was let in once, and withdrawn
    perform queue._refuse('QS409', 'key_used', '{}');
  end if;
  delete from ops.pairing as r where r.expires_at <= begin_pairing.at;
  insert into ops.pairing (sha, device, code, expires_at, office_id)
  values (begin_pairing.sha, begin_pairing.device, begin_pairing.code, begin_pairing.expires_at, begin_pairing.office_id)
  on conflict do nothing;
  select * into p from ops.pairing as r where r.sha = begin_pairing.sha;
  if not found then  -- another device shows this very code: ask again with another one
    perform queue._refuse('QS409', 'code_taken', '{}');
  end if;
  return jsonb_build_object('code', p.code, 'expires_at', p.expires_at);
end $$;
