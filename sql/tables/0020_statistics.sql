-- What each day at an office came to, in figures that name nobody. The worker counts them from the ledger, and can count any day again; no command
-- writes or reads them.

create table queue.day_figure (
  office_id        integer    not null,
  per              text       not null check (per in ('office', 'service', 'counter', 'hour', 'channel', 'area')),
  day              date       not null,
  key              text       not null,             -- which service, counter, hour ('08'), channel or area; of the office itself: nothing
  arrived          integer    not null default 0,   -- visits that came
  people           integer    not null default 0,   -- and how many people they were
  booked           integer    not null default 0,   -- of those that came: with a booking
  served           integer    not null default 0,   -- services finished
  missed           integer    not null default 0,   -- booked, and nobody came
  cancelled        integer    not null default 0,
  gave_up          integer    not null default 0,   -- came, and went before the end
  outside          integer    not null default 0,   -- had to wait outside
  outside_in       integer    not null default 0,   -- of those: were let in
  windows          integer    not null default 0,   -- walk-ins that were told to come back at a time that was kept
  windows_came     integer    not null default 0,   -- of those: came
  waits            smallint[] not null default '{}',-- how many waited so long: see queue._minutes_bin
  wait_seconds     bigint     not null default 0,
  serves           smallint[] not null default '{}',-- how many services took so long
  serve_seconds    bigint     not null default 0,
  open_seconds     integer    not null default 0,   -- the counter stood open
  idle_seconds     integer    not null default 0,   -- of that: free, because a cap kept back who was waiting for it
  most_present     integer    not null default 0,   -- people at once, staff included
  present_seconds  bigint     not null default 0,   -- seconds times people
  excesses         integer    not null default 0,   -- let in over the cap, or found to be over it
  recounts         integer    not null default 0,
  drift            integer    not null default 0,   -- people by which recounts differed from what was known, either way
  primary key (office_id, per, day, key)
);

-- Refusals and decisions of a day.
create table queue.day_answer (
  office_id  integer not null,
  day        date    not null,
  command    text    not null,
  code       text    not null,
  count      integer not null,
  primary key (office_id, day, command, code)
);

-- Up to where the days of an office are counted.
create table queue.counted (
  office_id  integer     not null primary key references queue.office,
  version    bigint      not null default -1,   -- of the office, when it was last counted
  day        date,                              -- counted up to here, this day included
  at         timestamptz not null default '-infinity'
);

-- Days to be counted again: a box brought something late.
create table queue.count_again (
  office_id  integer not null,
  day        date    not null,
  primary key (office_id, day)
);
