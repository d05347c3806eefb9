-- Presets, and what an authority has directed: which offices are to have it, and what came of it at each. Whether an office has it is read from
-- the office's own change, so a directive can never say more than is true.

create table ops.preset (
  authority_id  text        not null references ops.authority,
  preset_id     uuid        not null,
  name_vi       text        not null,
  name_en       text        not null,
  rules         jsonb       not null,     -- {caps, urgent_only, urgent_codes, online_only, closed}
  actor         text        not null,
  changed_at    timestamptz not null,
  retired       boolean     not null default false,
  primary key (authority_id, preset_id)
);

create table ops.directive (
  directive_id  uuid        not null primary key,
  authority_id  text        not null references ops.authority,
  act           text        not null check (act in ('begin', 'extend', 'end', 'pass_on')),
  measure       jsonb,                    -- as an office keeps it; null: the authority's catalogue, calendar and texts as they are
  note          text        not null default '',
  most_days     integer     not null check (most_days between 0 and 366),
  actor         text        not null,
  created_at    timestamptz not null,
  confirmed_at  timestamptz,
  dropped_at    timestamptz
);
create index directive_of on ops.directive (authority_id, created_at desc);

create table ops.directive_office (
  directive_id  uuid        not null references ops.directive,
  office_id     integer     not null,
  change_id     uuid        not null,
  wanted        text        not null default 'draft' check (wanted in ('draft', 'apply', '')),  -- what the worker is to do; empty: nothing now
  seen          text        not null default '',    -- the list that was confirmed
  problem       text        not null default '',    -- why it could not be done: a refusal's code, or list_changed, changed_meanwhile
  facts         jsonb       not null default '{}',
  tried_at      timestamptz,
  primary key (directive_id, office_id)
);
create unique index directive_change on ops.directive_office (change_id);
create index directive_work on ops.directive_office (wanted) where wanted <> '';
