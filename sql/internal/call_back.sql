-- Who was asked to wait is called back when the measure is over.

-- The first day, from this one on, on which nothing with an end keeps people from coming for this service: no other way to have it that is steered
-- to or the only one, and no cap. What has no end is no measure but how things are.
create or replace function queue._measure_over(o queue.office, service_id text, day date) returns date
language plpgsql stable as $$
#variable_conflict use_column
declare
  over_ date := _measure_over.day;
  ends date;
begin
  loop
    select max(x.valid_to) into ends from (
      select c.valid_to from queue.service_channel as c
      where c.office_id = o.office_id and c.service_id = _measure_over.service_id and c.channel <> 'in_person' and c.mode in ('steered', 'only')
        and over_ between c.valid_from and c.valid_to and c.valid_to < 'infinity'
      union all
      select c.valid_to from queue.cap as c
      where c.office_id = o.office_id and over_ between c.valid_from and c.valid_to and c.valid_to < 'infinity') as x;
    exit when ends is null;
    over_ := ends + 1;
  end loop;
  return over_;
end $$;

-- A row of the call-back list; it opens on the day the measure is over, as the office's file says it today, and not before the day that was asked for.
create or replace function queue._call_back_json(o queue.office, c queue.call_back, at timestamptz) returns jsonb
language sql stable as $$
  select jsonb_build_object('call_back_id', c.call_back_id, 'office_id', o.office_id, 'slug', o.slug, 'office_name_vi', o.name_vi, 'office_name_en', o.name_en,
    'time_zone', o.time_zone, 'service', c.service_id, 'name_vi', s.name_vi, 'name_en', s.name_en, 'name', c.name, 'phone', c.phone, 'language', c.language,
    'note', c.note, 'created_at', c.created_at, 'actor', c.actor, 'tries', c.tries, 'tried_at', c.tried_at, 'state', c.state, 'ended_at', c.ended_at,
    'opens_on', greatest(c.not_before, queue._measure_over(o, c.service_id, queue._day(o, _call_back_json.at))),
    'open', greatest(c.not_before, queue._measure_over(o, c.service_id, queue._day(o, _call_back_json.at))) <= queue._day(o, _call_back_json.at))
  from queue.service as s where s.office_id = o.office_id and s.service_id = c.service_id
$$;
