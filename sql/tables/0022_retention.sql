-- How long an office keeps who came. Names and phones are removed this many days after the visit; what is counted stays.
alter table queue.office add column retention_days integer not null default 30 check (retention_days between 1 and 3650);

-- From which day on visits may still bear a name. Those before were looked through: they need not be read again.
create table queue.forgotten (
  office_id  integer not null primary key,
  named_from date    not null
);
