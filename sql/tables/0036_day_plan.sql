-- What is planned of a queue, pool or area on one date, instead of what its weekday says: of counters and staff as in queue.plan.
create table queue.day_plan (
  office_id  integer not null references queue.office,
  day        date    not null,
  scope      text    not null,
  starts     time    not null,
  ends       time    not null check (ends > starts),
  amount     integer not null check (amount >= 0),
  primary key (office_id, day, scope, starts)
);
