-- What the hotline needs beyond bookings: where offices are, who is to be called back, which texts have been answered.

-- Its neighbours are those near by. Null: its file does not say.
alter table queue.office add column latitude double precision;
alter table queue.office add column longitude double precision;

-- Who was asked to wait until a measure ends: called back then, the oldest first.
create table queue.call_back (
  office_id     integer     not null references queue.office,
  call_back_id  uuid        not null,
  service_id    text        not null,
  name          text        not null,
  phone         text        not null,               -- E.164
  language      text        not null default 'vi' check (language in ('vi', 'en')),
  note          text        not null default '',
  not_before    date,                               -- the caller's own wish; the list may open later, never sooner
  created_at    timestamptz not null,
  actor         text        not null,
  tries         integer     not null default 0,     -- calls that nobody took
  tried_at      timestamptz,
  state         text        not null default 'waiting' check (state in ('waiting', 'done', 'booked', 'gave_up')),
  ended_at      timestamptz,
  ended_by      text        not null default '',
  primary key (office_id, call_back_id)
);
create index call_back_waiting on queue.call_back (office_id, created_at) where state = 'waiting';
create index call_back_ended on queue.call_back (office_id, ended_at) where state <> 'waiting';

-- A text message that was decided, with what was answered: a carrier that delivers it again gets the same. No answer yet: somebody is at it.
create table ops.text_answer (
  message     bytea       not null primary key,     -- sha256 of carrier, its id of the message, and the sender
  taken_at    timestamptz not null,
  answer      text,
  understood  boolean     not null default true
);
create index text_answer_at on ops.text_answer (taken_at);
