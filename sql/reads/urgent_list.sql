-- What is handled in person while only urgent matters are, for everybody to read: {name_vi, name_en, measures: [{name_vi, name_en, valid_from, valid_to,
-- offices, procedures}], procedures}. Measures to come or in force on that day; `procedures` without a measure is what the catalogue marks as urgent.
-- Null: there is no such authority.
create or replace function api.urgent_list(authority_id text, today date) returns jsonb
language sql stable security definer set search_path = '' as $$
  with urgent as (
    select p.national_code, p.urgent, jsonb_build_object('national_code', p.national_code, 'name_vi', p.name_vi, 'name_en', p.name_en, 'field_vi', p.field_vi,
      'field_en', p.field_en) as said, p.field_vi, p.name_vi
    from ops.procedure as p where p.authority_id = urgent_list.authority_id
  ), measures as (
    select m.value as measure, count(*) as offices
    from ops.authority_office as x
    join queue.layers as l on l.office_id = x.office_id
    cross join lateral jsonb_array_elements(l.measures) as m (value)
    where x.authority_id = urgent_list.authority_id and (m.value -> 'rules' ->> 'urgent_only')::boolean and (m.value ->> 'valid_to')::date >= urgent_list.today
    group by 1
  )
  select jsonb_build_object('name_vi', a.name_vi, 'name_en', a.name_en,
    'measures', (
      select coalesce(jsonb_agg(jsonb_build_object('name_vi', m.measure -> 'name_vi', 'name_en', m.measure -> 'name_en', 'valid_from', m.measure -> 'valid_from',
        'valid_to', m.measure -> 'valid_to', 'offices', m.offices, 'procedures', (
          select coalesce(jsonb_agg(coalesce(u.said, jsonb_build_object('national_code', c.code, 'name_vi', s.name_vi, 'name_en', s.name_en,
            'field_vi', coalesce(s.field_vi, ''), 'field_en', coalesce(s.field_en, ''))) order by queue._name_key(coalesce(u.field_vi, s.field_vi)), queue._name_key(coalesce(u.name_vi, s.name_vi)), c.code), '[]')
          from (
            select jsonb_array_elements_text(m.measure -> 'rules' -> 'urgent_codes') as code
            union
            select k.national_code from urgent as k where k.urgent and m.measure -> 'rules' -> 'urgent_codes' = '[]') as c
          left join urgent as u on u.national_code = c.code
          -- not in the catalogue: as an office calls it
          left join lateral (
            select v.name_vi, v.name_en, v.field_vi, v.field_en from ops.authority_office as y
            join queue.service as v on v.office_id = y.office_id and not v.retired
            where y.authority_id = a.authority_id and v.national_code = c.code limit 1) as s on true))
        order by m.measure ->> 'valid_from', m.measure ->> 'measure_id'), '[]')
      from measures as m),
    'procedures', (select coalesce(jsonb_agg(u.said order by queue._name_key(u.field_vi), queue._name_key(u.name_vi), u.national_code), '[]') from urgent as u where u.urgent))
  from ops.authority as a where a.authority_id = urgent_list.authority_id
$$;
