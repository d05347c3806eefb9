-- Keeps what an operator did in a call, and what they wrote down: {entry_id, call, did, visit_id, call_back_id, service, note}. Once for each entry_id.
-- Refuses: QS404 no_such_office, QS422 unknown_word.
create or replace function api.note_call(office_id integer, at timestamptz, actor text, entry jsonb) returns void
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  if not exists (select from queue.office as o where o.office_id = note_call.office_id) then
    perform queue._refuse('QS404', 'no_such_office', '{}');
  elsif coalesce(entry ->> 'did', '') not in ('booked', 'moved', 'cancelled', 'sent', 'link', 'waits') then
    perform queue._refuse('QS422', 'unknown_word', '{}');
  end if;
  insert into queue.call_entry (office_id, entry_id, at, actor, call, did, visit_id, call_back_id, service_id, note)
  select note_call.office_id, e.entry_id, note_call.at, note_call.actor, left(e.call, 64), e.did, e.visit_id, e.call_back_id,
    coalesce(e.service, ''), left(e.note, 500)
  from jsonb_to_record(note_call.entry) as e (
    entry_id uuid, call text, did text, visit_id uuid, call_back_id uuid, service text, note text)
  on conflict do nothing;
  if entry ->> 'note' <> '' and queue._floor_elsewhere(note_call.office_id) then
    perform queue._begin(note_call.office_id, note_call.at);
    perform queue._tell_notes(note_call.office_id, array[(entry ->> 'visit_id')::uuid]);
  end if;
end $$;
