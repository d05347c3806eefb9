-- What happens at an office: written by commands alone, all of it under the lock of the office's state row.
-- No foreign keys on what a booking inserts: a command writes visit, services and stay together, `check` compares them, and each key would cost a look-up and a row lock per booking.

create table queue.office_state (
  office_id    integer     not null primary key references queue.office,
  version      bigint      not null default 0,             -- moves whenever something a board may show has changed
  last_at      timestamptz not null default '-infinity',   -- the office's time never runs backwards
  next_due_at  timestamptz not null default 'infinity',    -- nothing is decided by time alone before this
  last_event   bigint      not null default 0
);

create table queue.area_state (
  office_id      integer     not null,
  area_id        text        not null,
  staff_said     integer,
  staff_said_at  timestamptz,
  blocked_visit  uuid,          -- the first of the door line whose party does not fit
  blocked_since  timestamptz,
  last_unnamed   integer     not null default 0,
  primary key (office_id, area_id),
  foreign key (office_id, area_id) references queue.area
);

create table queue.counter_state (
  office_id   integer     not null,
  counter_id  text        not null,
  state       text        not null default 'closed' check (state in ('closed', 'open', 'paused')),
  since       timestamptz,
  reason      text        not null default '',
  until       timestamptz,
  actor       text        not null default '',
  primary key (office_id, counter_id),
  foreign key (office_id, counter_id) references queue.counter
);

-- One part of what a visit takes from usage: amount of scope in each cell from from_cell up to, not including, to_cell.
create type queue.take as (
  service_no  integer,
  scope       text,
  from_cell   timestamptz,
  to_cell     timestamptz,
  amount      integer,
  used        boolean      -- an hour place that a call has used; a held one is false
);

-- One service of a visit, placed: its queue, its whole cells, and how long after the visit's start it begins.
create type queue.leg as (
  service_no     integer,
  service_id     text,
  queue_id       text,
  pool_id        text,
  area_id        text,
  quantity       integer,
  minutes        integer,
  after_minutes  integer
);

create table queue.visit (
  office_id     integer      not null,
  visit_id      uuid         not null,
  state         text         not null check (state in ('held', 'booked', 'arrived', 'invited', 'inside', 'called', 'serving',
                                                       'parked', 'absent', 'done', 'left', 'cancelled', 'missed', 'void')),
  state_at      timestamptz  not null,
  day           date         not null,             -- the office's own day the visit is for
  code          text         not null,
  token         bytea        not null check (length(token) = 16),
  revision      integer      not null default 1,
  channel       text         not null check (channel in ('web', 'hotline', 'text', 'voice', 'kiosk', 'helper', 'api')),
  language      text         not null default 'vi' check (language in ('vi', 'en')),
  name          text         not null default '',
  phone         text         not null default '',  -- E.164
  booked        boolean      not null,             -- came with a booking; a kept window is a promise, not a booking
  promised      boolean      not null default false,
  starts_at     timestamptz,                       -- the booked time or the start of the kept window
  ends_at       timestamptz,
  party_size    integer      not null check (party_size >= 1),
  booked_party  integer      not null,
  priority      text         not null default '',
  needs         text[]       not null default '{}',
  service_no    integer      not null default 1,
  queue_id      text         not null,
  area_id       text         not null,
  counter_id    text,
  number        text,
  number_day    date,
  number_queue  text,
  number_count  integer,
  slip          text         not null default 'none' check (slip in ('none', 'pending', 'unconfirmed', 'printed', 'phone', 'said', 'failed')),
  slip_at       timestamptz,
  arrived_at    timestamptz,
  came_at       timestamptz,
  invitations   integer      not null default 0,
  yields        boolean      not null default false,  -- its invitation lapsed: the next who fits goes first
  stepped_out   boolean      not null default false,  -- went out before the end: invited again only after a scan at the door
  parked        text         check (parked in ('here', 'away')),
  takes         queue.take[] not null default '{}',
  attention     text         not null default '',  -- why it stands on the manager's list
  passed        text[]       not null default '{}',-- notes on who passed whom at the door
  asked         bytea,                             -- sha256 of the booking as it was asked for: the same again is answered the same
  created_at    timestamptz  not null,
  over_at       timestamptz,
  primary key (office_id, visit_id)
);
create unique index visit_token on queue.visit (office_id, token);
create index visit_code on queue.visit (office_id, code);
create unique index visit_number on queue.visit (office_id, number_day, number_queue, number_count) where number_count is not null;
create index visit_open on queue.visit (office_id, state, starts_at) where over_at is null;
create index visit_phone on queue.visit (office_id, phone) where over_at is null and phone <> '';
create index visit_day on queue.visit (office_id, day, state);

