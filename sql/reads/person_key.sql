-- At a box: the hub's key of a day, in hex, with which both tell persons apart. Null: not heard.
create or replace function api.person_key(office_id integer, day date) returns text
language sql stable security definer set search_path = '' as $$
  select (select encode(k.key, 'hex') from queue.person_key as k where k.office_id = person_key.office_id and k.day = person_key.day)
$$;
