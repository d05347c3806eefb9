-- no-transaction: the messages of a visit are found by it, to be emptied with it
create index concurrently message_visit on queue.message (office_id, visit_id) where text <> '';
