-- What an office asks at its door, and who calls for help there.

create or replace function queue._door_manner(office_id integer) returns jsonb
language sql stable as $$
  select jsonb_build_object('entry_check', coalesce(d.entry_check, false), 'one_number', coalesce(d.one_number, false),
    'question_vi', coalesce(d.question_vi, ''), 'question_en', coalesce(d.question_en, ''))
  from (select) as one left join queue.door as d on d.office_id = _door_manner.office_id
$$;

create or replace function queue._entry_check(office_id integer) returns boolean
language sql stable as $$
  select coalesce((select d.entry_check from queue.door as d where d.office_id = _entry_check.office_id), false)
$$;

-- Whether this visit still needs the word that its people passed the entry check. Who was outside for long, or left, is checked again.
create or replace function queue._unchecked(o queue.office, v queue.visit) returns boolean
language sql stable as $$
  select queue._entry_check(o.office_id)
    and (not v.checked or v.state = 'left' or v.stepped_out or v.state = 'parked' and v.parked = 'away')
$$;

-- Calls for help nobody has answered, of the last half hour.
create or replace function queue._help_json(office_id integer, at timestamptz) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('help_id', h.help_id, 'device', h.device, 'asked_at', h.asked_at) order by h.asked_at), '[]')
  from queue.help as h
  where h.office_id = _help_json.office_id and h.answered_at is null and h.asked_at > _help_json.at - interval '30 minutes'
$$;
