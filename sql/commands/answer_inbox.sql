-- An operator answers what was kept for them, by a text that this office sends, or without words where none are needed. Once.
-- Refuses: QS404 no_such_text, QS409 answered_already {by, at}.
create or replace function api.answer_inbox(office_id integer, at timestamptz, actor text, inbox_id uuid, text text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  kept ops.inbox;
begin
  select * into kept from ops.inbox as i where i.inbox_id = answer_inbox.inbox_id for update;
  if not found then
    perform queue._refuse('QS404', 'no_such_text', '{}');
  elsif kept.done_at is not null then
    if kept.done_by = answer_inbox.actor and kept.answer = answer_inbox.text then
      return jsonb_build_object('inbox_id', kept.inbox_id);  -- a double click
    end if;
    perform queue._refuse('QS409', 'answered_already', jsonb_build_object('by', split_part(kept.done_by, ':', 2), 'at', kept.done_at));
  end if;

  update ops.inbox as i set done_at = answer_inbox.at, done_by = answer_inbox.actor, answer = answer_inbox.text where i.inbox_id = kept.inbox_id;
  if answer_inbox.text <> '' then
    perform queue._message(answer_inbox.office_id, 'answer', null, answer_inbox.at,
      jsonb_build_object('phone', kept.phone, 'language', 'vi', 'text', answer_inbox.text, 'carriers', array[kept.carrier]), kept.inbox_id);
  end if;
  return jsonb_build_object('inbox_id', kept.inbox_id);
end $$;
