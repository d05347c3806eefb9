-- After all functions were made: what readiness asks; nobody executes anything without being told so.

create function api.applied_migrations() returns table (name text, sha text)
language sql stable security definer set search_path = '' as $$
  select m.name, m.sha from ops.migration as m order by m.name
$$;
revoke execute on all functions in schema api from public;
revoke execute on all functions in schema queue from public;
grant usage on schema api to queue_app;
grant execute on all functions in schema api to queue_app;
