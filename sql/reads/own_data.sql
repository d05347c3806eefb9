-- What is kept of the person of a visit, for whoever holds its ticket: {name, phone, needs, dossiers: [code], messages: [{kind, at, text}], over, kept_until}. Codes that prove a
-- phone are not among the messages: they are for its owner alone. Null: no such visit.
create or replace function api.own_data(office_id integer, at timestamptz, visit_id uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('name', v.name, 'phone', v.phone, 'needs', v.needs, 'state', v.state, 'over', v.over_at is not null,
    'kept_until', v.day + o.retention_days,
    'dossiers', (select coalesce(jsonb_agg(d.code order by d.noted_at, d.code), '[]') from queue.dossier as d
                 where d.office_id = v.office_id and d.visit_id = v.visit_id),
    'messages', (
      select coalesce(jsonb_agg(jsonb_build_object('kind', m.kind, 'at', m.state_at, 'text', m.text) order by m.state_at, m.message_id), '[]')
      from queue.message as m
      where m.office_id = v.office_id and m.visit_id = v.visit_id and m.text <> '' and m.kind <> 'code'))
  from queue.visit as v
  join queue.office as o on o.office_id = v.office_id
  where v.office_id = own_data.office_id and v.visit_id = own_data.visit_id
$$;
