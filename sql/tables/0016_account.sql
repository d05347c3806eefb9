-- People who sign in, their sessions, the links that let them choose a password, and what was changed by whom.

create table ops.account (
  account_id  uuid        not null primary key,
  login       text        not null unique check (login = lower(login) and login ~ '^[a-z0-9][a-z0-9._@-]{1,79}$'),
  name        text        not null,                  -- as their colleagues know them; in no log
  role        text        not null check (role in ('helper', 'clerk', 'operator', 'manager', 'auditor', 'admin')),
  offices     integer[],                             -- null: every office
  password    text,                                  -- argon2; null: none chosen yet, or another organisation's sign-in alone
  subject     text        unique,                    -- who they are to that organisation
  totp        bytea,                                 -- the second factor's secret, encrypted by the service; null: none
  totp_step   bigint      not null default 0,        -- the last step whose code was used
  recovery    bytea[]     not null default '{}',     -- sha256 of each recovery code not used yet
  created_at  timestamptz not null,
  disabled_at timestamptz
);

create table ops.session (
  sha        bytea       not null primary key,       -- sha256 of what the cookie holds
  account_id uuid        not null references ops.account,
  created_at timestamptz not null,
  seen_at    timestamptz not null,
  ended_at   timestamptz
);
create index session_of_account on ops.session (account_id) where ended_at is null;

create table ops.account_link (
  sha        bytea       not null primary key,
  account_id uuid        not null references ops.account,
  expires_at timestamptz not null,
  used_at    timestamptz
);

-- Written by commands alone, read by api.audit alone; no citizen's name or number stands in it.
create table ops.audit (
  audit_no bigint      generated always as identity primary key,
  at       timestamptz not null,
  actor    text        not null,
  origin   text,                                     -- the network address it came from
  offices  integer[],                                -- null: the whole installation
  act      text        not null,
  target   text        not null,
  before   jsonb,
  after    jsonb
);
create index audit_by_time on ops.audit (at desc);

alter table queue.event add column origin text;      -- where a command of staff came from
