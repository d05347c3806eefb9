-- What a look at a printer between slips showed. Nothing is written if a slip began or ended since the look began: that word is newer. A printer that says
-- nothing (`paper` null, no problem) is only known to be there; and what became of the last slip is not made good by a look: no_word, error and disk_full stay
-- until a slip comes out. Losing the word in a crash costs nothing, so nobody waits for the disk.
create or replace function api.look_at_printer(office_id integer, at timestamptz, printer_id text, began timestamptz, problem text, paper text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  device text := 'printer:' || look_at_printer.printer_id;
  seen jsonb := jsonb_build_object('problem', look_at_printer.problem, 'paper', look_at_printer.paper);
  written boolean := false;
begin
  perform set_config('synchronous_commit', 'off', true);
  if exists (select from queue.printer as p where p.office_id = look_at_printer.office_id and p.printer_id = look_at_printer.printer_id)
     and not queue._printing(look_at_printer.office_id, look_at_printer.printer_id, look_at_printer.at) then
    insert into queue.device as d (office_id, device_id, role, last_at, facts)
    values (look_at_printer.office_id, device, 'printer', look_at_printer.at, seen)
    on conflict (office_id, device_id) do update
    set last_at = excluded.last_at,
      facts = case
        when seen ->> 'problem' <> '' then seen
        when d.facts ->> 'problem' in ('no_word', 'error', 'disk_full') then d.facts
        when seen ->> 'paper' is null and d.facts ->> 'problem' is distinct from 'unreachable' then d.facts
        else seen end
    where d.last_at <= look_at_printer.began;
    written := found;
  end if;
  return jsonb_build_object('written', written);
end $$;
