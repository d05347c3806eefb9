-- Somebody at this device asks for a human being: shown to counters and helpers until one of them goes. Asked again meanwhile, it is the same call.
create or replace function api.call_help(office_id integer, at timestamptz, actor text, key text, help_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(call_help.office_id, call_help.at);
  body jsonb := jsonb_build_array(call_help.help_id);
  answer jsonb := queue._replay(call_help.office_id, now_, call_help.actor, call_help.key, 'call_help', body);
  h queue.help;
begin
  if answer is not null then return answer; end if;
  select * into h from queue.help as k
  where k.office_id = call_help.office_id and k.device = call_help.actor and k.answered_at is null and k.asked_at > now_ - interval '30 minutes'
  order by k.asked_at desc limit 1;
  if not found then
    delete from queue.help as k where k.office_id = call_help.office_id and k.asked_at < now_ - interval '30 days';
    insert into queue.help (office_id, help_id, device, asked_at) values (call_help.office_id, call_help.help_id, call_help.actor, now_)
    on conflict (office_id, help_id) do update set device = help.device
    returning * into h;
    perform queue._end(call_help.office_id, now_);
  end if;
  answer := jsonb_build_object('help_id', h.help_id, 'asked_at', h.asked_at);
  perform queue._remember(call_help.office_id, now_, call_help.actor, call_help.key, 'call_help', body, answer);
  return answer;
end $$;
