-- A change of an office with the people it gives another time, as its manager sees them, and what became of each: accepted, moved, again,
-- cancelled, missed, over, or nothing yet. Null: there is none.
create or replace function api.office_change(office_id integer, change_id uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select to_jsonb(c) - '{office_id,moves,layers}'::text[] || jsonb_build_object('directive', (select d.directive_id from ops.directive_office as d where d.change_id = c.change_id),
    'standing', coalesce(c.layers -> 'standing', c.file), 'current', queue._version_no(c.office_id), 'moves', (
    select coalesce(jsonb_agg(m.value || jsonb_build_object('name', v.name, 'phone', v.phone, 'code', v.code, 'party_size', v.booked_party,
        'answer', case when c.state = 'applied' then queue._change_answer(a, v) else '' end,
        'now', v.starts_at,
        'services', (select jsonb_agg(jsonb_build_object('name_vi', s.name_vi, 'name_en', s.name_en) order by x.service_no)
                     from queue.visit_service as x join queue.service as s on s.office_id = x.office_id and s.service_id = x.service_id
                     where x.office_id = v.office_id and x.visit_id = v.visit_id)) order by (m.value ->> 'was')::timestamptz, m.n), '[]')
    from jsonb_array_elements(c.moves) with ordinality as m (value, n)
    join queue.visit as v on v.office_id = c.office_id and v.visit_id = (m.value ->> 'visit_id')::uuid
    left join queue.change_move as a on a.office_id = c.office_id and a.change_id = c.change_id and a.visit_id = v.visit_id))
  from queue.change as c where c.office_id = office_change.office_id and c.change_id = office_change.change_id
$$;
