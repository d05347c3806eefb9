-- The screens that hang in the office, by names its file gives them under [board]: one of these that says nothing is missed.
alter table queue.board add column screens text[] not null default '{}';
