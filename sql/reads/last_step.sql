-- What a clerk did last at this counter and can still take back: {undone (the key to name), command, number, at}. Null: nothing.
-- Whoever reloads the page, or comes back to it after a cut, finds it here.
create or replace function api.last_step(office_id integer, at timestamptz, actor text, counter_id text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  found jsonb;
begin
  select jsonb_build_object('undone', r.key, 'command', r.command, 'number', coalesce(r.answer ->> 'number', ''), 'at', r.at,
    'dossier', r.answer ->> 'dossier') into found
  from queue.request as r
  left join queue.visit as v on v.office_id = r.office_id and v.visit_id = (r.answer ->> 'visit_id')::uuid
  where r.office_id = last_step.office_id and r.caller = last_step.actor and r.at > last_step.at - interval '5 minutes'
    and not exists (select from queue.request as u where u.office_id = r.office_id and u.caller = r.caller and u.key = 'undo ' || r.key)
    and case r.command
      when 'quick_question' then r.answer ->> 'counter' = last_step.counter_id
      when 'note_dossier' then r.answer ->> 'counter' = last_step.counter_id
        and exists (select from queue.dossier as d where d.office_id = r.office_id and d.visit_id = v.visit_id and d.code = r.answer ->> 'dossier')
      when 'call_next' then v.counter_id = last_step.counter_id and (v.state = 'called' and v.state_at = r.at or queue._served_at_once(v))
      when 'call_number' then v.counter_id = last_step.counter_id and (v.state = 'called' and v.state_at = r.at or queue._served_at_once(v))
      when 'absent' then v.state = 'absent' and v.state_at = r.at and queue._was_at(v, last_step.counter_id)
      when 'park' then v.state = 'parked' and v.state_at = r.at and queue._was_at(v, last_step.counter_id)
      when 'finish' then (v.state = 'done' and v.over_at is null or v.state = 'inside') and v.state_at = r.at and queue._was_at(v, last_step.counter_id)
      else false end
  order by r.at desc, r.command = 'finish' limit 1;
  return found;
end $$;
