-- What became of a directive at an office when the worker tried: `wanted` is what is to be done there next, if anything; `problem` why it was not done.
create or replace function api.note_directive(at timestamptz, directive_id uuid, office_id integer, wanted text, problem text, facts jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  update ops.directive_office as x set wanted = note_directive.wanted, problem = note_directive.problem, facts = note_directive.facts,
    tried_at = note_directive.at
  where x.directive_id = note_directive.directive_id and x.office_id = note_directive.office_id;
  return jsonb_build_object('office_id', note_directive.office_id);
end $$;
