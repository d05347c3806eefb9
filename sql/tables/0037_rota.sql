-- The rota: who works when, in the office or at home. Rules, shifts and groups stand in the office's file; people, their leave and what they are
-- planned for do not: they are removed when the office's days of keeping are over.

create table queue.rota (
  office_id  integer  not null primary key references queue.office,
  leader     boolean  not null default false,     -- in every hour somebody who leads is in the office
  covered    text[],                              -- queues that somebody in the office can serve in every hour; null: all
  public     text     not null default 'no' check (public in ('no', 'numbers', 'names'))
);

create table queue.shift (
  office_id  integer  not null references queue.office,
  shift_id   text     not null,
  name_vi    text     not null,
  name_en    text     not null,
  starts     time     not null,
  ends       time     not null check (ends > starts),
  position   integer  not null default 0,
  primary key (office_id, shift_id)
);

-- People who take turns together.
create table queue.staff_group (
  office_id  integer  not null references queue.office,
  group_id   text     not null,
  name_vi    text     not null,
  name_en    text     not null,
  position   integer  not null default 0,
  primary key (office_id, group_id)
);

-- How many must, and how many may, be in the office or work at home; of several that are valid on a day each holds.
create table queue.attendance (
  office_id      integer  not null references queue.office,
  attendance_id  text     not null,
  place          text     not null check (place in ('office', 'home')),
  minimum        integer  check (minimum >= 0),
  maximum        integer  check (maximum >= 0),
  unit           text     not null default 'people' check (unit in ('people', 'percent')),   -- of all on the list
  valid_from     date     not null default '-infinity',
  valid_to       date     not null default 'infinity',
  primary key (office_id, attendance_id)
);

create table queue.staff_member (
  office_id   integer  not null references queue.office,
  staff_id    uuid     not null,
  name        text     not null,
  title       text     not null default '',
  group_id    text,                               -- null: takes no turns
  area_id     text,                               -- counts in its cap while in the office; null: sits elsewhere
  queues      text[]   not null default '{}',     -- the fields this person can serve
  leads       boolean  not null default false,
  account_id  uuid,                               -- with which they sign in
  left_on     date,                               -- the last day
  primary key (office_id, staff_id)
);

create table queue.staff_leave (
  office_id  integer  not null,
  staff_id   uuid     not null,
  first_day  date     not null,
  last_day   date     not null check (last_day >= first_day),
  primary key (office_id, staff_id, first_day),
  foreign key (office_id, staff_id) references queue.staff_member on delete cascade
);

-- What is planned, and beside it, as it was then, what was published.
create table queue.duty (
  office_id  integer  not null,
  day        date     not null,
  published  boolean  not null,
  staff_id   uuid     not null,
  shift_id   text     not null,
  place      text     not null check (place in ('office', 'home')),
  primary key (office_id, day, published, staff_id, shift_id),
  foreign key (office_id, staff_id) references queue.staff_member on delete cascade
);

create table queue.rota_day (
  office_id     integer      not null references queue.office,
  day           date         not null,
  published_at  timestamptz  not null,
  published_by  text         not null,
  primary key (office_id, day)
);

alter table queue.change add column rota jsonb;   -- the days whose rota is published with it, and what it was: {first_day, last_day, mark}
