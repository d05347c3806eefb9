-- People present per area and jobs waiting per office, for Prometheus.
create or replace function api.metrics(at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('office', o.slug,
      'areas', (select coalesce(jsonb_agg(queue._area_json(o, a.area_id, metrics.at)), '[]') from queue.area as a where a.office_id = o.office_id and not a.retired),
      'jobs', (select count(*) from queue.job as j where j.office_id = o.office_id and j.ended_at is null)) order by o.office_id), '[]')
    from queue.office as o where not o.retired);
end $$;
