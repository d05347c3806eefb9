-- A dossier that this visit is about, scanned or typed at the counter while it is there or has just been finished; kept 30 days. Scanned twice, it is
-- noted once. It goes with the name, or by itself (api.forget). Refuses: QS404 no_such_visit, QS409 not_at_counter {state} dossiers_enough {most}, QS422 bad_dossier.
create or replace function api.note_dossier(office_id integer, at timestamptz, actor text, key text, visit_id uuid, code text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin_at_floor(note_dossier.office_id, note_dossier.at);
  body jsonb := jsonb_build_array(note_dossier.visit_id, note_dossier.code);
  answer jsonb := queue._replay(note_dossier.office_id, now_, note_dossier.actor, note_dossier.key, 'note_dossier', body);
  o queue.office;
  v queue.visit;
  code_ text := upper(trim(note_dossier.code));
  counter text;
begin
  if answer is not null then return answer; end if;
  select * into o from queue.office where office_id = note_dossier.office_id;
  v := queue._visit(o.office_id, note_dossier.visit_id);
  if coalesce(code_, '') !~ '^[A-Z0-9][A-Z0-9./_-]{2,39}$' then
    perform queue._refuse('QS422', 'bad_dossier', '{}');
  elsif v.state not in ('called', 'serving') and not (v.state = 'done' and v.over_at is null) then
    perform queue._refuse('QS409', 'not_at_counter', jsonb_build_object('state', v.state));
  elsif (select count(*) from queue.dossier as d where d.office_id = o.office_id and d.visit_id = v.visit_id and d.code <> code_) >= 20 then
    perform queue._refuse('QS409', 'dossiers_enough', '{"most": 20}');
  end if;
  counter := queue._last_counter(v);
  perform queue._sits(o, counter, now_, note_dossier.actor);
  insert into queue.dossier (office_id, visit_id, code, counter_id, noted_at, forget_on)
  values (o.office_id, v.visit_id, code_, counter, now_, queue._day(o, now_) + 30)
  on conflict do nothing;

  perform queue._end(o.office_id, now_);
  answer := queue._answer(o.office_id, v.visit_id, now_) || jsonb_build_object('dossier', code_, 'counter', counter);
  perform queue._remember(o.office_id, now_, note_dossier.actor, note_dossier.key, 'note_dossier', body, answer);
  return answer;
end $$;
