-- What a clerk notes beside the numbers: the dossiers a visit was about, and questions answered without a number.

-- A dossier's code leads to a person, so it has an end: settling lets it go from that day on.
create table queue.dossier (
  office_id   integer     not null,
  visit_id    uuid        not null,
  code        text        not null check (code ~ '^[A-Z0-9][A-Z0-9./_-]{2,39}$'),
  counter_id  text        not null,
  noted_at    timestamptz not null,
  forget_on   date        not null,
  primary key (office_id, visit_id, code)
);
create index dossier_forget_on on queue.dossier (office_id, forget_on);

create table queue.quick_question (
  office_id    integer     not null references queue.office,
  question_id  uuid        not null default gen_random_uuid(),
  counter_id   text        not null,
  at           timestamptz not null,
  actor        text        not null,
  primary key (office_id, question_id)
);
create index quick_question_at on queue.quick_question (office_id, counter_id, at);
