-- What an office's file says, written into its rows.

-- Registers a new office or changes the one there is, and touches no visit. What the file no longer names is deleted while nothing refers to it, else
-- retired. Runs under the lock of the office. Refuses: QS409 slug_taken {office_id}, QS409 letter_in_use {letter, queue}.
create or replace function queue._take_file(office_id integer, at timestamptz, file jsonb) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  office   jsonb := file -> 'office';
  new_slug text  := file -> 'office' ->> 'slug';
  today    date  := (_take_file.at at time zone (file -> 'office' ->> 'time_zone'))::date;
  taken    record;
begin
  select r.office_id into taken from ops.office as r
  where r.slug = new_slug and r.office_id <> _take_file.office_id;
  if found then
    raise exception 'slug_taken' using errcode = 'QS409',
      detail = jsonb_build_object('office_id', taken.office_id)::text;
  end if;

  select v.number_queue as queue, q.letter into taken
  from jsonb_to_recordset(file -> 'queues') as q (queue_id text, letter text)
  join queue.visit as v
    on v.office_id = _take_file.office_id and v.day >= today and v.number_day >= today
   and v.number_queue <> q.queue_id and v.number ~ ('^' || q.letter || '[0-9]')
  where not exists (
    select from queue.queue as old
    where old.office_id = _take_file.office_id and old.queue_id = q.queue_id
      and old.letter = q.letter and not old.retired)
  limit 1;
  if found then
    raise exception 'letter_in_use' using errcode = 'QS409',
      detail = jsonb_build_object('letter', taken.letter, 'queue', taken.queue)::text;
  end if;

  -- The office itself
  insert into ops.office as o (slug, office_id) values (new_slug, _take_file.office_id)
  on conflict (office_id) do update set slug = excluded.slug where o.slug <> excluded.slug;

  insert into queue.office as o
  select r.* from jsonb_populate_record(
    null::queue.office,
    '{"retention_days": 30}' || office || jsonb_build_object('office_id', _take_file.office_id, 'retired', false)) as r
  on conflict (office_id) do update set
    slug = excluded.slug, kind = excluded.kind, name_vi = excluded.name_vi, name_en = excluded.name_en,
    old_names = excluded.old_names, aliases = excluded.aliases,
    address_vi = excluded.address_vi, address_en = excluded.address_en, phone = excluded.phone,
    time_zone = excluded.time_zone, booking_days = excluded.booking_days, lead_minutes = excluded.lead_minutes,
    earliness_minutes = excluded.earliness_minutes, lateness_minutes = excluded.lateness_minutes,
    headroom_minutes = excluded.headroom_minutes, usual_wait_minutes = excluded.usual_wait_minutes,
    bookings_per_phone = excluded.bookings_per_phone, largest_party = excluded.largest_party,
    leave_minutes = excluded.leave_minutes, exits = excluded.exits, lunch = excluded.lunch,
    invitation_minutes = excluded.invitation_minutes, invitations = excluded.invitations,
    absent_minutes = excluded.absent_minutes, slip_minutes = excluded.slip_minutes,
    pass_minutes = excluded.pass_minutes, overdue_minutes = excluded.overdue_minutes,
    due_minutes = excluded.due_minutes, window_minutes = excluded.window_minutes,
    latitude = excluded.latitude, longitude = excluded.longitude, walk_in_share = excluded.walk_in_share,
    retention_days = excluded.retention_days, retired = false;

  insert into queue.office_state as s (office_id) values (_take_file.office_id)
  on conflict (office_id) do nothing;

  -- What visits refer to: put in or change what the file names
  insert into queue.area as a (office_id, area_id, name_vi, name_en, position)
  select _take_file.office_id, r.area_id, r.name_vi, r.name_en, r.position
  from jsonb_to_recordset(file -> 'areas') as r (area_id text, name_vi text, name_en text, position integer)
  on conflict (office_id, area_id) do update set
    name_vi = excluded.name_vi, name_en = excluded.name_en, position = excluded.position, retired = false;

  insert into queue.area_state as s (office_id, area_id)
  select _take_file.office_id, r.area_id from jsonb_to_recordset(file -> 'areas') as r (area_id text)
  on conflict (office_id, area_id) do nothing;

  insert into queue.queue as q (office_id, queue_id, area_id, pool_id, letter, name_vi, name_en, guidance, position)
  select _take_file.office_id, r.queue_id, r.area_id, r.pool_id, r.letter, r.name_vi, r.name_en, r.guidance, r.position
  from jsonb_to_recordset(file -> 'queues') as r (
    queue_id text, area_id text, pool_id text, letter text, name_vi text, name_en text, guidance boolean, position integer)
  on conflict (office_id, queue_id) do update set
    area_id = excluded.area_id, pool_id = excluded.pool_id, letter = excluded.letter, name_vi = excluded.name_vi,
    name_en = excluded.name_en, guidance = excluded.guidance, position = excluded.position, retired = false;

  insert into queue.counter as c (office_id, counter_id, area_id, name_vi, name_en, where_vi, where_en, queues, position)
  select _take_file.office_id, r.counter_id, r.area_id, r.name_vi, r.name_en, r.where_vi, r.where_en, r.queues, r.position
  from jsonb_to_recordset(file -> 'counters') as r (
    counter_id text, area_id text, name_vi text, name_en text, where_vi text, where_en text, queues text[], position integer)
  on conflict (office_id, counter_id) do update set
    area_id = excluded.area_id, name_vi = excluded.name_vi, name_en = excluded.name_en, where_vi = excluded.where_vi,
    where_en = excluded.where_en, queues = excluded.queues, position = excluded.position, retired = false;

  insert into queue.counter_state as s (office_id, counter_id)
  select _take_file.office_id, r.counter_id from jsonb_to_recordset(file -> 'counters') as r (counter_id text)
  on conflict (office_id, counter_id) do nothing;

  insert into queue.service as s (
    office_id, service_id, queue_id, national_code, aliases, name_vi, name_en, field_vi, field_en, minutes,
    papers_vi, papers_en, urgent, collects, in_person, scarce, position)
  select _take_file.office_id, r.service_id, r.queue_id, r.national_code, r.aliases, r.name_vi, r.name_en,
    r.field_vi, r.field_en, r.minutes, r.papers_vi, r.papers_en, r.urgent, r.collects, r.in_person, coalesce(r.scarce, false), r.position
  from jsonb_to_recordset(file -> 'services') as r (
    service_id text, queue_id text, national_code text, aliases text[], name_vi text, name_en text, field_vi text,
    field_en text, minutes integer, papers_vi text[], papers_en text[], urgent boolean, collects boolean,
    in_person boolean, scarce boolean, position integer)
  on conflict (office_id, service_id) do update set
    queue_id = excluded.queue_id, national_code = excluded.national_code, aliases = excluded.aliases,
    name_vi = excluded.name_vi, name_en = excluded.name_en, field_vi = excluded.field_vi, field_en = excluded.field_en,
    minutes = excluded.minutes, papers_vi = excluded.papers_vi, papers_en = excluded.papers_en,
    urgent = excluded.urgent, collects = excluded.collects, in_person = excluded.in_person, scarce = excluded.scarce,
    position = excluded.position, retired = false;

  -- What no visit refers to: replaced whole, but for days gone by
  delete from queue.service_channel as h where h.office_id = _take_file.office_id;
  insert into queue.service_channel (office_id, service_id, channel, mode, url, valid_from, valid_to)
  select _take_file.office_id, r.service_id, r.channel, r.mode, r.url, r.valid_from, r.valid_to
  from jsonb_to_recordset(file -> 'channels') as r (
    service_id text, channel text, mode text, url text, valid_from date, valid_to date);

  delete from queue.opening as p where p.office_id = _take_file.office_id;
  insert into queue.opening (office_id, weekday, opens, closes)
  select _take_file.office_id, r.weekday, r.opens, r.closes
  from jsonb_to_recordset(file -> 'openings') as r (weekday integer, opens time, closes time);

  delete from queue.closure as c where c.office_id = _take_file.office_id and c.day >= today;
  insert into queue.closure (office_id, day, name_vi, name_en)
  select _take_file.office_id, r.day, r.name_vi, r.name_en
  from jsonb_to_recordset(file -> 'closures') as r (day date, name_vi text, name_en text)
  on conflict (office_id, day) do update set name_vi = excluded.name_vi, name_en = excluded.name_en;

  delete from queue.special_opening as p where p.office_id = _take_file.office_id and p.day >= today;
  insert into queue.special_opening (office_id, day, opens, closes)
  select _take_file.office_id, r.day, r.opens, r.closes
  from jsonb_to_recordset(file -> 'special_openings') as r (day date, opens time, closes time)
  on conflict (office_id, day, opens) do update set closes = excluded.closes;

  delete from queue.plan as p where p.office_id = _take_file.office_id;
  insert into queue.plan (office_id, scope, weekday, starts, ends, amount)
  select _take_file.office_id, r.scope, r.weekday, r.starts, r.ends, r.amount
  from jsonb_to_recordset(file -> 'plans') as r (scope text, weekday integer, starts time, ends time, amount integer);

  delete from queue.day_plan as p where p.office_id = _take_file.office_id and p.day >= today and file ? 'day_plans';
  insert into queue.day_plan (office_id, day, scope, starts, ends, amount)
  select _take_file.office_id, r.day, r.scope, r.starts, r.ends, r.amount
  from jsonb_to_recordset(file -> 'day_plans') as r (day date, scope text, starts time, ends time, amount integer)
  where r.day >= today;

  delete from queue.cap as c where c.office_id = _take_file.office_id;
  insert into queue.cap (office_id, cap_id, kind, scope, maximum, binds, hour_rule, valid_from, valid_to)
  select _take_file.office_id, r.cap_id, r.kind, r.scope, r.maximum, r.binds, r.hour_rule, r.valid_from, r.valid_to
  from jsonb_to_recordset(file -> 'caps') as r (
    cap_id text, kind text, scope text, maximum integer, binds text, hour_rule text, valid_from date, valid_to date);

  if file ? 'targets' then  -- an office as it was kept before there were any says nothing of them
    delete from queue.target as t where t.office_id = _take_file.office_id;
    insert into queue.target (office_id, service_id, percent, valid_from, valid_to)
    select _take_file.office_id, r.service_id, r.percent, r.valid_from, r.valid_to
    from jsonb_to_recordset(file -> 'targets') as r (service_id text, percent integer, valid_from date, valid_to date);
  end if;

  insert into queue.board as b (office_id, volume, muted, top_seconds, stale_seconds, screens, message_vi, message_en)
  select _take_file.office_id, r.volume, r.muted, r.top_seconds, r.stale_seconds, coalesce(r.screens, '{}'), r.message_vi, r.message_en
  from jsonb_to_record(file -> 'board') as r (
    volume integer, muted text[], top_seconds integer, stale_seconds integer, screens text[], message_vi text, message_en text)
  where file ? 'board'
  on conflict (office_id) do update set
    volume = excluded.volume, muted = excluded.muted, top_seconds = excluded.top_seconds,
    stale_seconds = excluded.stale_seconds, screens = excluded.screens, message_vi = excluded.message_vi, message_en = excluded.message_en;

  insert into queue.message_rules as m (
    office_id, send, carriers, quiet_from, quiet_to, links, day_before_minutes, hour_before_minutes, near)
  select _take_file.office_id, r.send, r.carriers, r.quiet_from, r.quiet_to, r.links, r.day_before_minutes, r.hour_before_minutes, r.near
  from jsonb_to_record(file -> 'messages') as r (
    send text[], carriers text[], quiet_from time, quiet_to time, links boolean, day_before_minutes integer, hour_before_minutes integer, near integer)
  where file ? 'messages'
  on conflict (office_id) do update set
    send = excluded.send, carriers = excluded.carriers, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, links = excluded.links,
    day_before_minutes = excluded.day_before_minutes, hour_before_minutes = excluded.hour_before_minutes, near = excluded.near;

  delete from queue.message_text as t where t.office_id = _take_file.office_id;
  insert into queue.message_text (office_id, kind, language, text)
  select _take_file.office_id, r.kind, r.language, r.text
  from jsonb_to_recordset(file -> 'message_texts') as r (kind text, language text, text text);

  delete from queue.printer as p where p.office_id = _take_file.office_id;
  insert into queue.printer (office_id, printer_id, name_vi, name_en, address, paper_mm, dots, position)
  select _take_file.office_id, r.printer_id, r.name_vi, r.name_en, r.address, r.paper_mm, r.dots, r.position
  from jsonb_to_recordset(file -> 'printers') as r (
    printer_id text, name_vi text, name_en text, address text, paper_mm integer, dots integer, position integer);

  insert into queue.chance (office_id, seed) values (_take_file.office_id, gen_random_uuid()) on conflict (office_id) do nothing;
  insert into queue.fairness (office_id) values (_take_file.office_id) on conflict (office_id) do nothing;
  update queue.fairness as f set
    authority = r.authority, per_person = r.per_person, prove_phone = r.prove_phone, hold_minutes = r.hold_minutes,
    codes_per_hour = r.codes_per_hour, code_tries = r.code_tries, offer_minutes = r.offer_minutes,
    return_minutes = r.return_minutes, opens_from = r.opens_from, opens_to = r.opens_to
  from jsonb_populate_record(null::queue.fairness, file -> 'fairness') as r
  where file ? 'fairness' and f.office_id = _take_file.office_id;
  insert into queue.door as d (office_id, entry_check, one_number, question_vi, question_en)
  select _take_file.office_id, r.entry_check, r.one_number, r.question_vi, r.question_en
  from jsonb_to_record(file -> 'door') as r (entry_check boolean, one_number boolean, question_vi text, question_en text)
  where file ? 'door'
  on conflict (office_id) do update set
    entry_check = excluded.entry_check, one_number = excluded.one_number, question_vi = excluded.question_vi, question_en = excluded.question_en;

  if file ? 'rota' then
    insert into queue.rota as r (office_id, leader, covered, public)
    select _take_file.office_id, k.leader, k.covered, k.public from jsonb_to_record(file -> 'rota') as k (leader boolean, covered text[], public text)
    on conflict (office_id) do update set leader = excluded.leader, covered = excluded.covered, public = excluded.public;
    delete from queue.shift as s where s.office_id = _take_file.office_id;
    insert into queue.shift (office_id, shift_id, name_vi, name_en, starts, ends, position)
    select _take_file.office_id, r.shift_id, r.name_vi, r.name_en, r.starts, r.ends, r.position
    from jsonb_to_recordset(file -> 'shifts') as r (shift_id text, name_vi text, name_en text, starts time, ends time, position integer);
    delete from queue.staff_group as g where g.office_id = _take_file.office_id;
    insert into queue.staff_group (office_id, group_id, name_vi, name_en, position)
    select _take_file.office_id, r.group_id, r.name_vi, r.name_en, r.position
    from jsonb_to_recordset(file -> 'groups') as r (group_id text, name_vi text, name_en text, position integer);
    delete from queue.attendance as a where a.office_id = _take_file.office_id;
    insert into queue.attendance (office_id, attendance_id, place, minimum, maximum, unit, valid_from, valid_to)
    select _take_file.office_id, r.attendance_id, r.place, r.minimum, r.maximum, r.unit, r.valid_from, r.valid_to
    from jsonb_to_recordset(file -> 'attendance') as r (
      attendance_id text, place text, minimum integer, maximum integer, unit text, valid_from date, valid_to date);
  end if;

  -- What the file names no longer: services before the queues they stand in, queues and counters before their area
  update queue.service as s set retired = true
  where s.office_id = _take_file.office_id and not s.retired
    and not exists (select from jsonb_to_recordset(file -> 'services') as r (service_id text) where r.service_id = s.service_id);
  delete from queue.service as s
  where s.office_id = _take_file.office_id and s.retired
    and not exists (
      select from queue.visit_service as v where v.office_id = s.office_id and v.service_id = s.service_id)
    and not exists (
      select from queue.call_back as c where c.office_id = s.office_id and c.service_id = s.service_id);

  update queue.counter as c set retired = true
  where c.office_id = _take_file.office_id and not c.retired
    and not exists (select from jsonb_to_recordset(file -> 'counters') as r (counter_id text) where r.counter_id = c.counter_id);
  delete from queue.counter_state as s using queue.counter as c
  where c.office_id = _take_file.office_id and c.retired
    and s.office_id = c.office_id and s.counter_id = c.counter_id
    and not exists (select from queue.visit as v where v.office_id = c.office_id and v.counter_id = c.counter_id)
    and not exists (select from queue.stay as v where v.office_id = c.office_id and v.counter_id = c.counter_id);
  delete from queue.counter as c
  where c.office_id = _take_file.office_id and c.retired
    and not exists (select from queue.counter_state as s where s.office_id = c.office_id and s.counter_id = c.counter_id);

  update queue.queue as q set retired = true
  where q.office_id = _take_file.office_id and not q.retired
    and not exists (select from jsonb_to_recordset(file -> 'queues') as r (queue_id text) where r.queue_id = q.queue_id);
  delete from queue.queue as q
  where q.office_id = _take_file.office_id and q.retired
    and not exists (select from queue.service as s where s.office_id = q.office_id and s.queue_id = q.queue_id)
    and not exists (
      select from queue.visit as v
      where v.office_id = q.office_id and (v.queue_id = q.queue_id or v.number_queue = q.queue_id))
    and not exists (select from queue.visit_service as v where v.office_id = q.office_id and v.queue_id = q.queue_id)
    and not exists (select from queue.stay as v where v.office_id = q.office_id and v.queue_id = q.queue_id)
    and not exists (select from queue.number as n where n.office_id = q.office_id and n.queue_id = q.queue_id);

  update queue.area as a set retired = true
  where a.office_id = _take_file.office_id and not a.retired
    and not exists (select from jsonb_to_recordset(file -> 'areas') as r (area_id text) where r.area_id = a.area_id);
  delete from queue.area_state as s using queue.area as a
  where a.office_id = _take_file.office_id and a.retired
    and s.office_id = a.office_id and s.area_id = a.area_id
    and not exists (select from queue.queue as q where q.office_id = a.office_id and q.area_id = a.area_id)
    and not exists (select from queue.counter as c where c.office_id = a.office_id and c.area_id = a.area_id)
    and not exists (select from queue.visit as v where v.office_id = a.office_id and v.area_id = a.area_id)
    and not exists (select from queue.stay as v where v.office_id = a.office_id and v.area_id = a.area_id)
    and not exists (select from queue.unnamed_stay as v where v.office_id = a.office_id and v.area_id = a.area_id);
  delete from queue.area as a
  where a.office_id = _take_file.office_id and a.retired
    and not exists (select from queue.area_state as s where s.office_id = a.office_id and s.area_id = a.area_id);
