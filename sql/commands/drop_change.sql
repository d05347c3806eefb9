-- A draft is not wanted any more.
-- Refuses: QS404 no_such_change, QS409 change_over.
create or replace function api.drop_change(office_id integer, at timestamptz, actor text, change_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(drop_change.office_id, drop_change.at);
  state_ text;
begin
  select c.state into state_ from queue.change as c where c.office_id = drop_change.office_id and c.change_id = drop_change.change_id;
  if not found then
    perform queue._refuse('QS404', 'no_such_change', '{}');
  elsif state_ <> 'draft' then
    perform queue._refuse('QS409', 'change_over', '{}');
  end if;
  update queue.change as c set state = 'dropped' where c.office_id = drop_change.office_id and c.change_id = drop_change.change_id;
  perform queue._event(drop_change.office_id, now_, drop_change.actor, 'change dropped', null, jsonb_build_object('change_id', drop_change.change_id));
  return jsonb_build_object('change_id', drop_change.change_id);
end $$;
