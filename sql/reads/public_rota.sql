-- The two lists that an office publishes, who is in and who works at home, of the published ones of these days: {public, days: [{day, withdrawn_at, shifts: [{name_vi,
-- name_en, starts, ends, office, home, people: [{place, name, title, fields: [{name_vi, name_en}]}]}]}]}. Of a person no more than name, title and what they can be
-- asked for; where the office publishes numbers, nobody. A day that was taken back is among them, with that moment and nobody. Null: it publishes nothing.
create or replace function api.public_rota(office_id integer, at timestamptz, first_day date, last_day date) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('public', r.public, 'days', (
    select coalesce(jsonb_agg(jsonb_build_object('day', d.day, 'withdrawn_at', d.withdrawn_at, 'shifts', (
      select coalesce(jsonb_agg(jsonb_build_object('name_vi', s.name_vi, 'name_en', s.name_en, 'starts', to_char(s.starts, 'HH24:MI'),
        'ends', to_char(s.ends, 'HH24:MI'), 'office', x.office, 'home', x.home, 'people', x.people) order by s.starts, s.position), '[]')
      from queue.shift as s
      cross join lateral (
        select count(*) filter (where k.place = 'office') as office, count(*) filter (where k.place = 'home') as home,
          coalesce(jsonb_agg(jsonb_build_object('place', k.place, 'name', m.name, 'title', m.title, 'fields', (
            select coalesce(jsonb_agg(jsonb_build_object('name_vi', q.name_vi, 'name_en', q.name_en) order by q.position), '[]')
            from queue.queue as q where q.office_id = o.office_id and not q.retired and q.queue_id = any (m.queues)))
            order by m.leads desc, queue._person_key(m.name), m.staff_id) filter (where r.public = 'names'), '[]') as people
        from queue._duties(o, d.day, true) as k join queue.staff_member as m on m.office_id = o.office_id and m.staff_id = k.staff_id
        where k.shift_id = s.shift_id and not exists (   -- who has gone on leave since then is at neither place
          select from queue.staff_leave as l where l.office_id = o.office_id and l.staff_id = m.staff_id and d.day between l.first_day and l.last_day)) as x
      where s.office_id = o.office_id and x.office + x.home > 0)) order by d.day), '[]')
    from (
      select r.day, null::timestamptz as withdrawn_at from queue.rota_day as r where r.office_id = o.office_id
      union all
      select w.day, w.withdrawn_at from queue.rota_withdrawal as w where w.office_id = o.office_id) as d
    where d.day between public_rota.first_day and public_rota.last_day))
  from queue.office as o join queue.rota as r on r.office_id = o.office_id
  where o.office_id = public_rota.office_id and not o.retired and r.public <> 'no'
$$;
