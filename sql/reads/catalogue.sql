-- Every office, whether it confirms bookings by message, and what it offers, with all the names they go by: for whoever looks by name across offices.
create or replace function api.catalogue() returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('office_id', o.office_id, 'slug', o.slug, 'kind', o.kind, 'name_vi', o.name_vi, 'name_en', o.name_en,
    'old_names', o.old_names, 'aliases', o.aliases, 'address_vi', o.address_vi, 'address_en', o.address_en, 'phone', o.phone, 'largest_party', o.largest_party, 'time_zone', o.time_zone, 'booking_days', o.booking_days,
    'confirms', queue._sends(queue._message_rules(o.office_id), 'confirmation'), 'latitude', o.latitude, 'longitude', o.longitude,
    'queues', (select coalesce(jsonb_agg(jsonb_build_object('queue', q.queue_id, 'name_vi', q.name_vi, 'name_en', q.name_en) order by q.position, q.queue_id), '[]')
               from queue.queue as q where q.office_id = o.office_id and not q.retired),
    'services', (select coalesce(jsonb_agg(jsonb_build_object('service', s.service_id, 'queue', s.queue_id, 'name_vi', s.name_vi, 'name_en', s.name_en,
                   'national_code', s.national_code, 'aliases', s.aliases, 'papers_vi', s.papers_vi, 'papers_en', s.papers_en) order by s.position, s.service_id), '[]')
                 from queue.service as s where s.office_id = o.office_id and not s.retired)) order by o.office_id), '[]')
  from queue.office as o where not o.retired
$$;
