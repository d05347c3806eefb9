-- Somebody who may reads the code off the device's screen: it works here from now on, as this. What it keeps secret is its token; nobody else sees it.
-- What a box asked for is all it gets: that it is a box, of that office. A browser is never a box.
-- Refuses: QS404 no_such_code, QS409 code_of_box, code_of_device.
create or replace function api.pair_device(at timestamptz, actor text, token_id uuid, code text, role text, offices integer[], label text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  p ops.pairing;
begin
  select * into p from ops.pairing as r
  where r.code = pair_device.code and r.token_id is null and r.expires_at > pair_device.at and (r.office_id is null or array[r.office_id] = pair_device.offices)
  for update;
  if not found then
    perform queue._refuse('QS404', 'no_such_code', '{}');
  elsif p.office_id is not null and pair_device.role <> 'box' then
    perform queue._refuse('QS409', 'code_of_box', '{}');
  elsif p.office_id is null and pair_device.role = 'box' then
    perform queue._refuse('QS409', 'code_of_device', '{}');
  end if;
  update ops.pairing as r set token_id = pair_device.token_id where r.sha = p.sha;
  insert into ops.token (token_id, sha, role, offices, label, created_at, one_device, device)
  values (pair_device.token_id, p.sha, pair_device.role, pair_device.offices, pair_device.label, pair_device.at, p.device is not null, p.device);
  perform queue._audit(pair_device.at, pair_device.actor, pair_device.offices, 'pair_device', pair_device.label, null,
    jsonb_build_object('role', pair_device.role));
  return jsonb_build_object('token_id', pair_device.token_id);
end $$;
