-- Messages that go out by themselves: what an office sends, in which words, and what became of each.

-- What the office's file says under [messages]. No row: as the defaults say (queue._message_rules).
create table queue.message_rules (
  office_id            integer not null primary key references queue.office,
  send                 text[]  not null,               -- kinds of message
  carriers             text[]  not null default '{}',  -- in the order they are tried; empty: all there are
  quiet_from           time    not null default '21:00',
  quiet_to             time    not null default '07:00',
  links                boolean not null default true,
  day_before_minutes   integer not null default 1440 check (day_before_minutes between 0 and 20160),
  hour_before_minutes  integer not null default 60   check (hour_before_minutes between 0 and 1440),
  near                 integer not null default 3    check (near between 0 and 50)
);

-- The office's own words for a kind of message.
create table queue.message_text (
  office_id  integer not null references queue.office,
  kind       text    not null,
  language   text    not null check (language in ('vi', 'en')),
  text       text    not null,
  primary key (office_id, kind, language)
);

-- A message as it was written when it was first sent. Its job says whether it is still to be sent, and bears the same id.
create table queue.message (
  office_id   integer     not null,
  message_id  uuid        not null,
  kind        text        not null,
  visit_id    uuid,
  phone       text        not null,               -- phone and text are emptied after 30 days
  language    text        not null check (language in ('vi', 'en')),
  text        text        not null,
  state       text        not null default 'sending' check (state in ('sending', 'sent', 'delivered', 'dead', 'dropped')),
  state_at    timestamptz not null,
  error       text        not null default '',
  primary key (office_id, message_id)
);
create index message_kept on queue.message (office_id, state_at) where text <> '';
create index message_dead on queue.message (office_id, state_at) where state = 'dead';

-- Each call of a carrier, noted before it is made: one that has no end may have reached the person.
create table queue.sending (
  office_id   integer     not null,
  message_id  uuid        not null,
  sending_no  integer     not null,
  carrier     text        not null,
  started_at  timestamptz not null,
  outcome     text        not null default 'open' check (outcome in ('open', 'accepted', 'passing', 'permanent', 'unknown', 'lost', 'forgiven')),
  carrier_id  text        not null default '',
  error       text        not null default '',
  ended_at    timestamptz,
  primary key (office_id, message_id, sending_no)
);
create unique index sending_carrier_id on queue.sending (office_id, carrier, carrier_id) where carrier_id <> '';

alter table queue.job add column failures integer not null default 0;  -- tries that failed and may be made again
