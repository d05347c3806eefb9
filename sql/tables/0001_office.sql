-- What an office is: everything its TOML file says. Commands read these tables and never write them.

create schema if not exists queue;

create table queue.office (
  office_id            integer     not null primary key check (office_id between 1 and 9999),
  slug                 text        not null,
  kind                 text        not null default 'office' check (kind in ('office', 'bank')),
  name_vi              text        not null,
  name_en              text        not null,
  old_names            text[]      not null default '{}',
  aliases              text[]      not null default '{}',
  address_vi           text        not null default '',
  address_en           text        not null default '',
  phone                text        not null default '',
  time_zone            text        not null default 'Asia/Ho_Chi_Minh',
  booking_days         integer     not null default 6   check (booking_days between 0 and 365),
  lead_minutes         integer     not null default 30  check (lead_minutes >= 0),
  earliness_minutes    integer     not null default 15  check (earliness_minutes >= 0),
  lateness_minutes     integer     not null default 10  check (lateness_minutes >= 0),
  headroom_minutes     integer     not null default 15  check (headroom_minutes >= 0),
  usual_wait_minutes   integer     not null default 15  check (usual_wait_minutes >= 0),
  bookings_per_phone   integer     not null default 2   check (bookings_per_phone >= 1),
  largest_party        integer     not null default 5   check (largest_party between 1 and 50),
  leave_minutes        integer     not null default 2   check (leave_minutes >= 0),
  exits                text        not null default 'none' check (exits in ('none', 'counted', 'scanned')),
  lunch                text        not null default 'keep' check (lunch in ('keep', 'arrived')),
  invitation_minutes   integer     not null default 3   check (invitation_minutes >= 1),
  invitations          integer     not null default 3   check (invitations >= 1),
  absent_minutes       integer     not null default 15  check (absent_minutes >= 1),
  slip_minutes         integer     not null default 2   check (slip_minutes >= 0),
  pass_minutes         integer     not null default 10  check (pass_minutes >= 0),
  overdue_minutes      integer     not null default 45  check (overdue_minutes >= 1),
  due_minutes          integer     not null default 5   check (due_minutes >= 0),
  window_minutes       integer     not null default 30  check (window_minutes >= 5),
  retired              boolean     not null default false
);

create table queue.area (
  office_id  integer not null references queue.office,
  area_id    text    not null,
  name_vi    text    not null,
  name_en    text    not null,
  position   integer not null default 0,
  retired    boolean not null default false,
  primary key (office_id, area_id)
);

-- A line for one or more counters. Queues of one pool share counters; guidance is where "I don't know" leads.
create table queue.queue (
  office_id  integer not null references queue.office,
  queue_id   text    not null,
  area_id    text    not null,
  pool_id    text,
  letter     text    not null check (letter ~ '^[A-Z]{1,2}$'),
  name_vi    text    not null,
  name_en    text    not null,
  guidance   boolean not null default false,
  position   integer not null default 0,
  retired    boolean not null default false,
  primary key (office_id, queue_id),
  foreign key (office_id, area_id) references queue.area
);

create table queue.counter (
  office_id   integer not null references queue.office,
  counter_id  text    not null,
  area_id     text    not null,
  name_vi     text    not null,
  name_en     text    not null,
  where_vi    text    not null default '',
  where_en    text    not null default '',
  queues      text[]  not null,
  position    integer not null default 0,
  retired     boolean not null default false,
  primary key (office_id, counter_id),
  foreign key (office_id, area_id) references queue.area
);

create table queue.service (
  office_id      integer not null references queue.office,
  service_id     text    not null,
  queue_id       text    not null,
  national_code  text    not null default '',
  aliases        text[]  not null default '{}',
  name_vi        text    not null,
  name_en        text    not null,
  field_vi       text    not null default '',
  field_en       text    not null default '',
  minutes        integer not null check (minutes between 1 and 480),
  papers_vi      text[]  not null default '{}',
  papers_en      text[]  not null default '{}',
  urgent         boolean not null default false,
  collects       boolean not null default false,   -- the visit is to collect a result
  in_person      boolean not null default false,   -- its result must be collected in person
  position       integer not null default 0,
  retired        boolean not null default false,
  primary key (office_id, service_id),
  foreign key (office_id, queue_id) references queue.queue
);

-- How a service may be had, with dates; both end days belong to it. No row for a day means in person.
create table queue.service_channel (
  office_id   integer not null references queue.office,
  service_id  text    not null,
  channel     text    not null check (channel in ('in_person', 'online', 'post', 'home')),
  mode        text    not null check (mode in ('offered', 'steered', 'only')),
  url         text    not null default '',
  valid_from  date    not null default '-infinity',
  valid_to    date    not null default 'infinity',
  primary key (office_id, service_id, channel, valid_from),
  foreign key (office_id, service_id) references queue.service
);

create table queue.opening (
  office_id  integer not null references queue.office,
  weekday    integer not null check (weekday between 1 and 7),   -- Monday is 1
  opens      time    not null,
  closes     time    not null check (closes > opens),
  primary key (office_id, weekday, opens)
);

create table queue.closure (
  office_id  integer not null references queue.office,
  day        date    not null,
  name_vi    text    not null,
  name_en    text    not null,
  primary key (office_id, day)
);

-- A day with hours of its own; it overrides both the week and a closure.
create table queue.special_opening (
  office_id  integer not null references queue.office,
  day        date    not null,
  opens      time    not null,
  closes     time    not null check (closes > opens),
  primary key (office_id, day, opens)
);

-- Planned counters of a queue ('queue:justice') or pool ('pool:loans'), planned staff of an area ('staff:reception').
create table queue.plan (
  office_id  integer not null references queue.office,
  scope      text    not null,
  weekday    integer not null check (weekday between 1 and 7),
  starts     time    not null,
  ends       time    not null check (ends > starts),
  amount     integer not null check (amount >= 0),
  primary key (office_id, scope, weekday, starts)
);

-- scope: 'area:reception', 'counter:*' or 'counter:3' (kind present); 'queue:*', 'queue:teller' (kind hour, per desk), 'branch' (kind hour).
create table queue.cap (
  office_id   integer not null references queue.office,
  cap_id      text    not null,
  kind        text    not null check (kind in ('present', 'hour')),
  scope       text    not null,
  maximum     integer not null check (maximum >= 0),
  binds       text    not null default 'everyone' check (binds in ('everyone', 'walk-ins')),
  hour_rule   text    not null default 'clock' check (hour_rule in ('clock', 'any-60-minutes')),
  valid_from  date    not null default '-infinity',
  valid_to    date    not null default 'infinity',
  primary key (office_id, cap_id)
);
