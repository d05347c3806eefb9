-- Procedures handled without a visit, as whoever runs the portal, the post or the home service has counted them day by day; and the share of all that
-- is aimed at, from which day to which.
create table queue.filed (
  office_id   integer not null references queue.office,
  day         date    not null,
  service_id  text    not null,
  way         text    not null check (way in ('online', 'post', 'home')),
  count       integer not null check (count >= 0),
  primary key (office_id, day, service_id, way)
);

create table queue.target (
  office_id   integer not null references queue.office,
  service_id  text    not null,                       -- '': all of the office's services together
  percent     integer not null check (percent between 0 and 100),
  valid_from  date    not null default '-infinity',
  valid_to    date    not null default 'infinity',    -- that day included
  primary key (office_id, service_id, valid_from)
);

-- Of a day: handled without a visit (per channel: by which way), and services finished at a counter, of days for which the former is known.
alter table queue.day_figure add column filed integer not null default 0, add column served_beside integer not null default 0;
alter table queue.month_figure add column filed integer not null default 0, add column served_beside integer not null default 0;
