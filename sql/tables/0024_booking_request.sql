-- A booking as api.book_slots takes it, field by field: a group of them arrives without being parsed. queue_service/group_commit.py makes it.
create type queue.booking_request as (
  booking_id  uuid,         -- becomes the visit's
  actor       text,
  services    jsonb,        -- [{service, quantity}]
  starts_at   timestamptz,
  name        text,
  phone       text,         -- E.164, or empty
  token       text,         -- 16 bytes in hex
  digits      integer,      -- the code the hub would give
  party_size  integer,
  language    text,
  channel     text,
  priority    text,
  needs       text[],
  person      text,         -- keyed hash of the identity number in hex, where a service is scarce
  proof       text,         -- the code to be sent, should the office ask for proof of the phone
  reason      text          -- why the hotline goes over the limit of bookings per phone
);
