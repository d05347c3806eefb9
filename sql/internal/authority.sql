-- What an office has from above, worked out when something changes: what it says itself, under it its authority's catalogue, calendar and texts, and over
-- both the measures in force. Commands of the lobby read the outcome and none of this.

-- What the office's authority says: {procedures: {national code: fields}, closures, special_openings, message_texts, board, door}; of the last two only words,
-- and only where it has any. Null: it has no authority.
create or replace function queue._inherited(office_id integer) returns jsonb
language sql stable as $$
  select jsonb_build_object('closures', '[]'::jsonb, 'special_openings', '[]'::jsonb, 'message_texts', '[]'::jsonb) || a.shared || jsonb_build_object('procedures', (
    select coalesce(jsonb_object_agg(p.national_code,
      jsonb_strip_nulls(jsonb_build_object('name_vi', p.name_vi, 'name_en', nullif(p.name_en, ''), 'field_vi', nullif(p.field_vi, ''),
        'field_en', nullif(p.field_en, ''), 'papers_vi', nullif(to_jsonb(p.papers_vi), '[]'), 'papers_en', nullif(to_jsonb(p.papers_en), '[]'),
        'minutes', p.minutes, 'urgent', p.urgent, 'in_person', p.in_person, 'aliases', to_jsonb(p.aliases), 'url', nullif(p.url, '')))), '{}')
    from ops.procedure as p where p.authority_id = a.authority_id))
  from ops.authority_office as x join ops.authority as a on a.authority_id = x.authority_id
  where x.office_id = _inherited.office_id
$$;

-- The way to have a procedure online, as an office's document has it.
create or replace function queue._online(service_id text, url text) returns jsonb
language sql immutable as $$
  select jsonb_build_object('service_id', service_id, 'channel', 'online', 'mode', 'offered', 'url', url, 'valid_from', '-infinity', 'valid_to', 'infinity')
$$;

-- Members of one list that are not in the other, in their order.
create or replace function queue._without(rows jsonb, others jsonb) returns jsonb
language sql immutable as $$
  select coalesce(jsonb_agg(r.value order by r.n), '[]') from jsonb_array_elements(rows) with ordinality as r (value, n)
  where not exists (select from jsonb_array_elements(others) as o (value) where o.value = r.value)
$$;

-- A row of the file that stands once, without the words that the authority has too.
create or replace function queue._own_words(said jsonb, above jsonb) returns jsonb
language sql immutable as $$
  select case when said @> above then said || (select jsonb_object_agg(w.key, '') from jsonb_object_keys(above) as w (key)) else said end
$$;

-- Such a row with the authority's words where it has none: both languages are an office's own, or neither.
create or replace function queue._standing_words(own jsonb, above jsonb) returns jsonb
language sql immutable as $$
  select case when above is null or exists (select from jsonb_each_text(own) as w where above ? w.key and w.value <> '') then own else own || above end
$$;

-- What of an office's file is its own: without what its authority says the same of.
create or replace function queue._own(file jsonb, above jsonb) returns jsonb
language sql stable as $$
  select case when above is null then file else file || jsonb_build_object(
    'services', (
      select coalesce(jsonb_agg(case when p.said is null then s.value else
        (select jsonb_object_agg(f.key, f.value) from jsonb_each(s.value || jsonb_build_object('aliases', queue._without(s.value -> 'aliases', p.said -> 'aliases'))) as f
         where f.key = 'aliases' or f.value is distinct from p.said -> f.key
           or (f.key like 'papers%' and not p.said @> jsonb_build_object('papers_vi', s.value -> 'papers_vi', 'papers_en', s.value -> 'papers_en')))
        end order by s.n), '[]')
      from jsonb_array_elements(file -> 'services') with ordinality as s (value, n)
      left join lateral (select above -> 'procedures' -> nullif(s.value ->> 'national_code', '') as said) as p on true),
    'channels', queue._without(file -> 'channels', (
      select coalesce(jsonb_agg(queue._online(s.value ->> 'service_id', p.said ->> 'url')), '[]')
      from jsonb_array_elements(file -> 'services') as s (value)
      cross join lateral (select above -> 'procedures' -> nullif(s.value ->> 'national_code', '') as said) as p where p.said ? 'url')),
    'closures', queue._without(file -> 'closures', above -> 'closures'),
    'special_openings', queue._without(file -> 'special_openings', above -> 'special_openings'),
    'message_texts', queue._without(coalesce(file -> 'message_texts', '[]'), above -> 'message_texts')) || (
    select coalesce(jsonb_object_agg(t.name, queue._own_words(file -> t.name, above -> t.name)), '{}')
    from unnest('{board,door}'::text[]) as t (name) where jsonb_typeof(file -> t.name) = 'object')
  end
