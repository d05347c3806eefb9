-- Takes in how many of each service were handled without a visit: [{day, service_id, way, count}]. What is told of a day is all that is known of it: the
-- same again changes nothing, another word about a day takes the place of the former one. The figures of days that changed are counted anew by the
-- worker. Locks no office. Answers {days, changed}: how many days were told of, and how many of them are other than before. Tried out alone (`keep` false)
-- it writes nothing.
-- Refuses: QS404 no_such_office; QS422 bad_day (a day that is not over), unknown_service, bad_count.
create or replace function api.keep_filed(office_id integer, at timestamptz, actor text, rows jsonb, keep boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  told queue.filed[];
  days date[];
  changed date[];
  unknown text;
begin
  select * into o from queue.office as k where k.office_id = keep_filed.office_id;
  if not found then
    perform queue._refuse('QS404', 'no_such_office', '{}');
  end if;
  select array_agg(row (o.office_id, r.day, r.service_id, r.way, r.count)::queue.filed), array_agg(distinct r.day) into told, days
  from jsonb_populate_recordset(null::queue.filed, keep_filed.rows) as r;
  select t.service_id into unknown from unnest(told) as t
  where not exists (select from queue.service as s where s.office_id = o.office_id and s.service_id = t.service_id) limit 1;
  if found then
    perform queue._refuse('QS422', 'unknown_service', jsonb_build_object('service', unknown));
  elsif exists (select from unnest(days) as d where coalesce(d >= queue._day(o, keep_filed.at), true)) then
    perform queue._refuse('QS422', 'bad_day', '{}');
  elsif exists (select from unnest(told) as t where coalesce(t.count < 0, true)) then
    perform queue._refuse('QS422', 'bad_count', '{}');
  end if;

  perform from queue.counted as k where k.office_id = o.office_id for update;  -- two files at once: one after the other, and not beside a count
  changed := array(
    select distinct coalesce(t.day, f.day) from unnest(told) as t
    full join (select * from queue.filed as k where k.office_id = o.office_id and k.day = any (days)) as f
      on f.day = t.day and f.service_id = t.service_id and f.way = t.way
    where t.count is distinct from f.count);
  if keep_filed.keep and cardinality(changed) > 0 then
    delete from queue.filed as f where f.office_id = o.office_id and f.day = any (changed);
    insert into queue.filed select t.* from unnest(told) as t where t.day = any (changed)
    on conflict (office_id, day, service_id, way) do update set count = excluded.count;
    insert into queue.count_again (office_id, day) select o.office_id, d from unnest(changed) as d on conflict (office_id, day) do nothing;
    perform queue._audit(keep_filed.at, keep_filed.actor, array[o.office_id], 'keep_filed', '', null,
      jsonb_build_object('days', cardinality(changed), 'from', (select min(d) from unnest(changed) as d), 'to', (select max(d) from unnest(changed) as d)));
  end if;
  return jsonb_build_object('days', coalesce(cardinality(days), 0), 'changed', cardinality(changed));
end $$;
