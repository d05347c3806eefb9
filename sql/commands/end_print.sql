-- What became of a slip sent to a printer under this key: no problem means that it came out, and its number may be called. Staff are told of a printer in trouble.
-- Said once; a second word on the same print changes nothing. `paper` is ok, low, out or null where the printer does not tell.
create or replace function api.end_print(office_id integer, at timestamptz, actor text, key text, problem text, paper text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(end_print.office_id, end_print.at);
  o queue.office;
  r queue.print;
begin
  select * into o from queue.office where office_id = end_print.office_id;
  update queue.print as w set ended_at = now_, problem = end_print.problem
  where w.office_id = o.office_id and w.print_id = end_print.key::uuid and w.ended_at is null
  returning w.* into r;
  if found then
    insert into queue.device as d (office_id, device_id, role, last_at, facts)
    values (o.office_id, 'printer:' || r.printer_id, 'printer', now_, jsonb_build_object('problem', r.problem, 'paper', end_print.paper))
    on conflict (office_id, device_id) do update set last_at = excluded.last_at, facts = excluded.facts;
    if r.problem = '' then
      perform queue._slip_given(o, r.visit_id, 'printed', now_, end_print.actor);
    end if;
  else
    select * into r from queue.print as w where w.office_id = o.office_id and w.print_id = end_print.key::uuid;
  end if;
  perform queue._end(o.office_id, now_);
  return jsonb_build_object('problem', r.problem, 'visit', queue._answer(o.office_id, r.visit_id, now_));
end $$;