$$;

-- One list over another: of two rows with the same key the upper one holds.
create or replace function queue._over(upper_ jsonb, lower_ jsonb, variadic keys text[]) returns jsonb
language sql stable as $$
  select upper_ || coalesce((
    select jsonb_agg(l.value order by l.n) from jsonb_array_elements(lower_) with ordinality as l (value, n)
    where not exists (
      select from jsonb_array_elements(upper_) as u (value)
      where (select bool_and(u.value -> k = l.value -> k) from unnest(keys) as k))), '[]')
$$;

-- An office's file without measures: its own word, and where it says nothing its authority's.
create or replace function queue._standing(own jsonb, above jsonb) returns jsonb
language sql stable as $$
  select case when above is null then own else own || jsonb_build_object(
    'services', (
      select coalesce(jsonb_agg(case when p.said is null then s.value else
        '{"name_en": "", "field_vi": "", "field_en": "", "papers_vi": [], "papers_en": [], "minutes": 15, "urgent": false, "in_person": false}'
        || (p.said - 'url') || s.value || jsonb_build_object('aliases', (p.said -> 'aliases') || (s.value -> 'aliases')) end order by s.n), '[]')
      from jsonb_array_elements(own -> 'services') with ordinality as s (value, n)
      left join lateral (select above -> 'procedures' -> nullif(s.value ->> 'national_code', '') as said) as p on true),
    'channels', queue._over(own -> 'channels', (
      select coalesce(jsonb_agg(queue._online(s.value ->> 'service_id', p.said ->> 'url')), '[]')
      from jsonb_array_elements(own -> 'services') as s (value)
      cross join lateral (select above -> 'procedures' -> nullif(s.value ->> 'national_code', '') as said) as p where p.said ? 'url'), 'service_id', 'channel'),
    'closures', queue._over(own -> 'closures', above -> 'closures', 'day'),
    'special_openings', queue._over(own -> 'special_openings', above -> 'special_openings', 'day'),
    'message_texts', queue._over(own -> 'message_texts', above -> 'message_texts', 'kind', 'language')) || (
    select coalesce(jsonb_object_agg(t.name, queue._standing_words(own -> t.name, above -> t.name)), '{}')
    from unnest('{board,door}'::text[]) as t (name) where jsonb_typeof(own -> t.name) = 'object')
  end
$$;

-- The file with the measures in force or to come over it: what the office effectively has.
-- Refuses: QS409 cap_below_staff {maximum, staff, area_vi, area_en}.
create or replace function queue._effective(standing jsonb, measures jsonb, today date) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  file jsonb := standing;
  m record;
  area record;
  from_ text;
  to_ text;
