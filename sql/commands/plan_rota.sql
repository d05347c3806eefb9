-- Plans these days anew by letting groups take turns: in each `turn` (day, week, shift) as many groups as are `together` are in the office, beginning with
-- `first_group` and going on in the order of the office's file; the others are at home or off (`others`). Who is in no group is always in the office, who is
-- on leave nowhere. Only days on which the office is open count; a shift takes place where it meets an opening hour. Nothing is published by it.
-- Refuses: QS422 bad_days bad_turns, QS409 day_over no_shifts, QS404 no_such_group.
create or replace function api.plan_rota(office_id integer, at timestamptz, actor text, first_day date, last_day date, turn text, first_group text,
                                         together integer, others text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_hub(plan_rota.office_id, plan_rota.at);
  o queue.office;
  groups text[];
  made integer;
begin
  select * into o from queue.office where office_id = plan_rota.office_id;
  perform queue._rota_days(o, now_, plan_rota.first_day, plan_rota.last_day);
  groups := array(select g.group_id from queue.staff_group as g where g.office_id = o.office_id order by g.position, g.group_id);
  if not exists (select from queue.shift as s where s.office_id = o.office_id) then
    perform queue._refuse('QS409', 'no_shifts', '{}');
  elsif plan_rota.first_group <> all (groups) then
    perform queue._refuse('QS404', 'no_such_group', '{}');
  elsif plan_rota.turn not in ('day', 'week', 'shift') or plan_rota.others not in ('home', 'off')
        or plan_rota.together not between 1 and greatest(cardinality(groups), 1) then
    perform queue._refuse('QS422', 'bad_turns', '{}');
  end if;

  delete from queue.duty as d where d.office_id = o.office_id and d.day between plan_rota.first_day and plan_rota.last_day and not d.published;
  with held as (   -- the shifts that take place, in order
    select g.day::date as day, s.shift_id, dense_rank() over (order by g.day) - 1 as day_no, row_number() over (order by g.day, s.starts, s.position) - 1 as shift_no
    from generate_series(plan_rota.first_day, plan_rota.last_day, interval '1 day') as g (day)
    join queue.shift as s on s.office_id = o.office_id
    where exists (select from queue._parts_of_day(o, g.day::date) as p where p.open and s.starts < p.ends and s.ends > p.starts)
  ), placed as (
    select h.day, h.shift_id, m.staff_id,
      case when p.at is null or ((p.at - p.first_ - t.n * plan_rota.together) % p.all_ + p.all_) % p.all_ < plan_rota.together then 'office'
           else plan_rota.others end as place
    from held as h
    cross join queue.staff_member as m
    cross join lateral (select array_position(groups, m.group_id) as at, coalesce(array_position(groups, plan_rota.first_group), 1) as first_,
                               nullif(cardinality(groups), 0) as all_) as p
    cross join lateral (select case plan_rota.turn when 'day' then h.day_no when 'shift' then h.shift_no
                               else (date_trunc('week', h.day)::date - date_trunc('week', plan_rota.first_day)::date) / 7 end as n) as t
    where m.office_id = o.office_id and queue._on_list(m, h.day)
      and not exists (select from queue.staff_leave as l where l.office_id = o.office_id and l.staff_id = m.staff_id and h.day between l.first_day and l.last_day)
  )
  insert into queue.duty (office_id, day, published, staff_id, shift_id, place)
  select o.office_id, p.day, false, p.staff_id, p.shift_id, p.place from placed as p where p.place <> 'off';
  get diagnostics made = row_count;
  perform queue._audit(now_, plan_rota.actor, array[o.office_id], 'plan_rota', concat_ws(' – ', plan_rota.first_day, plan_rota.last_day), null,
    jsonb_build_object('turn', plan_rota.turn, 'first_group', plan_rota.first_group, 'together', plan_rota.together, 'others', plan_rota.others));
  return jsonb_build_object('duties', made);
end $$;
