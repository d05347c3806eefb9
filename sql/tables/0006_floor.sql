-- Where an office's floor lives: here, or with a box at the office. No row: here, as ever. At the hub a row tells of the box; at the box, of the hub.

alter table queue.office add column walk_in_share integer not null default 30 check (walk_in_share between 0 and 100);

create table queue.floor (
  office_id        integer     not null primary key,
  side             text        not null check (side in ('hub', 'box')),  -- what this database is to the office
  epoch            integer     not null default 0,    -- moves whenever the floor changes hands
  box_id           uuid,                              -- who has the floor; at the hub null: the hub itself
  box_name         text        not null default '',
  taken_at         timestamptz,
  heard_at         timestamptz,                       -- the other side's last word
  clock_off        real        not null default 0,    -- seconds the box's clock is ahead of the hub's
  ready            boolean     not null default false,-- the box has everything the hub knew when it took the floor
  stopped          text        not null default '',   -- why the box gives no floor commands any more: 'lost' or 'handed_back'
  trouble          text        not null default '',   -- what the box last met instead of the hub's answer
  closed_until     timestamptz,                       -- at the box: the hub sells nothing before this any more, and all it sold is known
  out_seq          bigint      not null default 0,    -- the last entry made for the other side
  in_seq           bigint      not null default 0,    -- the last entry of the other side that was taken in
  seen_version     bigint      not null default -1,   -- up to which version of the office entries were made, and of what else
  seen_day         date,
  seen_event       bigint      not null default 0,
  seen_request     timestamptz not null default '-infinity',
  seen_revocation  bigint      not null default 0,
  seen_parts       jsonb       not null default '{}', -- hashes of what is sent whole
  uncounted        text[]      not null default '{}', -- rooms to be counted before anybody is let in or called after a floor was taken back
  keys             jsonb       not null default '{}'  -- at the box: the hub's public ticket keys by id
);

-- What is on its way to the other side: kept until it says that it has it.
create table queue.floor_entry (
  office_id  integer not null,
  seq        bigint  not null,
  kind       text    not null,
  body       jsonb   not null,
  primary key (office_id, seq)
);

-- In which version (its row's own mark of the transaction that wrote it) the other side has a visit.
create table queue.floor_known (
  office_id  integer not null,
  visit_id   uuid    not null,
  mark       text    not null,
  primary key (office_id, visit_id)
);

-- What a box brought after its floor had been taken back: history that changes nobody's presence.
create table queue.floor_late (
  office_id  integer     not null,
  epoch      integer     not null,
  seq        bigint      not null,
  kind       text        not null,
  body       jsonb       not null,
  at         timestamptz not null,
  primary key (office_id, epoch, seq)
);

-- squawk-ignore ban-drop-constraint
alter table ops.token drop constraint token_role_check;
-- squawk-ignore constraint-missing-not-valid
alter table ops.token add constraint token_role_check
  check (role in ('kiosk', 'board', 'helper', 'clerk', 'operator', 'manager', 'auditor', 'admin', 'box'));
