-- no-transaction: the audit view of an office among years of events.
create index concurrently event_audit on queue.event (office_id, at)
where kind in ('excess', 'admitted', 'recount', 'staff', 'counted_in', 'undone', 'came_at', 'taken_over', 'floor taken back');
