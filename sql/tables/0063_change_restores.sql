-- A change that goes back to a version says which; pages say it in the language of whoever reads.
alter table queue.change add column restores integer;
