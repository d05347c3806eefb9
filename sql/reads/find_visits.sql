-- Staff look for a visit: by phone, code, today's number or a part of the name; open ones first, the last 30 days, at most 50.
create or replace function api.find_visits(office_id integer, at timestamptz, phone text, code text, number text, text text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
begin
  select * into o from queue.office as k where k.office_id = find_visits.office_id;
  return (
    select coalesce(jsonb_agg(queue._visit_for_staff(o, v, find_visits.at) order by v.over_at is null desc, v.day desc, v.starts_at), '[]')
    from (
      select w.* from queue.visit as w
      where w.office_id = o.office_id and w.day > queue._day(o, find_visits.at) - 30
        and (find_visits.phone is null or w.phone = find_visits.phone)
        and (find_visits.code is null or w.code = find_visits.code)
        and (find_visits.number is null or w.number_day = queue._day(o, find_visits.at) and w.number = upper(find_visits.number))
        and (find_visits.text is null or w.day >= queue._day(o, find_visits.at) and strpos(lower(w.name), lower(find_visits.text)) > 0)
        and num_nonnulls(find_visits.phone, find_visits.code, find_visits.number, find_visits.text) > 0
      order by w.over_at is null desc, w.day desc, w.starts_at limit 50) as v);
end $$;
