-- no-transaction: who has come and is still there is found beside all who are booked
create index concurrently visit_here on queue.visit (office_id, state_at) where over_at is null and state not in ('held', 'booked');
