-- Who is to be called back at these offices: {open, later, rows}. Rows: those whose day has come, the oldest first, then those it will come for, by
-- day; at most `most` of each. It spans offices: soft, nothing is locked.
create or replace function api.call_backs(at timestamptz, offices integer[], most integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  with waiting as (
    select queue._call_back_json(o, c, call_backs.at) as row, c.created_at
    from queue.office as o
    join queue.call_back as c on c.office_id = o.office_id and c.state = 'waiting'
    where o.office_id = any (call_backs.offices)
  ), placed as (
    select w.row, (w.row ->> 'open')::boolean as open, w.created_at,
      row_number() over (partition by w.row -> 'open' order by case when (w.row ->> 'open')::boolean then null else w.row ->> 'opens_on' end, w.created_at) as place
    from waiting as w
  )
  select jsonb_build_object('open', count(*) filter (where p.open), 'later', count(*) filter (where not p.open),
    'rows', coalesce(jsonb_agg(p.row order by p.open desc, p.place) filter (where p.place <= call_backs.most), '[]'))
  from placed as p
$$;
