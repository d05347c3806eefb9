-- The same figures for whole months, the first day standing for each: what a year adds up from. Months are counted with their days, so all are counted anew.
create table queue.month_figure (like queue.day_figure including all);

update queue.counted set day = null, version = -1 where day is not null;
