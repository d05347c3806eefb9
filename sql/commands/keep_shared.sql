-- Keeps the calendar and the texts of an authority, as a document: {closures, special_openings, message_texts, source} and, where it has such words,
-- {board: {message_vi, message_en}, door: {question_vi, question_en}}. Nothing changes at any office before it is passed on. Refuses: QS404 no_such_authority.
create or replace function api.keep_shared(at timestamptz, actor text, authority_id text, shared jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  before jsonb;
begin
  select a.shared into before from ops.authority as a where a.authority_id = keep_shared.authority_id for update;
  if not found then
    perform queue._refuse('QS404', 'no_such_authority', '{}');
  end if;
  if before is distinct from keep_shared.shared then
    update ops.authority as a set shared = keep_shared.shared, changed_at = greatest(a.changed_at, keep_shared.at)
    where a.authority_id = keep_shared.authority_id;
    perform queue._audit(keep_shared.at, keep_shared.actor, queue._offices_of(keep_shared.authority_id), 'keep_shared',
                         keep_shared.authority_id, before - 'source', keep_shared.shared - 'source');
  end if;
  return jsonb_build_object('authority_id', keep_shared.authority_id);
end $$;