begin
  for m in
    select x.* from jsonb_to_recordset(measures) as x (measure_id text, rules jsonb, valid_from date, valid_to date)
    where x.valid_to >= today order by x.valid_from, x.measure_id
  loop
    from_ := m.valid_from::text;
    to_ := m.valid_to::text;
    for area in
      select a.area_id, a.name_vi, a.name_en, c.maximum,
        (select max(p.amount) from (
           select w.scope, w.amount from jsonb_to_recordset(file -> 'plans') as w (scope text, amount integer)
           union all
           select d.scope, d.amount from jsonb_to_recordset(file -> 'day_plans') as d (scope text, amount integer, day date)
           where d.day between m.valid_from and m.valid_to) as p
         where p.scope = 'staff:' || a.area_id) as staff
      from jsonb_to_recordset(m.rules -> 'caps') as c (scope text, maximum integer)
      join jsonb_to_recordset(file -> 'areas') as a (area_id text, name_vi text, name_en text) on c.scope = 'area:*'
    loop
      -- staff count among the people present: a cap they fill lets nobody in
      if area.maximum > 0 and area.maximum <= area.staff then
        perform queue._refuse('QS409', 'cap_below_staff', jsonb_build_object('maximum', area.maximum, 'staff', area.staff,
                                                                             'area_vi', area.name_vi, 'area_en', area.name_en));
      end if;
    end loop;
    file := file || jsonb_build_object(
      'caps', (file -> 'caps') || coalesce((
        select jsonb_agg(jsonb_build_object('cap_id', concat_ws('-', 'measure', left(m.measure_id, 8), c.n, a.area_id), 'kind', c.value -> 'kind',
          'scope', coalesce('area:' || a.area_id, c.value ->> 'scope'), 'maximum', c.value -> 'maximum', 'binds', coalesce(c.value ->> 'binds', 'everyone'),
          'hour_rule', coalesce(c.value ->> 'hour_rule', 'clock'), 'valid_from', from_, 'valid_to', to_) order by c.n, a.area_id)
        from jsonb_array_elements(m.rules -> 'caps') with ordinality as c (value, n)
        left join jsonb_to_recordset(file -> 'areas') as a (area_id text) on c.value ->> 'scope' = 'area:*'), '[]'));
    if m.rules ? 'closed' then
      file := file || jsonb_build_object(
        'closures', queue._over((
          select jsonb_agg(jsonb_build_object('day', d.day::date::text, 'name_vi', m.rules -> 'closed' -> 'vi', 'name_en', m.rules -> 'closed' -> 'en') order by d.day)
          from generate_series(m.valid_from, m.valid_to, interval '1 day') as d (day)), file -> 'closures', 'day'),
        'special_openings', (
          select coalesce(jsonb_agg(s.value order by s.n), '[]') from jsonb_array_elements(file -> 'special_openings') with ordinality as s (value, n)
          where (s.value ->> 'day')::date not between m.valid_from and m.valid_to));
    end if;
    if (m.rules ->> 'urgent_only')::boolean then
      file := file || jsonb_build_object('channels', queue._over((
        select coalesce(jsonb_agg(jsonb_build_object('service_id', s.service_id, 'channel', 'later', 'mode', 'only', 'url', '', 'valid_from', from_, 'valid_to', (
          -- another measure that begins the same day and lasts longer
          select greatest(m.valid_to, max((h.value ->> 'valid_to')::date))::text from jsonb_array_elements(file -> 'channels') as h (value)
          where h.value @> jsonb_build_object('service_id', s.service_id, 'channel', 'later', 'valid_from', from_)))), '[]')
        from jsonb_to_recordset(file -> 'services') as s (service_id text, queue_id text, national_code text, urgent boolean, collects boolean)
        join jsonb_to_recordset(file -> 'queues') as q (queue_id text, guidance boolean) on q.queue_id = s.queue_id
        where not s.collects and not q.guidance
          and not case when jsonb_array_length(m.rules -> 'urgent_codes') > 0 then m.rules -> 'urgent_codes' ? s.national_code else s.urgent end),
        file -> 'channels', 'service_id', 'channel', 'valid_from'));
    end if;
    if (m.rules ->> 'online_only')::boolean then
      file := jsonb_set(file, '{channels}', queue._only_online(file -> 'channels', m.valid_from, m.valid_to));
    end if;
  end loop;
  return file;
end $$;

