-- Which offices there are: [{slug, office_id}].
create or replace function api.directory() returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('slug', o.slug, 'office_id', o.office_id) order by o.slug), '[]') from ops.office as o
$$;
