-- The receipt printers of an office, as its file says under [[printer]]; the first one is meant where none is named.
create table queue.printer (
  office_id   integer not null references queue.office,
  printer_id  text    not null,
  name_vi     text    not null,
  name_en     text    not null,
  address     text    not null,                                           -- tcp://192.168.1.50:9100, /dev/usb/lp0, or file
  paper_mm    integer not null check (paper_mm in (58, 80)),
  dots        integer not null check (dots between 200 and 1000 and dots % 8 = 0),  -- how wide it prints
  position    integer not null default 0,
  primary key (office_id, printer_id)
);

-- Each time a slip was sent to a printer, once per request. Not ended: it is printing now, or nobody knows what became of it.
create table queue.print (
  office_id   integer     not null,
  print_id    uuid        not null,
  visit_id    uuid        not null,
  printer_id  text        not null,
  actor       text        not null,
  begun_at    timestamptz not null,
  ended_at    timestamptz,
  problem     text        not null default '',  -- why nothing came out; none: it did
  primary key (office_id, print_id)
);
create index print_visit on queue.print (office_id, visit_id);
create index print_open on queue.print (office_id, printer_id) where ended_at is null;
