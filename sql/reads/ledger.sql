-- Every stay that touches the time from from_at up to, not including, to_at, in order; unnamed stays too. No personal data.
create or replace function api.ledger(office_id integer, from_at timestamptz, to_at timestamptz)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(l.stay order by l.started_at, l.stay_no), '[]'::jsonb)
  from (
    select s.started_at, s.stay_no,
           jsonb_build_object('visit_id', s.visit_id, 'state', s.state, 'present', s.present, 'area', s.area_id, 'queue', s.queue_id,
                              'counter', s.counter_id, 'heads', s.heads, 'started_at', s.started_at, 'ended_at', s.ended_at,
                              'reason', s.reason) as stay
    from queue.stay as s
    where s.office_id = ledger.office_id and s.started_at < ledger.to_at
      and (s.ended_at is null or s.ended_at > ledger.from_at or s.started_at >= ledger.from_at)
    union all
    select u.started_at, u.unnamed_no,
           jsonb_build_object('visit_id', null, 'state', 'unnamed', 'present', true, 'area', u.area_id, 'queue', null, 'counter', null,
                              'heads', 1, 'started_at', u.started_at, 'ended_at', u.ended_at, 'reason', '')
    from queue.unnamed_stay as u
    where u.office_id = ledger.office_id and u.started_at < ledger.to_at
      and (u.ended_at is null or u.ended_at > ledger.from_at or u.started_at >= ledger.from_at)
  ) as l
$$;
