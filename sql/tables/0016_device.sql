-- Keys that belong to one device, and devices that ask for one by the code on their screen.

alter table ops.token add column one_device boolean not null default false;
alter table ops.token add column device bytea;      -- sha256 of what the browser that claimed it keeps beside it; null: nobody has yet
alter table ops.token add column elsewhere_at timestamptz;   -- when it last came from another

create table ops.pairing (
  sha        bytea       not null primary key,      -- of what will be the device's token, once somebody has said yes
  device     bytea       not null,
  code       text        not null,                  -- six digits, shown on the device
  expires_at timestamptz not null,
  token_id   uuid
);
create unique index pairing_code on ops.pairing (code) where token_id is null;