end $$;

-- Keeps what the office says from now on beside what it said before: who changed it, when and why. The first time, what it said until then too.
create or replace function queue._keep_version(office_id integer, at timestamptz, actor text, note text, change_id uuid, before jsonb, after jsonb) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  last_ integer;
begin
  select max(v.version_no) into last_ from queue.office_version as v where v.office_id = _keep_version.office_id;
  if last_ is null and before is not null then
    insert into queue.office_version (office_id, version_no, at, actor, file)
    values (_keep_version.office_id, 1, _keep_version.at, '', before);
    last_ := 1;
  end if;
  insert into queue.office_version (office_id, version_no, at, actor, note, change_id, file, standing)
  values (_keep_version.office_id, coalesce(last_, 0) + 1, _keep_version.at, _keep_version.actor, _keep_version.note, _keep_version.change_id,
          after, nullif(api.standing_file(_keep_version.office_id), after));
  perform queue._audit(_keep_version.at, _keep_version.actor, array[_keep_version.office_id], 'import_office', coalesce(last_, 0) + 1 || '', before, after);
  -- New rules may decide something by time sooner than the old ones: the next settling looks afresh.
  update queue.office_state as s set next_due_at = least(s.next_due_at, _keep_version.at) where s.office_id = _keep_version.office_id;
end $$;

-- The version the office is at; 0 where none has been kept yet.
create or replace function queue._version_no(office_id integer) returns integer
language sql stable as $$
  select coalesce(max(v.version_no), 0) from queue.office_version as v where v.office_id = _version_no.office_id
$$;

-- A later closing, another counter, a higher cap: what is free now goes first to those who wait.
create or replace function queue._offer_anew(office_id integer, before jsonb, after jsonb, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  o queue.office;
begin
  if not exists (
    select from unnest('{openings,closures,special_openings,plans,day_plans,caps,services,channels}'::text[]) as part (name)
    where before -> part.name is distinct from after -> part.name)
  then
    return;
  end if;
  select * into o from queue.office as k where k.office_id = _offer_anew.office_id;
  for n in 0 .. o.booking_days loop
    perform queue._offer(o, '{}', (queue._day(o, _offer_anew.now_) + n)::timestamp at time zone o.time_zone,
                         (queue._day(o, _offer_anew.now_) + n + 1)::timestamp at time zone o.time_zone, _offer_anew.now_);
  end loop;
end $$;
