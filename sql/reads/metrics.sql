-- People present per area; per office the jobs waiting, how many seconds the oldest is late, devices in trouble, and how many people today's recounts
-- corrected. For Prometheus.
create or replace function api.metrics(at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('office', o.slug,
      'areas', (select coalesce(jsonb_agg(queue._area_json(o, a.area_id, metrics.at)), '[]') from queue.area as a where a.office_id = o.office_id and not a.retired),
      'jobs', (select count(*) from queue.job as j where j.office_id = o.office_id and j.ended_at is null),
      'late', (select coalesce(greatest(0, extract(epoch from metrics.at - min(j.due_at))), 0)
               from queue.job as j where j.office_id = o.office_id and j.ended_at is null and j.due_at <= metrics.at),
      'silent', (select count(*) from jsonb_array_elements(api.devices(o.office_id, metrics.at)) as d where d ->> 'trouble' <> ''),
      'drift', (select coalesce(sum(abs((e.facts ->> 'counted')::integer - (e.facts ->> 'known')::integer)), 0)
                from queue.event as e
                where e.office_id = o.office_id and e.kind = 'recount'
                  and e.at >= queue._day(o, metrics.at)::timestamp at time zone o.time_zone)) order by o.office_id), '[]')
    from queue.office as o where not o.retired);
end $$;
