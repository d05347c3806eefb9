-- no-transaction: what somebody wrote as a reason is found by its visit, to take the name out of it
create index concurrently event_reason on queue.event (office_id, visit_id) where facts ? 'reason';
