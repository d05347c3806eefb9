-- The devices of an office that were heard of in the last 12 hours, when each was last heard of, and in one word what is wrong with it: a printer's
-- problem, silent, missing, not_live, scanner, floor_taken, floor_lost, paper_out, paper_low, clock_off, or nothing. A kiosk or board says a word every 8 s, so 20 s of silence are two words
-- lost. The page of a clerk or helper may be closed; silence counts only where its counter is open. A screen that stands in the office's file is missed
-- while the office is open, also if it has not been heard of at all today. While a box has the floor, devices are signed in there, and missed there.
create or replace function api.devices(office_id integer, at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  screens text[];
  here boolean := not queue._floor_elsewhere(devices.office_id);
  opened boolean;
begin
  select * into o from queue.office as k where k.office_id = devices.office_id;
  select b.screens into screens from queue.board as b where b.office_id = devices.office_id;
  opened := here and exists (select from queue._hours(o, queue._day(o, devices.at)) as h where h.opens <= devices.at and devices.at < h.closes);
  return (
    select coalesce(jsonb_agg(jsonb_build_object('device', d.device_id, 'role', d.role, 'last_at', d.last_at, 'facts', d.facts,
      'silent', x.silent, 'name_vi', coalesce(p.name_vi, c.name_vi), 'name_en', coalesce(p.name_en, c.name_en),
      'trouble', case
        when d.role = 'printer' and d.facts ->> 'problem' <> '' then d.facts ->> 'problem'
        when d.last_at is null then 'missing'
        when here and x.silent and (d.facts ->> 'page' in ('kiosk', 'lobby', 'door', 'desk')
                           or d.facts ->> 'page' = 'screen' and opened
                           or exists (select from queue.counter_state as s where s.office_id = d.office_id and d.facts ->> 'page' = 'counter'
                                        and s.counter_id = d.facts ->> 'counter' and s.state = 'open')) then 'silent'
        when x.silent then ''
        when d.facts ->> 'problem' in ('not_live', 'scanner', 'floor_taken', 'floor_lost') then d.facts ->> 'problem'
        when d.facts ->> 'paper' in ('out', 'low') then 'paper_' || (d.facts ->> 'paper')
        when d.facts ->> 'problem' = 'clock_off' or abs((d.facts ->> 'clock_off')::integer) > 60 then 'clock_off'
        else '' end) order by d.device_id), '[]')
    from (
      select k.office_id, k.device_id, k.role, k.last_at, k.facts from queue.device as k
      where k.office_id = devices.office_id and k.last_at > devices.at - interval '12 hours'
        and (k.facts ->> 'page' is distinct from 'screen' or k.device_id in (select 'screen:' || s.screen from unnest(screens) as s (screen)))
      union all
      select devices.office_id, 'screen:' || s.screen, 'board', null, '{"page": "screen"}' from unnest(screens) as s (screen)
      where opened and not exists (select from queue.device as k where k.office_id = devices.office_id and k.device_id = 'screen:' || s.screen
                                     and k.last_at > devices.at - interval '12 hours')) as d
    cross join lateral (select d.role <> 'printer' and (d.last_at is null or d.last_at < devices.at - interval '20 seconds') as silent) as x
    left join queue.printer as p on p.office_id = d.office_id and d.device_id = 'printer:' || p.printer_id and d.role = 'printer'
    left join queue.counter as c on c.office_id = d.office_id and c.counter_id = d.facts ->> 'counter' and d.role <> 'printer'
      and d.facts ->> 'page' <> 'screen'
    where d.role <> 'printer' or p.printer_id is not null);
end $$;
