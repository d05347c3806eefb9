-- What people come for, with how it may be had on the day of `at`; bookable: not "only" by another channel.
create or replace function api.services(office_id integer, at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
begin
  select * into o from queue.office as k where k.office_id = services.office_id;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('service', s.service_id, 'name_vi', s.name_vi, 'name_en', s.name_en, 'national_code', s.national_code,
      'aliases', s.aliases, 'field_vi', s.field_vi, 'field_en', s.field_en, 'minutes', s.minutes, 'papers_vi', s.papers_vi, 'papers_en', s.papers_en,
      'queue', s.queue_id, 'urgent', s.urgent, 'collects', s.collects, 'in_person', s.in_person, 'scarce', s.scarce, 'channels', c.channels, 'bookable', c.bookable,
      'guidance', q.guidance) order by s.position, s.service_id), '[]')
    from queue.service as s
    join queue.queue as q on q.office_id = s.office_id and q.queue_id = s.queue_id
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('channel', k.channel, 'mode', k.mode, 'url', k.url) order by k.channel), '[]') as channels,
        not coalesce(bool_or(k.mode = 'only' and k.channel <> 'in_person'), false) as bookable
      from queue.service_channel as k
      where k.office_id = s.office_id and k.service_id = s.service_id and queue._day(o, services.at) between k.valid_from and k.valid_to) as c
    where s.office_id = o.office_id and not s.retired);
end $$;
