-- Puts an office under an authority, or (null) under none any more. What it effectively has stays as it is: from then on it keeps only what differs, and
-- what it had from above becomes its own when it leaves. Measures in force stay until they end.
-- Refuses: QS404 no_such_office, QS404 no_such_authority, QS409 belongs_to_hub.
create or replace function api.place_office(office_id integer, at timestamptz, actor text, authority_id text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(place_office.office_id, place_office.at);
  standing jsonb := api.standing_file(place_office.office_id);
  was text;
begin
  select x.authority_id into was from ops.authority_office as x where x.office_id = place_office.office_id;
  if place_office.authority_id is null then
    delete from ops.authority_office as x where x.office_id = place_office.office_id;
  elsif not exists (select from ops.authority as a where a.authority_id = place_office.authority_id) then
    perform queue._refuse('QS404', 'no_such_authority', '{}');
  else
    insert into ops.authority_office (office_id, authority_id) values (place_office.office_id, place_office.authority_id)
    on conflict (office_id) do update set authority_id = excluded.authority_id;
  end if;
  insert into queue.layers as l (office_id, own)
  values (place_office.office_id, queue._own(standing, queue._inherited(place_office.office_id)))
  on conflict (office_id) do update set own = excluded.own, passed_on = null;
  perform queue._audit(now_, place_office.actor, array[place_office.office_id], 'place_office', coalesce(place_office.authority_id, ''),
                       jsonb_build_object('authority', was), jsonb_build_object('authority', place_office.authority_id));
  return jsonb_build_object('office_id', place_office.office_id, 'authority', place_office.authority_id);
end $$;
