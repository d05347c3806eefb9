-- Tickets that are worth nothing any more: {next, revocations: [{no, visit, revision, reason, at}]}, the first 1,000 after `since`,
-- of the last year: no booking is made so far ahead.
create or replace function api.revocations(office_id integer, at timestamptz, since bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  return (
    select jsonb_build_object('next', coalesce(max(r.revocation_no), revocations.since), 'revocations', coalesce(jsonb_agg(jsonb_build_object(
      'no', r.revocation_no, 'visit', r.visit_id, 'revision', r.revision, 'reason', r.reason, 'at', r.at) order by r.revocation_no), '[]'))
    from (select * from queue.revocation as k where k.office_id = revocations.office_id and k.revocation_no > revocations.since
            and k.at > revocations.at - interval '1 year'
          order by k.revocation_no limit 1000) as r);
end $$;
