-- Whether a slip is on its way to this printer: begun, not ended, and not so long ago that nobody waits for it any more.
create or replace function queue._printing(office_id integer, printer_id text, at timestamptz) returns boolean
language sql stable as $$
  select exists (select from queue.print as w
                 where w.office_id = _printing.office_id and w.printer_id = _printing.printer_id and w.ended_at is null
                   and w.begun_at > _printing.at - interval '15 seconds')
$$;
