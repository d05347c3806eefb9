-- All that a message's job needs to be sent: to whom, in which words, by which carriers, what they were told so far, and whether it is still true
-- (`why`: why not; `wait_until`: it keeps quiet until then). Null: no such job, or it has ended.
create or replace function api.message(office_id integer, at timestamptz, job_id uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  r queue.message_rules;
  j queue.job;
  v queue.visit;
  m queue.message;
  spoken text;
begin
  select * into o from queue.office as k where k.office_id = message.office_id;
  select * into j from queue.job as k where k.office_id = message.office_id and k.job_id = message.job_id and k.ended_at is null;
  if not found then
    return null;
  end if;
  r := queue._message_rules(o.office_id);
  select * into v from queue.visit as k where k.office_id = o.office_id and k.visit_id = j.visit_id;
  select * into m from queue.message as k where k.office_id = o.office_id and k.message_id = j.job_id;
  spoken := coalesce(m.language, j.facts ->> 'language', v.language, 'vi');

  return jsonb_build_object('message_id', j.job_id, 'kind', j.kind, 'facts', j.facts, 'language', spoken,
      'why', queue._outdated(r, v, j.kind, j.facts, message.at),
      'wait_until', queue._quiet_until(o, r, v, j.kind, message.at),
      'phone', coalesce(m.phone, j.facts ->> 'phone', v.phone, ''),
      'text', m.text,
      'template', (select t.text from queue.message_text as t where t.office_id = o.office_id and t.kind = j.kind and t.language = spoken),
      'carriers', r.carriers, 'links', r.links and v.channel = 'web', 'text_only', 'text' = any (v.needs),
      'office', queue._office_name(o),
      'sendings', (select coalesce(jsonb_agg(jsonb_build_object('sending_no', s.sending_no, 'carrier', s.carrier, 'outcome', s.outcome, 'error', s.error,
                     'carrier_id', s.carrier_id, 'started_at', s.started_at) order by s.sending_no), '[]')
                   from queue.sending as s where s.office_id = o.office_id and s.message_id = j.job_id))
    || case when v.visit_id is null then '{"visit": null}' else jsonb_build_object('visit',
      queue._visit_json(o, v, message.at) || jsonb_build_object('token', encode(v.token, 'hex'), 'name', v.name,
        'papers', queue._papers(v, spoken), 'invitation_minutes', o.invitation_minutes,
        'area_name', (select case spoken when 'en' then a.name_en else a.name_vi end
                      from queue.area as a where a.office_id = o.office_id and a.area_id = v.area_id),
        'counter_name', (select case spoken when 'en' then c.name_en else c.name_vi end
                         from queue.counter as c where c.office_id = o.office_id and c.counter_id = v.counter_id),
        'counter_where', (select case spoken when 'en' then c.where_en else c.where_vi end
                          from queue.counter as c where c.office_id = o.office_id and c.counter_id = v.counter_id))) end;
end $$;
