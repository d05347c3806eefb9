-- Counts the days of an office that may have changed since they were last counted, the oldest first, at most so many; answers {days, more}.
-- It locks no office: the lobby never waits for it. Two at once: one counts, the other finds nothing to do.
create or replace function api.count_days(office_id integer, at timestamptz, most integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  c queue.counted;
  version_ bigint;
  today date;
  again date[];
  days date[];
  day_ date;
begin
  select * into o from queue.office as k where k.office_id = count_days.office_id;
  if not found then
    perform queue._refuse('QS404', 'no_such_office', '{}');
  end if;
  if not exists (select from queue.counted as k where k.office_id = o.office_id) then  -- an insert would wait for who is counting
    insert into queue.counted (office_id) values (o.office_id) on conflict (office_id) do nothing;
  end if;
  select * into c from queue.counted as k where k.office_id = o.office_id for update skip locked;
  if not found then
    return jsonb_build_object('days', 0, 'more', false);
  end if;

  today := queue._day(o, count_days.at);
  select s.version into version_ from queue.office_state as s where s.office_id = o.office_id;  -- what happens from now on is for the next time
  again := array(select a.day from queue.count_again as a where a.office_id = o.office_id and a.day < today order by a.day limit count_days.most);
  -- yesterday is still written to after midnight; before that only a box brings something, and says so
  c.day := case when c.day is not null then least(c.day, today - 1)
                else least(today, (select min(v.day) from queue.visit as v where v.office_id = o.office_id)) end;
  days := array(
    select x.day from (select unnest(again) as day union select g.day::date from generate_series(c.day, today, interval '1 day') as g (day)) as x
    order by x.day limit greatest(count_days.most, 2));  -- the last day counted is counted once more, and the next
  foreach day_ in array days loop
    perform queue._count_day(o, day_, count_days.at);
  end loop;
  perform queue._count_month(o.office_id, m.month)
  from (select distinct date_trunc('month', x.day)::date as month from unnest(days) as x (day)) as m;
  delete from queue.count_again as a where a.office_id = o.office_id and a.day = any (days);

  if today = any (days) then
    update queue.counted as k set version = version_, day = today, at = count_days.at where k.office_id = o.office_id;
  else
    update queue.counted as k set day = greatest(c.day, (select max(x.day) from unnest(days) as x (day) where not x.day = any (again)))
    where k.office_id = o.office_id;
  end if;
  return jsonb_build_object('days', cardinality(days), 'more', not today = any (days));
end $$;
