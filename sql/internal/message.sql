-- Messages that go out by themselves: which an office sends, when, and whether one is still true when its turn comes.

-- What the office's file says of messages, else the defaults.
create or replace function queue._message_rules(office_id integer) returns queue.message_rules
language plpgsql stable as $$
#variable_conflict use_column
declare
  r queue.message_rules;
begin
  select * into r from queue.message_rules as m where m.office_id = _message_rules.office_id;
  if not found then
    r := row(_message_rules.office_id,
      '{confirmation,day_before,hour_before,invited,near,called,moved,cancelled,cancelled_by_office,missed,cannot_be_served,queue_unattended}'::text[],
      '{}'::text[], time '21:00', time '07:00', true, 1440, 60, 3);
  end if;
  return r;
end $$;

-- What somebody waits for at this moment goes out wherever it is asked for: a code, an offer, an answer; and what undoes an earlier message.
create or replace function queue._sends(r queue.message_rules, kind text) returns boolean
language sql immutable as $$
  select _sends.kind in ('code', 'offer', 'answer', 'arrival_won', 'moved_by_office', 'no_new_time') or _sends.kind = any (r.send)
$$;

-- Leaves a message to be sent to the phone of the visit, or to facts.phone in facts.language where no visit is meant. What the text says is worked
-- out when it is sent, and so is whether it is still true. An id that is there already is the same message: it is sent once.
create or replace function queue._message(
  office_id integer, kind text, visit_id uuid, due_at timestamptz, facts jsonb default '{}', job_id uuid default gen_random_uuid()) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  if queue._sends(queue._message_rules(_message.office_id), _message.kind)
     and (_message.facts ->> 'phone' <> ''
          or exists (select from queue.visit as v where v.office_id = _message.office_id and v.visit_id = _message.visit_id and v.phone <> ''))
  then
    insert into queue.job (office_id, job_id, kind, visit_id, due_at, facts)
    values (_message.office_id, _message.job_id, _message.kind, _message.visit_id, _message.due_at, _message.facts)
    on conflict (office_id, job_id) do nothing;
  end if;
end $$;

-- The moment itself, or the end of the quiet hours it falls into.
create or replace function queue._after_quiet(o queue.office, r queue.message_rules, at timestamptz) returns timestamptz
language sql stable as $$
  select case
    when r.quiet_from = r.quiet_to then _after_quiet.at
    when r.quiet_from < r.quiet_to and l.at::time >= r.quiet_from and l.at::time < r.quiet_to then (l.at::date + r.quiet_to) at time zone o.time_zone
    when r.quiet_from > r.quiet_to and l.at::time < r.quiet_to then (l.at::date + r.quiet_to) at time zone o.time_zone
    when r.quiet_from > r.quiet_to and l.at::time >= r.quiet_from then (l.at::date + 1 + r.quiet_to) at time zone o.time_zone
    else _after_quiet.at end
  from (select _after_quiet.at at time zone o.time_zone as at) as l
$$;

-- When somebody with a visit at this time is reminded. In quiet hours a reminder waits until they are over, and where that leaves less than half of
-- its lead it goes five minutes before they begin. Whoever has just been told is not reminded.
create or replace function queue._reminders(o queue.office, r queue.message_rules, starts_at timestamptz, now_ timestamptz)
returns table (kind text, due_at timestamptz)
language sql stable as $$
  select k.kind, p.due_at
  from (values ('day_before', r.day_before_minutes), ('hour_before', r.hour_before_minutes)) as k (kind, minutes)
  cross join lateral (select _reminders.starts_at - make_interval(mins => k.minutes) as at) as due
  cross join lateral (select queue._after_quiet(o, r, due.at) as at) as after
  cross join lateral (select due.at at time zone o.time_zone as at) as local
  cross join lateral (
    select case when after.at <= _reminders.starts_at - make_interval(mins => k.minutes) / 2 then after.at
      else (local.at::date - case when local.at::time < r.quiet_from then 1 else 0 end + r.quiet_from) at time zone o.time_zone - interval '5 minutes'
      end as due_at) as p
  where k.minutes > 0 and queue._sends(r, k.kind) and p.due_at > _reminders.now_ + interval '15 minutes'
$$;

