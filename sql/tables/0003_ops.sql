-- What is above offices: where an office lives, who may call, how often somebody tried.

create schema if not exists ops;

create table ops.office (
  slug       text    not null primary key,
  office_id  integer not null unique
);

create table ops.token (
  sha        bytea       not null primary key,     -- sha256 of the token; the token itself is shown once and kept nowhere
  token_id   uuid        not null unique,
  role       text        not null check (role in ('kiosk', 'board', 'helper', 'clerk', 'operator', 'manager', 'auditor', 'admin')),
  offices    integer[],                            -- null: every office
  label      text        not null default '',
  created_at timestamptz not null,
  revoked_at timestamptz
);

-- Failed tries, by address or device. Losing it in a crash costs nothing but patience.
create unlogged table ops.attempt (
  key       text        not null primary key,
  remaining real        not null,
  at        timestamptz not null
);
