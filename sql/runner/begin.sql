-- Before all functions are made anew, in the same transaction: clears the old ones away.

set local check_function_bodies = off;
set local client_min_messages = warning;
-- The role belongs to the whole server, so two databases may be making it at once. The owner may act as it, superuser or not.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'queue_app') then
    create role queue_app login;
  end if;
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise exception 'the role queue_app is missing: an administrator must run: create role queue_app login'
      using errcode = sqlstate;
end
$$;
do $$
begin
  execute format('grant queue_app to %I', current_user);
exception when insufficient_privilege or internal_error or unique_violation then
  null;
end
$$;
create schema if not exists queue;
drop schema if exists api cascade;
do $$
declare
  f record;
begin
  for f in
    select p.oid::regprocedure as signature, p.prokind
    from pg_catalog.pg_proc p
    where p.pronamespace = 'queue'::regnamespace
      and not exists (select from pg_catalog.pg_depend d
                      where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')
  loop
    execute format('drop %s %s', case f.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end, f.signature);
  end loop;
end
$$;
create schema api;
