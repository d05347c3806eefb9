-- Tries out what an office's file would do to who is booked, keeps it as a draft with the list of them, and changes nothing: {change_id, seen, moves,
-- base}. `file` is the office's file without measures (null: as it is), `measure` a preset to be put in force there, or to be ended (null: none).
-- `restores`: the version it goes back to. The same change_id again thinks it over afresh. `most_days`: how far from the old time a new one may lie.
-- The office is not locked: people book meanwhile, and what came in since is found when it is confirmed. Whoever calls it settles the office first, in a
-- transaction of its own. A hundred drafts are kept; the oldest go.
-- Refuses: QS404 no_such_office, QS409 belongs_to_hub change_over slug_taken letter_in_use cap_below_staff.
create or replace function api.draft_change(office_id integer, at timestamptz, actor text, change_id uuid, file jsonb, note text, most_days integer,
                                            measure jsonb, restores integer default null) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz;
  c queue.change;
  layers jsonb;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('import_office'), draft_change.office_id);
  now_ := queue._look_at_hub(draft_change.office_id, draft_change.at);
  select * into c from queue.change as k where k.office_id = draft_change.office_id and k.change_id = draft_change.change_id;
  if c.state <> 'draft' then
    perform queue._refuse('QS409', 'change_over', '{}');
  end if;
  layers := queue._layered(draft_change.office_id, now_, draft_change.file, draft_change.measure);
  c.file := coalesce(layers -> 'effective', draft_change.file, api.office_file(draft_change.office_id));
  c.moves := queue._try_change(draft_change.office_id, now_, c.file, draft_change.most_days);
  insert into queue.change as k (office_id, change_id, base, file, layers, note, most_days, moves, seen, actor, created_at, restores)
  values (draft_change.office_id, draft_change.change_id, queue._version_no(draft_change.office_id), c.file, layers - 'effective', draft_change.note,
          draft_change.most_days, c.moves, md5(c.moves::text), draft_change.actor, now_, draft_change.restores)
  on conflict (office_id, change_id) do update set file = excluded.file, layers = excluded.layers, note = excluded.note, most_days = excluded.most_days,
    moves = excluded.moves, seen = excluded.seen,
    -- a file was made from what stood there then; without one the change is made from what stands there now
    base = case when draft_change.file is null then excluded.base else k.base end
  returning k.* into c;
  delete from queue.change as k where k.office_id = draft_change.office_id and k.state = 'draft' and k.change_id in (
    select x.change_id from queue.change as x where x.office_id = draft_change.office_id and x.state = 'draft' order by x.created_at desc offset 100);
  return jsonb_build_object('change_id', c.change_id, 'base', c.base, 'seen', c.seen, 'moves', c.moves);
end $$;
