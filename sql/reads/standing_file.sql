-- An office's file as its manager edits it: its own word and, where it says nothing, its authority's; without the measures in force. Null: there is none.
create or replace function api.standing_file(office_id integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(queue._standing(l.own, queue._inherited(o.office_id)), api.office_file(o.office_id))
  from queue.office as o left join queue.layers as l on l.office_id = o.office_id
  where o.office_id = standing_file.office_id and not o.retired
$$;
