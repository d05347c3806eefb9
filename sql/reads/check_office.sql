-- Counts usage, presence, numbers and jobs again from the ledger; a row for every difference: what, what the ledger says, what is kept.
create or replace function api.check_office(office_id integer, at timestamptz) returns table (what text, expected text, found text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
begin
  select * into o from queue.office as k where k.office_id = check_office.office_id;

  -- usage of every cell from what the visits say they take, and from places that are kept for a while
  return query
    with counted as (
      select t.scope, c.cell, sum(t.amount)::integer as amount
      from (
        select v.takes from queue.visit as v where v.office_id = o.office_id
        union all
        select k.takes from queue.kept_place as k where k.office_id = o.office_id) as v
      cross join lateral unnest(v.takes) as t
      cross join lateral generate_series(t.from_cell, t.to_cell - interval '5 minutes', interval '5 minutes') as c (cell)
      group by t.scope, c.cell
    ), kept as (
      select u.scope, u.cell, u.taken from queue.usage as u where u.office_id = o.office_id and u.taken <> 0
    )
    select 'usage ' || coalesce(c.scope, k.scope) || ' ' || coalesce(c.cell, k.cell)::text, coalesce(c.amount, 0)::text, coalesce(k.taken, 0)::text
    from counted as c full join kept as k on k.scope = c.scope and k.cell = c.cell
    where coalesce(c.amount, 0) <> coalesce(k.taken, 0);

  -- every visit is in exactly the state of its last stay, and present where its state says
  return query
    select 'visit ' || v.visit_id, coalesce(s.state, 'no stay'), v.state
    from queue.visit as v
    left join lateral (
      select t.* from queue.stay as t where t.office_id = v.office_id and t.visit_id = v.visit_id order by t.stay_no desc limit 1) as s on true
    where v.office_id = o.office_id and (s.state is distinct from v.state or (s.ended_at is null) <> (v.over_at is null)
      -- of a party that one has left the others stay on as they were, in a stay of their own
      or (v.over_at is null and s.started_at <> v.state_at and (s.reason <> 'one out' or s.started_at < v.state_at))
      or (v.over_at is null and (s.counter_id is distinct from v.counter_id or s.area_id <> v.area_id or s.heads <> v.party_size
          or s.present <> (v.state in ('invited', 'inside', 'called', 'serving', 'absent', 'done') or (v.state = 'parked' and v.parked = 'here')))));

  return query
    select 'area ' || a.area_id, queue._present(o, a.area_id, check_office.at)::text, x.present::text
    from queue.area as a
    cross join lateral (
      select queue._staff(o, a.area_id, check_office.at)
        + coalesce(sum(v.party_size) filter (where v.state in ('invited', 'inside', 'called', 'serving', 'absent', 'done') or v.state = 'parked' and v.parked = 'here'), 0)
        + (select count(*) from queue.unnamed_stay as u where u.office_id = o.office_id and u.area_id = a.area_id and u.ended_at is null) as present
      from queue.visit as v where v.office_id = o.office_id and v.area_id = a.area_id and v.over_at is null) as x
    where a.office_id = o.office_id and queue._present(o, a.area_id, check_office.at) <> x.present;

  -- stays follow one another without gap or overlap
  return query
    select 'stays of ' || s.visit_id, s.before::text, s.started_at::text
    from (select t.visit_id, t.started_at, lag(t.ended_at) over w as before, lag(t.stay_no) over w as before_no, t.stay_no
          from queue.stay as t where t.office_id = o.office_id window w as (partition by t.visit_id order by t.stay_no)) as s
    where s.before_no is not null and (s.before is null or s.before > s.started_at or s.stay_no <> s.before_no + 1);

  -- every count up to the last has exactly one visit
  return query
    select 'numbers ' || n.queue_id || ' ' || n.day, n.last::text, count(v.visit_id)::text || ', last ' || coalesce(max(v.number_count), 0)
    from queue.number as n
    left join queue.visit as v on v.office_id = n.office_id and v.number_day = n.day and v.number_queue = n.queue_id
    where n.office_id = o.office_id
    group by n.queue_id, n.day, n.last
    having count(v.visit_id) <> n.last or coalesce(max(v.number_count), 0) <> n.last;

  -- services and jobs belong to visits
  return query
    select 'services of ' || v.visit_id, 'at least 1', '0' from queue.visit as v
    where v.office_id = o.office_id and not exists (
      select from queue.visit_service as s where s.office_id = v.office_id and s.visit_id = v.visit_id and s.service_no = v.service_no);
  return query
    select 'job ' || j.job_id, 'a visit', 'none' from queue.job as j
    where j.office_id = o.office_id and j.visit_id is not null and not exists (
      select from queue.visit as v where v.office_id = j.office_id and v.visit_id = j.visit_id);
  -- who has an offer has a place kept for it, and nobody else has
  return query
    select 'offer of ' || coalesce(w.waiting_id, k.waiting_id), coalesce(w.state, 'nobody waits'), coalesce(k.kind, 'no place')
    from (select * from queue.waiting as x where x.office_id = o.office_id and x.state = 'offered') as w
    full join (select * from queue.kept_place as x where x.office_id = o.office_id and x.kind = 'offer') as k on k.waiting_id = w.waiting_id
    where w.waiting_id is null or k.waiting_id is null;
  return query
    select 'message ' || m.message_id, 'a job', 'none' from queue.message as m
    where m.office_id = o.office_id and not exists (
      select from queue.job as j where j.office_id = m.office_id and j.job_id = m.message_id);
  return query
    select 'confirmation of ' || v.visit_id, '1', count(j.job_id)::text
    from queue.visit as v
    left join queue.job as j on j.office_id = v.office_id and j.visit_id = v.visit_id and j.kind = 'confirmation'
    where v.office_id = o.office_id and v.booked and v.phone <> '' and not queue._is_box(o.office_id) group by v.visit_id having count(j.job_id) <> 1;
end $$;
