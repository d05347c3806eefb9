-- The counters of an office for who chooses one: its state, whom it serves, and who has it (`taken`, as in api.counter). Null: no such office.
create or replace function api.counters(office_id integer, at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
begin
  select * into o from queue.office as k where k.office_id = counters.office_id;
  if not found then
    return null;
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('counter', c.counter_id, 'name_vi', c.name_vi, 'name_en', c.name_en,
             'where_vi', c.where_vi, 'where_en', c.where_en, 'state', coalesce(k.state, 'closed'), 'reason', coalesce(k.reason, ''), 'until', k.until,
             'taken', queue._taken_json(o, c.counter_id, counters.at),
             'numbers', (select coalesce(jsonb_agg(v.number order by v.state_at), '[]') from queue.visit as v
                         where v.office_id = o.office_id and v.over_at is null and v.counter_id = c.counter_id and v.state in ('called', 'serving')))
             order by c.position, c.counter_id), '[]')
    from queue.counter as c left join queue.counter_state as k on k.office_id = c.office_id and k.counter_id = c.counter_id
    where c.office_id = o.office_id and not c.retired);
end $$;
