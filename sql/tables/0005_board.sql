-- How an office's boards behave: what its file says under [board]. No row: as the defaults say.
create table queue.board (
  office_id      integer not null primary key references queue.office,
  volume         integer not null default 80 check (volume between 0 and 100),
  muted          text[]  not null default '{}',   -- spans of the day such as 11:30-13:30
  top_seconds    integer not null default 8  check (top_seconds between 3 and 60),
  stale_seconds  integer not null default 45 check (stale_seconds between 20 and 600),
  message_vi     text    not null default '',
  message_en     text    not null default ''
);
