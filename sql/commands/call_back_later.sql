-- Puts somebody who can wait on the office's call-back list: {call_back_id, …, opens_on}. Who waits there already for the same is not put there twice.
-- Refuses: QS404 no_such_office, QS422 unknown_service, bad_phone, bad_name, bad_day (not_before is past, or more than a year away).
create or replace function api.call_back_later(
  office_id integer, at timestamptz, actor text, key text, call_back_id uuid, service_id text, name text, phone text, language text, note text, not_before date)
returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(call_back_later.office_id, call_back_later.at);
  body jsonb := jsonb_build_array(call_back_later.call_back_id, call_back_later.service_id, call_back_later.name, call_back_later.phone,
    call_back_later.note, call_back_later.not_before);
  answer jsonb := queue._replay(call_back_later.office_id, now_, call_back_later.actor, call_back_later.key, 'call_back_later', body);
  o queue.office;
  c queue.call_back;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = call_back_later.office_id;
  if not exists (select from queue.service as s where s.office_id = o.office_id and s.service_id = call_back_later.service_id and not s.retired) then
    perform queue._refuse('QS422', 'unknown_service', '{}');
  elsif call_back_later.phone !~ '^\+[0-9]{5,15}$' then
    perform queue._refuse('QS422', 'bad_phone', '{}');
  elsif length(trim(call_back_later.name)) not between 1 and 100 then
    perform queue._refuse('QS422', 'bad_name', '{}');
  elsif call_back_later.not_before not between queue._day(o, now_) and queue._day(o, now_) + 366 then
    perform queue._refuse('QS422', 'bad_day', '{}');
  end if;

  select * into c from queue.call_back as k
  where k.office_id = o.office_id and k.state = 'waiting' and k.phone = call_back_later.phone and k.service_id = call_back_later.service_id
    and lower(k.name) = lower(call_back_later.name);
  if not found then
    insert into queue.call_back (office_id, call_back_id, service_id, name, phone, language, note, not_before, created_at, actor)
    values (o.office_id, call_back_later.call_back_id, call_back_later.service_id, call_back_later.name, call_back_later.phone, call_back_later.language,
            left(call_back_later.note, 500), call_back_later.not_before, now_, call_back_later.actor)
    returning * into c;
    perform queue._end(o.office_id, now_);
  end if;

  answer := queue._call_back_json(o, c, now_);
  perform queue._remember(o.office_id, now_, call_back_later.actor, call_back_later.key, 'call_back_later', body, answer);
  return answer;
end $$;
