-- The trail of changes. A row is written in the transaction of the change; nothing the application may call changes or removes one.

-- Where this call comes from, as db.py has said for this transaction.
create or replace function queue._origin() returns text
language sql stable as $$
  select nullif(current_setting('queue.origin', true), '')
$$;

-- Keeps who changed what. Only what differs between before and after is kept.
create or replace function queue._audit(at timestamptz, actor text, offices integer[], act text, target text, before jsonb, after jsonb) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  insert into ops.audit (at, actor, origin, offices, act, target, before, after)
  values (_audit.at, _audit.actor, queue._origin(), _audit.offices, _audit.act, _audit.target,
          queue._differing(_audit.before, _audit.after), queue._differing(_audit.after, _audit.before));
end $$;

-- What one has and the other has not: of an object the fields that differ, of a list the members.
create or replace function queue._differing(one jsonb, other jsonb) returns jsonb
language plpgsql immutable as $$
begin
  if jsonb_typeof(one) = 'object' and jsonb_typeof(other) = 'object' then
    return (select coalesce(jsonb_object_agg(f.key, queue._differing(f.value, other -> f.key)), '{}')
            from jsonb_each(one) as f where f.value is distinct from other -> f.key);
  elsif jsonb_typeof(one) = 'array' and jsonb_typeof(other) = 'array' then
    return (select coalesce(jsonb_agg(d.m), '[]')
            from (select e.m from jsonb_array_elements(one) as e (m) except select e.m from jsonb_array_elements(other) as e (m)) as d);
  end if;
  return one;
end $$;

-- The offices of an authority, by which the trail finds what is changed above them; null: it has none yet.
create or replace function queue._offices_of(authority_id text) returns integer[]
language sql stable as $$
  select array_agg(x.office_id order by x.office_id) from ops.authority_office as x where x.authority_id = _offices_of.authority_id
$$;

-- An account as the trail keeps it: no hash, no secret, no name.
create or replace function queue._account_json(a ops.account) returns jsonb
language sql immutable as $$
  select jsonb_build_object('role', a.role, 'offices', a.offices, 'authority', a.authority_id, 'disabled', a.disabled_at is not null,
                            'second_factor', a.totp is not null, 'subject', a.subject is not null)
$$;

-- The offices an account reaches now; null: every one. Somebody of an authority reaches those that are its own at that moment.
create or replace function queue._reach(a ops.account) returns integer[]
language sql stable as $$
  select case when a.role = 'authority' then array(select x.office_id from ops.authority_office as x where x.authority_id = a.authority_id order by 1)
         else a.offices end
$$;

-- The account, locked. Refuses: QS404 no_such_account.
create or replace function queue._account(account_id uuid) returns ops.account
language plpgsql as $$
#variable_conflict use_column
declare
  a ops.account;
begin
  select * into a from ops.account as r where r.account_id = _account.account_id for update;
  if not found then
    perform queue._refuse('QS404', 'no_such_account', '{}');
  end if;
  return a;
end $$;

-- The second factor of an account that is locked, used: each code once. Refuses: QS422 bad_code.
create or replace function queue._use_factor(a ops.account, step bigint, recovery bytea) returns ops.account
language plpgsql as $$
#variable_conflict use_column
declare
  b ops.account;
begin
  update ops.account as r
  set totp_step = greatest(r.totp_step, coalesce(_use_factor.step, 0)), recovery = array_remove(r.recovery, _use_factor.recovery)
  where r.account_id = a.account_id and (_use_factor.step > r.totp_step or _use_factor.recovery = any (r.recovery))
  returning r.* into b;
  if not found then
    perform queue._refuse('QS422', 'bad_code', '{}');
  end if;
  return b;
end $$;
