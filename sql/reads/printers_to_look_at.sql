-- The printers that nobody has heard of for 15 s and that print nothing now, of the offices whose floor is here: each is asked between slips whether it has
-- paper, so that staff know before the next visitor: [{office_id, printer_id, address}]. One that writes files has nothing to say.
create or replace function api.printers_to_look_at(at timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('office_id', p.office_id, 'printer_id', p.printer_id, 'address', p.address)), '[]')
  from queue.printer as p
  left join queue.floor as f on f.office_id = p.office_id
  left join queue.device as d on d.office_id = p.office_id and d.device_id = 'printer:' || p.printer_id
  where p.address <> 'file' and (d.last_at is null or d.last_at < printers_to_look_at.at - interval '15 seconds')
    and (f.office_id is null or f.side = 'box' and f.stopped = '' or f.side = 'hub' and f.box_id is null)
    and not queue._printing(p.office_id, p.printer_id, printers_to_look_at.at)
$$;
