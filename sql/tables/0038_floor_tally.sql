-- Up to which minute a box has told its hub how often it refused and decided what.
alter table queue.floor add column tallied_to timestamptz not null default '-infinity';
