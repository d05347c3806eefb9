-- Places for whoever needs them: phones that are proven, services that are scarce, lists of who waits for an earlier time.

-- What an office's file says under [fairness].
create table queue.fairness (
  office_id       integer not null primary key references queue.office,
  authority       text    not null default '',      -- offices that name the same one count a person's scarce bookings together
  per_person      integer not null default 1   check (per_person between 1 and 100),
  prove_phone     boolean not null default false,
  hold_minutes    integer not null default 10  check (hold_minutes between 1 and 60),
  codes_per_hour  integer not null default 3   check (codes_per_hour between 1 and 100),
  code_tries      integer not null default 5   check (code_tries between 1 and 20),
  offer_minutes   integer not null default 10  check (offer_minutes between 1 and 1440),
  return_minutes  integer not null default 60  check (return_minutes between 0 and 1440),
  opens_from      time    not null default '08:00',
  opens_to        time    not null default '10:00',
  check (opens_from <= opens_to)
);

-- What chance is drawn from, so that all processes draw the same and nobody outside can tell beforehand. The office's file never has it.
create table queue.chance (
  office_id  integer not null primary key references queue.office,
  seed       uuid    not null
);

insert into queue.fairness (office_id) select o.office_id from queue.office as o;
insert into queue.chance (office_id, seed) select o.office_id, gen_random_uuid() from queue.office as o;

alter table queue.service add column scarce boolean not null default false;

alter table queue.visit add column held_until timestamptz;  -- an unproven booking lapses then
alter table queue.visit add column person bytea;            -- keyed hash of the identity number, where a service is scarce

-- The code that was sent to the phone of an unproven booking.
create table queue.phone_proof (
  office_id  integer     not null,
  visit_id   uuid        not null,
  phone      text        not null,
  code       text        not null,
  tries      integer     not null default 0,
  sent       integer     not null default 1,
  sent_at    timestamptz not null,
  proven_at  timestamptz,
  primary key (office_id, visit_id)
);
create index phone_proof_phone on queue.phone_proof (office_id, phone, sent_at);

-- Who has asked for an earlier time: with a booking to be moved, or without one.
create table queue.waiting (
  office_id   integer     not null,
  waiting_id  uuid        not null,
  waiting_no  bigint      not null,    -- the order in which they asked
  token       bytea       not null check (length(token) = 16),
  state       text        not null default 'waiting' check (state in ('waiting', 'offered', 'booked', 'left', 'over')),
  visit_id    uuid,                    -- the booking to be moved; of who had none, the booking made in the end
  services    jsonb       not null,
  party_size  integer     not null check (party_size >= 1),
  until_at    timestamptz not null,    -- only what begins before is wanted
  name        text        not null default '',
  phone       text        not null,
  language    text        not null default 'vi' check (language in ('vi', 'en')),
  channel     text        not null default 'web',
  person      bytea,
  digits      integer     not null,
  moves       boolean     not null,
  refused     timestamptz[] not null default '{}',
  unanswered  integer     not null default 0,
  asked       bytea       not null,
  created_at  timestamptz not null,
  ended_at    timestamptz,
  primary key (office_id, waiting_id)
);
create unique index waiting_token on queue.waiting (office_id, token);
create unique index waiting_line on queue.waiting (office_id, waiting_no);
create index waiting_phone on queue.waiting (office_id, phone);
create unique index waiting_visit on queue.waiting (office_id, visit_id) where ended_at is null;

-- A place that is taken by no visit: offered to somebody who waits, or given back and not yet for everybody.
create table queue.kept_place (
  office_id   integer     not null,
  place_id    uuid        not null,
  kind        text        not null check (kind in ('offer', 'returning')),
  waiting_id  uuid,
  services    jsonb       not null,
  starts_at   timestamptz not null,
  ends_at     timestamptz not null,
  party_size  integer     not null,
  takes       queue.take[] not null,
  until_at    timestamptz not null,
  created_at  timestamptz not null,
  primary key (office_id, place_id)
);
create unique index kept_place_waiting on queue.kept_place (office_id, waiting_id) where waiting_id is not null;
create index kept_place_until on queue.kept_place (office_id, until_at);

-- A person's bookings of a scarce service over all offices of an authority: the key holds who is limited, `place` how many they may have.
create table ops.person_booking (
  authority   text        not null,
  service     text        not null,    -- national code, where it has one
  person      bytea       not null,
  place       integer     not null,
  office_id   integer     not null,
  visit_id    uuid        not null,
  until_at    timestamptz not null,    -- a row whose visit is over counts no longer
  primary key (authority, service, person, place)
);
create index person_booking_visit on ops.person_booking (office_id, visit_id);
