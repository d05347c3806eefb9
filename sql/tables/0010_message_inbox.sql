-- Texts that no rule could read, until somebody has answered them: one row per phone while it is open. It spans offices, so it is above them.
create table ops.inbox (
  inbox_id     uuid        not null primary key,
  office_id    integer,                -- where this phone last booked; null: nobody knows
  phone        text        not null,
  carrier      text        not null,
  texts        text[]      not null,
  message_ids  text[]      not null,   -- the carrier's own: the same one again is the same text
  first_at     timestamptz not null,
  last_at      timestamptz not null,
  done_at      timestamptz,
  done_by      text        not null default '',
  answer       text        not null default ''
);
create unique index inbox_open on ops.inbox (phone) where done_at is null;
create index inbox_phone on ops.inbox (phone, last_at);
create index inbox_done on ops.inbox (done_at) where done_at is not null;
