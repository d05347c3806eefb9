-- What an office's file has said, newest first, without the files; with each change how many people it gave another time and how many said yes.
create or replace function api.office_versions(office_id integer, most integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(v) order by v.version_no desc), '[]')
  from (
    select w.version_no, w.at, w.actor, w.note, w.change_id, c.rota, c.restores, count(m.visit_id) as moved, count(m.accepted_at) as accepted
    from queue.office_version as w
    left join queue.change as c on c.office_id = w.office_id and c.change_id = w.change_id
    left join queue.change_move as m on m.office_id = w.office_id and m.change_id = w.change_id
    where w.office_id = office_versions.office_id
    group by w.office_id, w.version_no, w.at, w.actor, w.note, w.change_id, c.rota, c.restores
    order by w.version_no desc limit office_versions.most) as v
$$;
