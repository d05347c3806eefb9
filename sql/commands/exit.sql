-- Out through the door. With a visit (exit scan): after finish the stay ends; before finish the visitor waits outside again, the place in line kept; a call is undone.
-- With a count of heads ("one out", nobody named; only where exits are counted or scanned): unnamed stays end first, then finished ones, then absent ones.
-- Refuses: QS404 no_such_visit no_such_area, QS409 exits_not_counted wrong_state nobody_to_leave, QS422 bad_count.
create or replace function api.exit(office_id integer, at timestamptz, actor text, key text, area_id text, visit_id uuid, count integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(exit.office_id, exit.at);
  body jsonb := jsonb_build_array(exit.area_id, exit.visit_id, exit.count);
  answer jsonb := queue._replay(exit.office_id, now_, exit.actor, exit.key, 'exit', body);
  o queue.office;
  v queue.visit;
  out_ integer;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = exit.office_id;
  perform queue._area(o.office_id, exit.area_id);
  if exit.visit_id is not null then
    v := queue._visit(o.office_id, exit.visit_id);
    if v.state = 'done' then
      if v.over_at is null then
        perform queue._gone(o.office_id, v.visit_id, now_, exit.actor, 'exit');
      end if;
    elsif v.state in ('invited', 'inside', 'called', 'serving', 'absent') or v.state = 'parked' and v.parked = 'here' then
      if v.state = 'called' and queue._unuse_place(o, v) then
        perform queue._hold_place(o, queue._visit(o.office_id, v.visit_id), now_);
      end if;
      perform queue._move(o.office_id, v.visit_id, 'arrived', now_, exit.actor, 'exit');
      update queue.visit as w set stepped_out = true where w.office_id = o.office_id and w.visit_id = v.visit_id;
      if v.state in ('absent', 'serving') then
        perform queue._hold_again(o, queue._visit(o.office_id, v.visit_id), now_);
      end if;
    elsif v.state <> 'left' then
      perform queue._refuse('QS409', 'wrong_state', jsonb_build_object('state', v.state));
    end if;
  else
    if o.exits = 'none' then
      perform queue._refuse('QS409', 'exits_not_counted', '{}');
    elsif exit.count is null or exit.count not between 1 and 100 then
      perform queue._refuse('QS422', 'bad_count', '{}');
    end if;
    out_ := exit.count - queue._end_unnamed(o.office_id, exit.area_id, exit.count, now_);
    while out_ > 0 loop
      select * into v from queue.visit as w
      where w.office_id = o.office_id and w.over_at is null and w.area_id = exit.area_id and w.state in ('done', 'absent')
      order by w.state = 'absent', w.state_at limit 1;
      if not found then
        perform queue._refuse('QS409', 'nobody_to_leave', jsonb_build_object('counted', exit.count - out_));
      end if;
      if v.party_size > out_ then
        -- some of a party are out, the others still in, for no longer than they would have been
        update queue.visit as w set party_size = v.party_size - out_ where w.office_id = o.office_id and w.visit_id = v.visit_id;
        perform queue._move(o.office_id, v.visit_id, v.state, now_, exit.actor, 'one out');
        update queue.visit as w set state_at = v.state_at where w.office_id = o.office_id and w.visit_id = v.visit_id;
      else
        perform queue._gone(o.office_id, v.visit_id, now_, exit.actor, 'one out');
      end if;
      out_ := out_ - v.party_size;
    end loop;
  end if;

  perform queue._end(o.office_id, now_);
  answer := queue._area_json(o, exit.area_id, now_) || case when exit.visit_id is null then jsonb_build_object('change', -exit.count) else '{}' end;
  perform queue._remember(o.office_id, now_, exit.actor, exit.key, 'exit', body, answer);
  return answer;
end $$;
