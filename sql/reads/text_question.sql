-- What this phone was asked last and may still answer, whichever office asked. Null: nothing is open.
create or replace function api.text_question(phone text, at timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select q.question || jsonb_build_object('office_id', o.office_id)
  from queue.office as o
  join queue.text_question as q on q.office_id = o.office_id and q.phone = text_question.phone and q.ends_at > text_question.at
  where not o.retired
  order by q.asked_at desc limit 1
$$;