create table queue.visit_service (
  office_id   integer not null,
  visit_id    uuid    not null,
  service_no  integer not null,
  service_id  text    not null,
  queue_id    text    not null,
  quantity    integer not null default 1 check (quantity between 1 and 100),
  minutes     integer not null,               -- whole cells, quantity counted
  state       text    not null default 'waiting' check (state in ('waiting', 'done', 'left')),
  primary key (office_id, visit_id, service_no)
);

-- The ledger: one row per stay of a visit in a state. Never rewritten; a stay is ended once.
create table queue.stay (
  office_id   integer     not null,
  visit_id    uuid        not null,
  stay_no     integer     not null,
  state       text        not null,
  present     boolean     not null,            -- counts in the area while not ended
  area_id     text        not null,
  queue_id    text        not null,
  counter_id  text,
  heads       integer     not null,
  place       boolean     not null default false,  -- a call that used an hour place of its desk
  started_at  timestamptz not null,
  ended_at    timestamptz,
  actor       text        not null,
  reason      text        not null default '',
  primary key (office_id, visit_id, stay_no)
);
create unique index stay_one_open on queue.stay (office_id, visit_id) where ended_at is null;
create index stay_present on queue.stay (office_id, area_id) where ended_at is null and present;
create index stay_call on queue.stay (office_id, counter_id, started_at) where place;
create index stay_started on queue.stay (office_id, started_at) where state = 'called';

-- Somebody counted inside whom nobody can name: ended by "one out" or the next recount.
create table queue.unnamed_stay (
  office_id   integer     not null,
  area_id     text        not null,
  unnamed_no  integer     not null,
  started_at  timestamptz not null,
  ended_at    timestamptz,
  actor       text        not null,
  primary key (office_id, area_id, unnamed_no)
);

-- What is taken of a scope in a cell (5 minutes), by bookings and walk-in numbers alike.
-- scope: 'queue:q' visits, 'pool:p' visits, 'area:a' heads, 'place/queue:q', 'place/pool:p', 'place/branch' hour places held or used.
create table queue.usage (
  office_id  integer     not null,
  scope      text        not null,
  cell       timestamptz not null,
  taken      integer     not null check (taken >= 0),
  primary key (office_id, scope, cell)
);

create table queue.number (
  office_id  integer not null,
  day        date    not null,
  queue_id   text    not null,
  last       integer not null,
  primary key (office_id, day, queue_id)
);

-- What is neither a stay nor a row of its own: recounts, staff, excesses, passes, counters, carried places.
create table queue.event (
  office_id  integer     not null,
  event_no   bigint      not null,
  at         timestamptz not null,
  actor      text        not null,
  kind       text        not null,
  visit_id   uuid,
  facts      jsonb       not null default '{}',
  primary key (office_id, event_no)
);

create table queue.request (
  office_id    integer     not null,
  caller       text        not null,
  key          text        not null,
  command      text        not null,
  body         bytea       not null,      -- sha256 of what was asked
  answer       jsonb       not null,
  visit_id     uuid,
  visit_state  text,
  at           timestamptz not null,
  primary key (office_id, caller, key)
);
create index request_at on queue.request (office_id, at);

create table queue.job (
  office_id      integer     not null,
  job_id         uuid        not null,
  kind           text        not null,
  visit_id       uuid,
  facts          jsonb       not null default '{}',
  due_at         timestamptz not null,
  attempts       integer     not null default 0,
  claimed_until  timestamptz,
  ended_at       timestamptz,
  outcome        text        not null default '',
  primary key (office_id, job_id)
);
create index job_due on queue.job (office_id, due_at) where ended_at is null;

create table queue.revocation (
  office_id      integer     not null,
  revocation_no  bigint      not null,
  visit_id       uuid        not null,
  revision       integer     not null,     -- tickets up to this revision are worth nothing
  reason         text        not null check (reason in ('cancelled', 'moved')),
  at             timestamptz not null,
  primary key (office_id, revocation_no)
);

create table queue.tally (
  office_id  integer     not null,
  minute     timestamptz not null,
  command    text        not null,
  code       text        not null,
  count      integer     not null,
  primary key (office_id, minute, command, code)
);

create table queue.device (
  office_id  integer     not null,
  device_id  text        not null,
  role       text        not null,
  last_at    timestamptz not null,
  facts      jsonb       not null default '{}',
  primary key (office_id, device_id)
);
