-- What somebody who texts was asked back, until they answer or it ends: one question per phone and office.

create table queue.text_question (
  office_id  integer     not null references queue.office,
  phone      text        not null,
  question   jsonb       not null,   -- the name, and the options in the order of their numbers
  asked_at   timestamptz not null,
  ends_at    timestamptz not null,
  primary key (office_id, phone)
);
