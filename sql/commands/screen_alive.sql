-- A screen without a sign-in says that it hangs and shows what is true. Only a name that stands in the office's file is heard: whoever makes one up reports nothing,
-- and nobody can make staff miss a screen that there is not. Losing the last word in a crash costs nothing. Refuses: QS404 no_such_screen.
create or replace function api.screen_alive(office_id integer, at timestamptz, screen_id text, facts jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  if not exists (select from queue.board as b where b.office_id = screen_alive.office_id and screen_alive.screen_id = any (b.screens)) then
    perform queue._refuse('QS404', 'no_such_screen', '{}');
  end if;
  perform set_config('synchronous_commit', 'off', true);
  insert into queue.device as d (office_id, device_id, role, last_at, facts)
  values (screen_alive.office_id, 'screen:' || screen_alive.screen_id, 'board', screen_alive.at, screen_alive.facts || '{"page": "screen"}')
  on conflict (office_id, device_id) do update set last_at = greatest(d.last_at, excluded.last_at), facts = excluded.facts;
  return jsonb_build_object('at', screen_alive.at);
end $$;
