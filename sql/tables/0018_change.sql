-- What managers change: each version of an office's file, changes that are thought over, and who was given another time by one.

create table queue.office_version (
  office_id   integer     not null,
  version_no  integer     not null,
  at          timestamptz not null,
  actor       text        not null,               -- empty: what was there before versions were kept
  note        text        not null default '',
  change_id   uuid,
  file        jsonb       not null,
  primary key (office_id, version_no)
);

create table queue.change (
  office_id   integer     not null,
  change_id   uuid        not null,
  state       text        not null default 'draft' check (state in ('draft', 'applied', 'dropped')),
  base        integer     not null,               -- the version it was made from
  file        jsonb       not null,
  note        text        not null default '',
  most_days   integer     not null check (most_days between 0 and 366),
  moves       jsonb       not null default '[]',  -- who no longer fits and the time proposed, as last shown: ids and times, no names
  seen        text        not null,               -- what a confirmation of that list says
  actor       text        not null,
  created_at  timestamptz not null,
  applied_at  timestamptz,
  applied_by  text        not null default '',
  primary key (office_id, change_id)
);
create index change_at on queue.change (office_id, created_at);

-- Somebody who was given another time, or whom none could be found for. Whether they chose another or cancelled, their visit says.
create table queue.change_move (
  office_id    integer     not null,
  change_id    uuid        not null,
  visit_id     uuid        not null,
  reason       text        not null,
  was          timestamptz not null,
  starts_at    timestamptz,                       -- null: none was free within the manager's limit
  revision     integer     not null,              -- the visit's since then
  accepted_at  timestamptz,
  primary key (office_id, change_id, visit_id)
);
create index change_move_visit on queue.change_move (office_id, visit_id);
