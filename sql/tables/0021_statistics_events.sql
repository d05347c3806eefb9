-- no-transaction: what a day's figures need of the events, and no more
create index concurrently event_figures on queue.event (office_id, at)
  where kind in ('excess', 'recount', 'staff', 'counter open', 'counter paused', 'counter closed');
