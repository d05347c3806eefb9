-- So many went in whom nobody can name: "one in". A count is a fact and no admission: it is never refused for a cap, and nobody else enters until it fits again.
-- They go by "one out" where exits are counted, else at the next recount. Refuses: QS404 no_such_area, QS422 bad_count.
create or replace function api.count_in(office_id integer, at timestamptz, actor text, key text, area_id text, count integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(count_in.office_id, count_in.at);
  body jsonb := jsonb_build_array(count_in.area_id, count_in.count);
  answer jsonb := queue._replay(count_in.office_id, now_, count_in.actor, count_in.key, 'count_in', body);
  o queue.office;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = count_in.office_id;
  perform queue._area(o.office_id, count_in.area_id);
  if count_in.count is null or count_in.count not between 1 and 100 then
    perform queue._refuse('QS422', 'bad_count', '{}');
  end if;
  perform queue._add_unnamed(o.office_id, count_in.area_id, count_in.count, now_, count_in.actor);
  perform queue._event(o.office_id, now_, count_in.actor, 'counted_in', null, jsonb_build_object('area', count_in.area_id, 'count', count_in.count));

  perform queue._end(o.office_id, now_);
  answer := queue._area_json(o, count_in.area_id, now_) || jsonb_build_object('change', count_in.count);
  perform queue._remember(o.office_id, now_, count_in.actor, count_in.key, 'count_in', body, answer);
  return answer;
end $$;
