-- After all functions were made: what readiness asks; nobody executes anything without being told so.

create function api.applied_migrations() returns table (name text, sha text)
language sql stable security definer set search_path = '' as $$
  select m.name, m.sha from ops.migration as m order by m.name
$$;
revoke execute on all functions in schema api from public;
revoke execute on all functions in schema queue from public;
grant usage on schema api to queue_app;
grant execute on all functions in schema api to queue_app;

-- The files came in no particular order, so bodies were not looked at; now that all are there, they are.
set local check_function_bodies = on;
do $$
declare
  f record;
begin
  for f in
    select p.oid, p.oid::regprocedure as signature, l.lanname as language
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_language as l on l.oid = p.prolang
    where p.pronamespace in ('api'::regnamespace, 'queue'::regnamespace)
      and l.lanname in ('sql', 'plpgsql')
      and not exists (select from pg_catalog.pg_depend as d
                      where d.objid = p.oid and d.classid = 'pg_catalog.pg_proc'::regclass and d.deptype = 'e')
  loop
    begin
      if f.language = 'sql' then
        perform pg_catalog.fmgr_sql_validator(f.oid);
      else
        perform pg_catalog.plpgsql_validator(f.oid);
      end if;
    exception when others then
      raise exception '%: %', f.signature, sqlerrm using errcode = sqlstate;
    end;
  end loop;
end
$$;
