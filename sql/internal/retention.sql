-- How long it is known who came: names, phones and the words of messages go, what is counted stays.

-- The first day whose visits keep their names.
create or replace function queue._named_from(o queue.office, now_ timestamptz) returns date
language sql stable as $$
  select queue._day(o, _named_from.now_) - o.retention_days
$$;

-- The same as a moment, for what bears a time and no day.
create or replace function queue._kept_since(o queue.office, now_ timestamptz) returns timestamptz
language sql stable as $$
  select queue._named_from(o, _kept_since.now_)::timestamp at time zone o.time_zone
$$;

-- What somebody wrote, without this name and this phone, however the phone was written. Whole words only: An is in no `transfer`.
create or replace function queue._unnamed(said text, name text, phone text) returns text
language sql immutable as $$
  select case when _unnamed.phone = '' then s.without_name
    else regexp_replace(s.without_name, '(\+?84[ .-]*|0)?' || regexp_replace(right(_unnamed.phone, 9), '(.)(?!$)', '\1[ .-]*', 'g'), '…', 'g') end
  from (select case when trim(_unnamed.name) = '' then _unnamed.said
    else regexp_replace(_unnamed.said, '(?<!\w)' || regexp_replace(trim(_unnamed.name), '([^[:alnum:][:space:]])', '\\\1', 'g') || '(?!\w)', '…', 'gi')
    end as without_name) as s
$$;

-- Whether a visit still says who came. The hash of what was asked counts: with all but the name known, a name can be tried.
create or replace function queue._is_named(v queue.visit) returns boolean
language sql immutable as $$
  select v.name <> '' or v.phone <> '' or v.person is not null or v.asked is not null
$$;

-- Takes the names out of these visits, of what was written about them and of what was sent to them; says how many messages were emptied.
create or replace function queue._forget_visits(office_id integer, visits uuid[]) returns integer
language plpgsql as $$
#variable_conflict use_column
declare
  emptied integer;
begin
  update queue.stay as s set reason = queue._unnamed(s.reason, v.name, v.phone)
  from queue.visit as v
  where v.office_id = _forget_visits.office_id and v.visit_id = any (_forget_visits.visits)
    and s.office_id = v.office_id and s.visit_id = v.visit_id and s.reason <> '' and s.reason <> queue._unnamed(s.reason, v.name, v.phone);
  update queue.event as e set facts = jsonb_set(e.facts, '{reason}', to_jsonb(queue._unnamed(e.facts ->> 'reason', v.name, v.phone)))
  from queue.visit as v
  where v.office_id = _forget_visits.office_id and v.visit_id = any (_forget_visits.visits)
    and e.office_id = v.office_id and e.visit_id = v.visit_id and e.facts ? 'reason' and jsonb_typeof(e.facts -> 'reason') = 'string';
  emptied := queue._empty_messages(_forget_visits.office_id, array(
    select m.message_id from queue.message as m
    where m.office_id = _forget_visits.office_id and m.visit_id = any (_forget_visits.visits) and m.text <> ''));
  update queue.call_entry as c set note = ''
  where c.office_id = _forget_visits.office_id and c.visit_id = any (_forget_visits.visits) and c.note <> '';
  delete from queue.dossier as d where d.office_id = _forget_visits.office_id and d.visit_id = any (_forget_visits.visits);
  delete from queue.phone_proof as p where p.office_id = _forget_visits.office_id and p.visit_id = any (_forget_visits.visits);
  update queue.visit as v set name = '', phone = '', person = null, asked = null
  where v.office_id = _forget_visits.office_id and v.visit_id = any (_forget_visits.visits);
  return emptied;
end $$;

-- What a message said and to whom; what became of it stays.
create or replace function queue._empty_messages(office_id integer, messages uuid[]) returns integer
language plpgsql as $$
#variable_conflict use_column
declare
  emptied integer;
begin
  update queue.sending as s set error = queue._unnamed(s.error, '', m.phone)
  from queue.message as m
  where m.office_id = _empty_messages.office_id and m.message_id = any (_empty_messages.messages)
    and s.office_id = m.office_id and s.message_id = m.message_id and s.error <> '';
  update queue.message as m set phone = '', text = '', error = queue._unnamed(m.error, '', m.phone)
  where m.office_id = _empty_messages.office_id and m.message_id = any (_empty_messages.messages);
  get diagnostics emptied = row_count;
  return emptied;
end $$;
