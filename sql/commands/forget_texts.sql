-- Removes what belongs to no office: texts that were done 30 days ago, answers and tries nobody asks for any more, at most so many of each: {texts, more}.
create or replace function api.forget_texts(at timestamptz, most integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  texts integer;
  answers integer;
begin
  delete from ops.inbox as i
  where i.inbox_id in (
    select k.inbox_id from ops.inbox as k
    where k.office_id is null and k.done_at < forget_texts.at - interval '30 days' limit forget_texts.most for update skip locked);
  get diagnostics texts = row_count;
  delete from ops.text_answer as a
  where a.message in (
    select b.message from ops.text_answer as b
    where b.taken_at <= forget_texts.at - interval '48 hours' limit forget_texts.most for update skip locked);
  get diagnostics answers = row_count;
  delete from ops.attempt as a where a.at < forget_texts.at - interval '1 day';
  return jsonb_build_object('texts', texts, 'more', greatest(texts, answers) >= forget_texts.most);
end $$;
