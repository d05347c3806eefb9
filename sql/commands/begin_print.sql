-- A slip is about to be printed: one slip at a time on a printer, once for each key (a UUID), at most five times for a visit. Answers `begun` with the
-- printer and everything on the slip; the same key again is not begun but told what became of it. A printer nobody has spoken of for 15 s is free.
-- Refuses: QS404 no_such_visit no_such_printer, QS409 no_printer nothing_to_print slips_enough printer_busy {retry_after, since} id_reused.
create or replace function api.begin_print(office_id integer, at timestamptz, actor text, key text, visit_id uuid, printer_id text)
returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(begin_print.office_id, begin_print.at);
  o queue.office;
  v queue.visit;
  p queue.printer;
  r queue.print;
begin
  select * into o from queue.office where office_id = begin_print.office_id;
  v := queue._visit(o.office_id, begin_print.visit_id);
  select * into r from queue.print as w where w.office_id = o.office_id and w.print_id = begin_print.key::uuid;
  if found then
    if r.visit_id <> v.visit_id then
      perform queue._refuse('QS409', 'id_reused', '{}');
    end if;
    return jsonb_build_object('begun', false, 'printer', r.printer_id, 'ended', r.ended_at is not null, 'problem', r.problem,
                              'visit', queue._visit_json(o, v, now_));
  end if;

  select * into p from queue.printer as w
  where w.office_id = o.office_id and w.printer_id = coalesce(begin_print.printer_id, w.printer_id) order by w.position limit 1;
  if not found and begin_print.printer_id is not null then
    perform queue._refuse('QS404', 'no_such_printer', '{}');
  elsif not found then
    perform queue._refuse('QS409', 'no_printer', '{}');
  elsif v.over_at is not null and v.state <> 'void' or v.number is null and not v.promised then
    perform queue._refuse('QS409', 'nothing_to_print', '{}');
  elsif (select count(*) from queue.print as w where w.office_id = o.office_id and w.visit_id = v.visit_id and w.problem = '') >= 5 then
    perform queue._refuse('QS409', 'slips_enough', '{"most": 5}');
  elsif queue._printing(o.office_id, p.printer_id, now_) then
    perform queue._refuse('QS409', 'printer_busy', jsonb_build_object('retry_after', 1, 'since', (
      select max(w.begun_at) from queue.print as w
      where w.office_id = o.office_id and w.printer_id = p.printer_id and w.ended_at is null)));
  end if;

  insert into queue.print (office_id, print_id, visit_id, printer_id, actor, begun_at)
  values (o.office_id, begin_print.key::uuid, v.visit_id, p.printer_id, begin_print.actor, now_);
  perform queue._end(o.office_id, now_);
  v := queue._visit(o.office_id, v.visit_id);
  return jsonb_build_object('begun', true, 'printer', p.printer_id, 'address', p.address, 'dots', p.dots, 'at', now_,
    'office', jsonb_build_object('slug', o.slug, 'name_vi', o.name_vi, 'name_en', o.name_en, 'time_zone', o.time_zone, 'phone', o.phone),
    'area', (select jsonb_build_object('name_vi', a.name_vi, 'name_en', a.name_en) from queue.area as a
             where a.office_id = o.office_id and a.area_id = v.area_id
               and exists (select from queue.area as b where b.office_id = o.office_id and b.area_id <> a.area_id and not b.retired)),
    'visit', queue._visit_json(o, v, now_),
    -- The link opens the visit's page: it goes on paper only for who took the number here just now. Others have theirs; a code opens nothing.
    'token', case when not v.booked and v.created_at > now_ - interval '10 minutes' then encode(v.token, 'hex') end);
end $$;
