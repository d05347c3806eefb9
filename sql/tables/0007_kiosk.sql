-- What an office asks of everybody at its door: what its file says under [door]. No row: nothing.
create table queue.door (
  office_id    integer not null primary key references queue.office,
  entry_check  boolean not null default false,   -- nobody is let in without the word that the check was passed
  one_number   boolean not null default false,   -- one open walk-in number per person
  question_vi  text    not null default '',      -- what the kiosk asks at the check; empty: its own words
  question_en  text    not null default ''
);

-- Today's word that this visit passed the entry check. Who did not pass is counted and nothing more.
alter table queue.visit add column checked boolean not null default false;

-- Who holds a walk-in number, as a hash with a key that is another one each day: it tells two people apart and names nobody.
create table queue.walk_in_person (
  office_id  integer not null,
  day        date    not null,
  person     bytea   not null check (length(person) = 32),
  visit_id   uuid    not null,
  primary key (office_id, day, person, visit_id)
);

-- Somebody at a kiosk asks for a human being.
create table queue.help (
  office_id    integer     not null,
  help_id      uuid        not null,
  device       text        not null,
  asked_at     timestamptz not null,
  answered_at  timestamptz,
  answered_by  text        not null default '',
  primary key (office_id, help_id)
);
create index help_open on queue.help (office_id, asked_at) where answered_at is null;
