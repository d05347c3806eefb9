-- Changes what an account may do, or withdraws it: its sessions end at once, whatever process holds them. What is null stays as it is;
-- an empty subject is taken away.
-- Refuses: QS404 no_such_account, QS409 last_admin (somebody must be able to let others in), subject_taken.
create or replace function api.set_account(at timestamptz, actor text, account_id uuid, role text, disabled boolean, subject text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  a ops.account := queue._account(set_account.account_id);
  b ops.account;
begin
  -- Two that claim one subject in the same moment meet here.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('subject ' || set_account.subject));
  if exists (select from ops.account as o where o.subject = nullif(set_account.subject, '') and o.account_id <> a.account_id) then
    perform queue._refuse('QS409', 'subject_taken', '{}');
  end if;
  update ops.account as r
  set role = coalesce(set_account.role, r.role),
      subject = case when set_account.subject is null then r.subject else nullif(set_account.subject, '') end,
      disabled_at = case when set_account.disabled then coalesce(r.disabled_at, set_account.at) when not set_account.disabled then null else r.disabled_at end
  where r.account_id = a.account_id returning * into b;
  if a.role = 'admin' and a.offices is null and a.disabled_at is null and (b.role <> 'admin' or b.disabled_at is not null) then
    -- Two administrators who withdraw each other meet here.
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('last_admin'));
    if not exists (select from ops.account as o where o.role = 'admin' and o.offices is null and o.disabled_at is null) then
      perform queue._refuse('QS409', 'last_admin', '{}');
    end if;
  end if;
  if b.disabled_at is not null then
    update ops.session as s set ended_at = set_account.at where s.account_id = b.account_id and s.ended_at is null;
  end if;
  if queue._account_json(a) is distinct from queue._account_json(b) or a.subject is distinct from b.subject then
    perform queue._audit(set_account.at, set_account.actor, b.offices, 'set_account', b.login, queue._account_json(a), queue._account_json(b));
  end if;
  return jsonb_build_object('account_id', b.account_id);
end $$;
