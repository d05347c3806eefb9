-- What a directive has come to at each of its offices, read from the offices' own changes.

-- The offices where it was worked out and waits for a word, with what the list there says.
create or replace function queue._directive_ready(directive_id uuid) returns table (office_id integer, seen text)
language sql stable as $$
  select x.office_id, c.seen
  from ops.directive_office as x join queue.change as c on c.office_id = x.office_id and c.change_id = x.change_id
  where x.directive_id = _directive_ready.directive_id and x.wanted = '' and c.state = 'draft' and x.problem in ('', 'list_changed')
$$;

-- What a confirmation of all that is ready says. Null: nothing is.
create or replace function queue._directive_seen(directive_id uuid) returns text
language sql stable as $$
  select md5(string_agg(r.office_id || ' ' || r.seen, ',' order by r.office_id)) from queue._directive_ready(_directive_seen.directive_id) as r
$$;

-- One office of a directive: applied, ready, waiting (to be worked out), applying, failed; or left where it was given up.
create or replace function queue._directive_state(x ops.directive_office, change text) returns text
language sql immutable as $$
  select case
    when change = 'applied' then 'applied'
    when x.wanted = 'draft' then 'waiting'
    when x.wanted = 'apply' then 'applying'
    when x.problem not in ('', 'list_changed') then 'failed'
    else 'ready' end
$$;
