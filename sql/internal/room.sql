-- People in a room whom nobody can name: counted in and out by hand.

-- From now on so many more are there.
create or replace function queue._add_unnamed(office_id integer, area_id text, heads integer, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  last integer;
begin
  update queue.area_state as a set last_unnamed = a.last_unnamed + _add_unnamed.heads
  where a.office_id = _add_unnamed.office_id and a.area_id = _add_unnamed.area_id returning a.last_unnamed into last;
  insert into queue.unnamed_stay (office_id, area_id, unnamed_no, started_at, actor)
  select _add_unnamed.office_id, _add_unnamed.area_id, last - _add_unnamed.heads + i, _add_unnamed.now_, _add_unnamed.actor
  from generate_series(1, _add_unnamed.heads) as i;
end $$;

-- Of those, so many have gone, who came first going first. How many there were to go.
create or replace function queue._end_unnamed(office_id integer, area_id text, heads integer, now_ timestamptz) returns integer
language plpgsql as $$
#variable_conflict use_column
declare
  ended integer;
begin
  update queue.unnamed_stay as u set ended_at = _end_unnamed.now_
  where u.office_id = _end_unnamed.office_id and u.area_id = _end_unnamed.area_id and u.unnamed_no in (
    select w.unnamed_no from queue.unnamed_stay as w
    where w.office_id = _end_unnamed.office_id and w.area_id = _end_unnamed.area_id and w.ended_at is null
    order by w.unnamed_no limit greatest(_end_unnamed.heads, 0));
  get diagnostics ended = row_count;
  return ended;
end $$;
