-- Of an authority's catalogue what bears these words, with marks or without, in code, names or aliases, by name: [{national_code, name_vi, name_en, field_vi,
-- field_en, aliases, papers_vi, papers_en, minutes, urgent, in_person, url}].
create or replace function api.procedures(authority_id text, words text, most integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(p) - 'authority_id' order by queue._name_key(p.name_vi), p.national_code), '[]')
  from (
    select * from ops.procedure as k
    where k.authority_id = procedures.authority_id and queue._bears(k, procedures.words)
    order by queue._name_key(k.name_vi), k.national_code limit procedures.most) as p
$$;