-- Whatever may be had online is had only there in these days; before and after, the way it was.
create or replace function queue._only_online(channels jsonb, from_ date, to_ date) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(r.said order by c.n, r.said ->> 'valid_from'), '[]')
  from jsonb_array_elements(channels) with ordinality as c (value, n)
  cross join lateral (select (c.value ->> 'valid_from')::date as since, (c.value ->> 'valid_to')::date as until_) as d
  cross join lateral (
    select c.value as said where c.value ->> 'channel' <> 'online' or c.value ->> 'url' = '' or d.until_ < from_ or d.since > to_
    union all
    select x.said from (values
      (c.value || jsonb_build_object('valid_to', (from_ - 1)::text), d.since < from_),
      (c.value || jsonb_build_object('mode', 'only', 'valid_from', greatest(d.since, from_)::text, 'valid_to', least(d.until_, to_)::text), true),
      (c.value || jsonb_build_object('valid_from', (to_ + 1)::text), d.until_ > to_)) as x (said, holds)
    where x.holds and c.value ->> 'channel' = 'online' and c.value ->> 'url' <> '' and d.until_ >= from_ and d.since <= to_) as r
$$;

-- The layers of an office once `file` (null: as it is) is its file without measures and `measure` (null: none) has been put in, or taken out where it is
-- said to be ended: {own, standing, measures, effective, passed_on}. Null: nothing stands above it, and the file is all there is.
create or replace function queue._layered(office_id integer, now_ timestamptz, file jsonb, measure jsonb) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  above jsonb := queue._inherited(_layered.office_id);
  l queue.layers;
  standing jsonb;
  measures jsonb;
  today date;
begin
  select * into l from queue.layers as k where k.office_id = _layered.office_id;
  if above is null and l.office_id is null and measure is null then
    return null;
  end if;
  standing := coalesce(queue._standing(l.own, above), api.office_file(_layered.office_id));
  standing := coalesce(standing || file, file, standing);
  today := (now_ at time zone (standing -> 'office' ->> 'time_zone'))::date;
  select coalesce(jsonb_agg(m.value order by m.value ->> 'valid_from', m.value ->> 'measure_id'), '[]') into measures
  from (
    select x.value from jsonb_array_elements(coalesce(l.measures, '[]')) as x (value)
    where measure is null or x.value ->> 'measure_id' <> measure ->> 'measure_id'
    union all
    select measure - 'ended' where measure is not null and not coalesce((measure ->> 'ended')::boolean, false)) as m (value)
  where (m.value ->> 'valid_to')::date >= today;
  standing := queue._standing(queue._own(standing, above), above);
  return jsonb_build_object('passed_on', now_, 'own', queue._own(standing, above), 'standing', standing, 'measures', measures,
                            'effective', queue._effective(standing, measures, today));
end $$;

-- Keeps the layers of an office whose effective file has been written; says whether they are others than before.
create or replace function queue._keep_layers(office_id integer, layers jsonb) returns boolean
language plpgsql as $$
#variable_conflict use_column
declare
  measures_before jsonb;
begin
  if layers is null or layers = 'null' then
    return false;
  end if;
  select l.measures into measures_before from queue.layers as l where l.office_id = _keep_layers.office_id;
  insert into queue.layers as l (office_id, own, measures, passed_on)
  values (_keep_layers.office_id, layers -> 'own', layers -> 'measures', (layers ->> 'passed_on')::timestamptz)
  on conflict (office_id) do update set own = excluded.own, measures = excluded.measures, passed_on = excluded.passed_on;
  return coalesce(measures_before, '[]') is distinct from layers -> 'measures';
end $$;

-- A directive that was not given up, locked until the command ends. Refuses: QS404 no_such_directive, QS409 change_over.
create or replace function queue._directive(directive_id uuid) returns ops.directive
language plpgsql as $$
#variable_conflict use_column
declare
  d ops.directive;
begin
  select * into d from ops.directive as k where k.directive_id = _directive.directive_id for update;
  if not found then
    perform queue._refuse('QS404', 'no_such_directive', '{}');
  elsif d.dropped_at is not null then
    perform queue._refuse('QS409', 'change_over', '{}');
  end if;
  return d;
end $$;
