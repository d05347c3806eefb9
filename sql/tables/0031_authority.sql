-- What stands above offices: an authority (a province, a bank) with its catalogue of services, calendar and texts. Reference data: commands read it only
-- when an office is changed. What an office keeps beside what it effectively is: what it says itself, and the measures in force there.

create table ops.authority (
  authority_id  text        not null primary key check (authority_id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(authority_id) <= 60),
  name_vi       text        not null,
  name_en       text        not null,
  shared        jsonb       not null default '{}',  -- calendar and texts: closures, special_openings, message_texts, as an office's document has them
  created_at    timestamptz not null,
  changed_at    timestamptz not null                -- catalogue, calendar or texts
);

create table ops.authority_office (
  office_id     integer     not null primary key,   -- an office has one authority at most
  authority_id  text        not null references ops.authority
);
create index authority_office_of on ops.authority_office (authority_id);

-- The catalogue: what a service is, whoever offers it. What is empty says nothing, so the office's own word holds.
create table ops.procedure (
  authority_id   text       not null references ops.authority,
  national_code  text       not null,
  name_vi        text       not null,
  name_en        text       not null default '',
  field_vi       text       not null default '',
  field_en       text       not null default '',
  aliases        text[]     not null default '{}',
  papers_vi      text[]     not null default '{}',
  papers_en      text[]     not null default '{}',
  minutes        integer    check (minutes between 1 and 480),
  urgent         boolean    not null default false,
  in_person      boolean    not null default false,
  url            text       not null default '',
  primary key (authority_id, national_code)
);

-- An office under something: what it says itself, without what it has from its authority, and the measures in force there.
create table queue.layers (
  office_id  integer        not null primary key,
  own        jsonb          not null,
  measures   jsonb          not null default '[]',  -- [{measure_id, name_vi, name_en, rules, valid_from, valid_to}]
  passed_on  timestamptz                            -- up to when its authority's changes have come here
);
create index layers_measure on queue.layers (office_id) where measures <> '[]';

alter table queue.change add column layers jsonb;             -- the layers once it is made; null: nothing stands above the office
alter table queue.office_version add column standing jsonb;   -- the file without measures, where that is something else: what is restored

-- Somebody of an authority reaches its offices, whichever they are at that moment.
alter table ops.account add column authority_id text;
-- squawk-ignore ban-drop-constraint
alter table ops.account drop constraint account_role_check;
-- squawk-ignore constraint-missing-not-valid
alter table ops.account add constraint account_role_check
  check (role in ('helper', 'clerk', 'operator', 'manager', 'authority', 'auditor', 'admin') and (role = 'authority') = (authority_id is not null));
-- squawk-ignore ban-drop-constraint
alter table ops.token drop constraint token_role_check;
-- squawk-ignore constraint-missing-not-valid
alter table ops.token add constraint token_role_check
  check (role in ('kiosk', 'board', 'helper', 'clerk', 'operator', 'manager', 'authority', 'auditor', 'admin', 'box'));
