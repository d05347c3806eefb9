-- Everybody in the area counted by hand, staff included. Fewer than known: unnamed stays end, then finished ones, then absent ones; if that is not
-- enough, who left must be said (QS409 who_left with the candidates): nobody is taken out of the line by a count. More: unnamed stays begin.
-- The correction is kept. Refuses: QS404 no_such_area, QS409 who_left fewer_than_staff, QS422 bad_count.
create or replace function api.recount(office_id integer, at timestamptz, actor text, key text, area_id text, present integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(recount.office_id, recount.at);
  body jsonb := jsonb_build_array(recount.area_id, recount.present);
  answer jsonb := queue._replay(recount.office_id, now_, recount.actor, recount.key, 'recount', body);
  o queue.office;
  known integer;
  over integer;
  v queue.visit;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = recount.office_id;
  perform queue._area(o.office_id, recount.area_id);
  if recount.present is null or recount.present not between 0 and 10000 then
    perform queue._refuse('QS422', 'bad_count', '{}');
  elsif recount.present < queue._staff(o, recount.area_id, now_) then
    perform queue._refuse('QS409', 'fewer_than_staff', jsonb_build_object('staff', queue._staff(o, recount.area_id, now_)));
  end if;
  known := queue._present(o, recount.area_id, now_);

  over := known - recount.present;
  over := over - queue._end_unnamed(o.office_id, recount.area_id, over, now_);
  for v in
    select w.* from queue.visit as w
    where over > 0 and w.office_id = o.office_id and w.over_at is null and w.area_id = recount.area_id and w.state in ('done', 'absent')
    order by w.state = 'absent', w.state_at
  loop
    exit when over <= 0;
    perform queue._gone(o.office_id, v.visit_id, now_, recount.actor, 'recount');
    over := over - v.party_size;
  end loop;
  if over > 0 then
    perform queue._refuse('QS409', 'who_left', jsonb_build_object('excess', over, 'candidates', (
      select coalesce(jsonb_agg(jsonb_build_object('visit_id', w.visit_id, 'number', w.number, 'state', w.state) order by w.number), '[]')
      from queue.visit as w join queue.stay as s on s.office_id = w.office_id and s.visit_id = w.visit_id and s.ended_at is null and s.present
      where w.office_id = o.office_id and w.over_at is null and s.area_id = recount.area_id)));
  end if;
  if over < 0 then
    perform queue._add_unnamed(o.office_id, recount.area_id, -over, now_, recount.actor);
  end if;
  perform queue._event(o.office_id, now_, recount.actor, 'recount', null,
    jsonb_build_object('area', recount.area_id, 'known', known, 'counted', recount.present));
  update queue.floor as f set uncounted = array_remove(f.uncounted, recount.area_id) where f.office_id = o.office_id and f.uncounted <> '{}';

  perform queue._end(o.office_id, now_);
  answer := queue._area_json(o, recount.area_id, now_) || jsonb_build_object('change', recount.present - known);
  perform queue._remember(o.office_id, now_, recount.actor, recount.key, 'recount', body, answer);
  return answer;
end $$;
