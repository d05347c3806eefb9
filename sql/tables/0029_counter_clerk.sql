-- Who has a counter: one clerk, in one browser, until it closes, another takes over, or the day is over.
alter table queue.counter_state
  add column clerk      text not null default '',   -- the actor; nobody: empty
  add column seat       text not null default '',   -- the browser they sit at, as its hash
  add column taken_at   timestamptz,
  add column taken_from text not null default '';   -- from whom it was taken over
