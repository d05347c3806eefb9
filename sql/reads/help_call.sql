-- What became of a call for help, for whoever called: `answered_at` is when somebody of the staff said they go. Null: there is no such call.
create or replace function api.help_call(office_id integer, help_id uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('help_id', h.help_id, 'asked_at', h.asked_at, 'answered_at', h.answered_at)
  from queue.help as h where h.office_id = help_call.office_id and h.help_id = help_call.help_id
$$;
