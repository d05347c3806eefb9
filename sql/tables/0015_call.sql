-- What was done in a call of the hotline, so that it can be found by the call's number in the hotline's own software.
create table queue.call_entry (
  office_id     integer     not null,
  entry_id      uuid        not null,                  -- the step's own id: pressed twice, written once
  at            timestamptz not null,
  actor         text        not null,
  call          text        not null default '',       -- as the hotline's software names it
  did           text        not null check (did in ('booked', 'moved', 'cancelled', 'sent', 'link', 'waits')),
  visit_id      uuid,
  call_back_id  uuid,
  service_id    text        not null default '',
  note          text        not null default '',       -- what the operator wrote down
  primary key (office_id, entry_id)
);
create index call_entry_call on queue.call_entry (office_id, call, at) where call <> '';
create index call_entry_visit on queue.call_entry (office_id, visit_id) where note <> '';
