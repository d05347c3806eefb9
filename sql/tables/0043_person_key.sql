-- At a box: the hub's keys of today and the next days, so that one person has one hash at both (queue.walk_in_person). Each is gone when its day is over.
create table queue.person_key (
  office_id  integer not null,
  day        date    not null,
  key        bytea   not null check (length(key) = 32),
  primary key (office_id, day)
);
