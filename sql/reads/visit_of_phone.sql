-- The visit of somebody who has the phone at hand and of the code only its last four digits: open, or of the last day, the nearest to today first.
-- Null: none. It says nothing about which of the two was wrong.
create or replace function api.visit_of_phone(office_id integer, at timestamptz, phone text, last_digits text) returns uuid
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
begin
  select * into o from queue.office as k where k.office_id = visit_of_phone.office_id;
  return (
    select v.visit_id from queue.visit as v
    where v.office_id = o.office_id and v.phone = visit_of_phone.phone and v.phone <> '' and v.code like '%' || visit_of_phone.last_digits
      and length(visit_of_phone.last_digits) = 4 and (v.over_at is null or v.day = queue._day(o, visit_of_phone.at))
    order by v.over_at is null desc, abs(v.day - queue._day(o, visit_of_phone.at)), v.starts_at limit 1);
end $$;
