-- no-transaction: the bookings over the limit of a phone are found for their report
create index concurrently event_over_limit on queue.event (office_id, at) where kind = 'over_limit';
