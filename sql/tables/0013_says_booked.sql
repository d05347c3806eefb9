-- Who typed a code that the office's box had not heard of, and was given a number on the word of it (RULES.md, Hub and box).
create table queue.says_booked (
  office_id   integer not null,
  visit_id    uuid    not null,  -- the visit at the door
  code        text    not null,
  booking_id  uuid,              -- the booking of that code, once both are known in one place and are one
  primary key (office_id, visit_id)
);
create index says_booked_code on queue.says_booked (office_id, code);
create unique index says_booked_booking on queue.says_booked (office_id, booking_id) where booking_id is not null;