-- Leaves the reminders of a visit whose time has been set anew; once, however often it is asked for.
create or replace function queue._remind(o queue.office, visit_id uuid, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  perform queue._message(o.office_id, d.kind, v.visit_id, d.due_at, jsonb_build_object('revision', v.revision),
    md5(v.visit_id || ' ' || d.kind || ' ' || v.revision)::uuid)
  from queue.visit as v
  cross join lateral queue._reminders(o, queue._message_rules(o.office_id), v.starts_at, _remind.now_) as d
  where v.office_id = o.office_id and v.visit_id = _remind.visit_id and v.phone <> '';
end $$;

-- After a call those whom few are ahead of are told so, once for each of their services.
create or replace function queue._tell_near(o queue.office, queues text[], now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  r queue.message_rules := queue._message_rules(o.office_id);
begin
  if r.near > 0 and queue._sends(r, 'near') then
    perform queue._message(o.office_id, 'near', v.visit_id, _tell_near.now_, jsonb_build_object('ahead', l.place - 1),
      md5(v.visit_id || ' near ' || v.service_no)::uuid)
    from queue._call_line(o, _tell_near.queues, _tell_near.now_) as l
    join queue.visit as v on v.office_id = o.office_id and v.visit_id = l.visit_id and v.phone <> ''
    where l.place between 2 and r.near + 1;
  end if;
end $$;

-- Why a message is not to be sent any more. Null: it is.
create or replace function queue._outdated(r queue.message_rules, v queue.visit, kind text, facts jsonb, at timestamptz) returns text
language sql stable as $$
  select case
    when not queue._sends(r, _outdated.kind) then 'not_sent_here'
    when _outdated.kind = 'confirmation' and v.channel = 'text' then 'answered'  -- in the same breath as it was asked for
    when not case _outdated.kind
      when 'confirmation' then v.state = 'booked' and v.revision = 1
      when 'moved' then v.state = 'booked' and v.revision = (facts ->> 'revision')::integer
      when 'moved_by_office' then v.state = 'booked' and v.revision = (facts ->> 'revision')::integer
      when 'no_new_time' then v.state = 'booked' and v.revision = (facts ->> 'revision')::integer and v.starts_at > _outdated.at
      when 'day_before' then v.state = 'booked' and v.revision = (facts ->> 'revision')::integer and v.starts_at > _outdated.at
      when 'hour_before' then v.state = 'booked' and v.revision = (facts ->> 'revision')::integer and v.starts_at > _outdated.at
      when 'invited' then v.state = 'invited' and v.state_at = (facts ->> 'since')::timestamptz
      when 'called' then v.state = 'called' and v.state_at = (facts ->> 'since')::timestamptz
      when 'near' then v.state in ('arrived', 'inside')
      when 'cancelled' then v.state = 'cancelled'
      when 'cancelled_by_office' then v.state = 'cancelled'
      when 'missed' then v.state = 'missed'
      when 'cannot_be_served' then v.over_at is null and v.attention <> ''
      when 'code' then (facts ->> 'until')::timestamptz > _outdated.at and (not facts ? 'waiting_id' or exists (
          select from queue.phone_proof as p where p.office_id = r.office_id and p.visit_id = (facts ->> 'waiting_id')::uuid and p.code = facts ->> 'code'))
        and (v.visit_id is null or v.state = 'held' and (not facts ? 'code' or exists (
        select from queue.phone_proof as p where p.office_id = v.office_id and p.visit_id = v.visit_id and p.code = facts ->> 'code')))
      when 'offer' then exists (
        select from queue.kept_place as k
        where k.office_id = r.office_id and k.waiting_id = (facts ->> 'waiting_id')::uuid and k.starts_at = (facts ->> 'starts_at')::timestamptz
          and k.until_at > _outdated.at)
      when 'queue_unattended' then v.state in ('arrived', 'invited', 'inside')
      else coalesce((facts ->> 'until')::timestamptz > _outdated.at, true) end then 'overtaken' end
$$;

-- Until when a message keeps quiet. Null: it goes at once, as everything does that somebody waits for, or that would come too late.
create or replace function queue._quiet_until(o queue.office, r queue.message_rules, v queue.visit, kind text, at timestamptz) returns timestamptz
language sql stable as $$
  select case when _quiet_until.kind in ('day_before', 'hour_before', 'cancelled_by_office', 'missed', 'cannot_be_served', 'moved_by_office', 'no_new_time')
      and q.ends > _quiet_until.at and (v.starts_at < _quiet_until.at or v.starts_at > q.ends + interval '30 minutes') then q.ends end
  from (select queue._after_quiet(o, r, _quiet_until.at) as ends) as q
$$;

-- Locks the job that a worker believes to have claimed. Refuses: QS409 not_mine.
create or replace function queue._mine(office_id integer, job_id uuid, attempt integer) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  perform from queue.job as j
  where j.office_id = _mine.office_id and j.job_id = _mine.job_id and j.attempts = _mine.attempt and j.ended_at is null
  for update;
  if not found then
    perform queue._refuse('QS409', 'not_mine', '{}');
  end if;
end $$;

-- What a message says of its office.
create or replace function queue._office_name(o queue.office) returns jsonb
language sql immutable as $$
  select jsonb_build_object('office_id', o.office_id, 'slug', o.slug, 'kind', o.kind, 'name_vi', o.name_vi, 'name_en', o.name_en,
    'address_vi', o.address_vi, 'address_en', o.address_en, 'phone', o.phone, 'time_zone', o.time_zone, 'booking_days', o.booking_days)
$$;
