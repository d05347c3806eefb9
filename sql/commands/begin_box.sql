-- At the box: it has taken the floor of this office in this epoch. Everything else comes with the exchange; until then it lets nobody in.
-- A box that lost its floor, or gave it back, and takes it again begins anew with what the hub knows. Refuses: QS409 not_a_box: this database is a hub's.
create or replace function api.begin_box(office_id integer, at timestamptz, box_id uuid, box_name text, epoch integer, file jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  f queue.floor;
begin
  if exists (select from queue.office as o where not queue._is_box(o.office_id)) then
    perform queue._refuse('QS409', 'not_a_box', '{}');
  end if;
  perform api.import_office(begin_box.office_id, begin_box.at, 'hub', begin_box.file);
  select * into f from queue.floor as k where k.office_id = begin_box.office_id for update;
  if f.epoch = begin_box.epoch then
    return queue._floor_json(begin_box.office_id, begin_box.at);
  elsif f.office_id is not null then
    -- another epoch's floor: what was not heard stays in the entries' table of that epoch until the hub has it
    delete from queue.usage as u where u.office_id = f.office_id;
    delete from queue.visit_service as s where s.office_id = f.office_id;
    delete from queue.stay as s where s.office_id = f.office_id;
    delete from queue.visit as v where v.office_id = f.office_id;
    delete from queue.number as n where n.office_id = f.office_id;
    delete from queue.unnamed_stay as u where u.office_id = f.office_id;
    delete from queue.job as j where j.office_id = f.office_id;
    delete from queue.request as r where r.office_id = f.office_id;
    delete from queue.event as e where e.office_id = f.office_id;
    delete from queue.says_booked as s where s.office_id = f.office_id;
    delete from queue.walk_in_person as w where w.office_id = f.office_id;
    delete from queue.call_entry as c where c.office_id = f.office_id;
    delete from queue.floor_entry as e where e.office_id = f.office_id;
    delete from queue.floor_known as k where k.office_id = f.office_id;
    delete from queue.floor as k where k.office_id = f.office_id;
  end if;
  insert into queue.floor (office_id, side, epoch, box_id, box_name, taken_at)
  values (begin_box.office_id, 'box', begin_box.epoch, begin_box.box_id, begin_box.box_name, begin_box.at);
  return queue._floor_json(begin_box.office_id, begin_box.at);
end $$;
