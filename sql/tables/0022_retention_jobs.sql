-- no-transaction: jobs that are over and still say of whom are found by when they ended, to be emptied
create index concurrently job_ended on queue.job (office_id, ended_at) where ended_at is not null and facts <> '{}';
