-- Takes a catalogue in: what is new or says something else is kept, what it does not name stays. Nothing changes at any office before it is passed on.
-- Answers {added, changed, lines}: the first hundred codes with what differs. Tried out alone (`keep` false) it writes nothing.
-- Refuses: QS404 no_such_authority.
create or replace function api.keep_procedures(at timestamptz, actor text, authority_id text, rows jsonb, keep boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  answer jsonb;
begin
  perform from ops.authority as a where a.authority_id = keep_procedures.authority_id for update;
  if not found then
    perform queue._refuse('QS404', 'no_such_authority', '{}');
  end if;
  with wanted as (
    select r.* from jsonb_populate_recordset(null::ops.procedure, rows) as r
  ), other as (
    select w.national_code, w.name_vi, p.national_code is null as added,
      queue._differing(to_jsonb(p), to_jsonb(w)) - 'authority_id' as before, queue._differing(to_jsonb(w), to_jsonb(p)) - 'authority_id' as after
    from wanted as w left join ops.procedure as p on p.authority_id = keep_procedures.authority_id and p.national_code = w.national_code
    where p.national_code is null or to_jsonb(p) - 'authority_id' <> to_jsonb(w) - 'authority_id'
  )
  select jsonb_build_object('added', count(*) filter (where o.added), 'changed', count(*) filter (where not o.added), 'lines', (
    select coalesce(jsonb_agg(to_jsonb(l)), '[]') from (select * from other order by added, national_code limit 100) as l))
  into answer from other as o;
  if keep and (answer -> 'added' <> '0' or answer -> 'changed' <> '0') then
    insert into ops.procedure as p (authority_id, national_code, name_vi, name_en, field_vi, field_en, aliases, papers_vi, papers_en, minutes, urgent, in_person, url)
    select keep_procedures.authority_id, r.national_code, r.name_vi, r.name_en, r.field_vi, r.field_en, r.aliases, r.papers_vi, r.papers_en, r.minutes, r.urgent,
      r.in_person, r.url
    from jsonb_populate_recordset(null::ops.procedure, rows) as r
    on conflict (authority_id, national_code) do update set name_vi = excluded.name_vi, name_en = excluded.name_en, field_vi = excluded.field_vi,
      field_en = excluded.field_en, aliases = excluded.aliases, papers_vi = excluded.papers_vi, papers_en = excluded.papers_en, minutes = excluded.minutes,
      urgent = excluded.urgent, in_person = excluded.in_person, url = excluded.url;
    update ops.authority as a set changed_at = greatest(a.changed_at, keep_procedures.at) where a.authority_id = keep_procedures.authority_id;
    perform queue._audit(keep_procedures.at, keep_procedures.actor, queue._offices_of(keep_procedures.authority_id), 'keep_procedures',
                         keep_procedures.authority_id, null, answer - 'lines');
  end if;
  return answer;
end $$;
