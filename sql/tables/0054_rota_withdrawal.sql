-- A day whose rota was published and taken back, until it is published anew: who did which, and when.
create table queue.rota_withdrawal (
  office_id     integer      not null references queue.office,
  day           date         not null,
  published_at  timestamptz  not null,
  published_by  text         not null,
  withdrawn_at  timestamptz  not null,
  withdrawn_by  text         not null,
  primary key (office_id, day)
);
