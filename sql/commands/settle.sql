-- Writes what time alone has decided; run when an office is due. Old answers and keys are let go here, whom a message went to, and dossiers.
create or replace function api.settle(office_id integer, at timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform queue._begin(settle.office_id, settle.at);
  delete from queue.request as r where r.office_id = settle.office_id and r.at < settle.at - interval '48 hours';
  update queue.message as m set phone = '', text = ''
  where m.office_id = settle.office_id and m.text <> '' and m.state_at < settle.at - interval '30 days';
  delete from queue.phone_proof as p where p.office_id = settle.office_id and p.sent_at < settle.at - interval '48 hours';
  delete from queue.dossier as d using queue.office as o
  where d.office_id = settle.office_id and o.office_id = d.office_id and d.forget_on <= queue._day(o, settle.at);
  return (select jsonb_build_object('version', s.version) from queue.office_state as s where s.office_id = settle.office_id);
end $$;
