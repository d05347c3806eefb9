-- Makes the office what its file says: registers a new one, changes the one there is, and touches no visit.
-- What the file no longer names is deleted while nothing refers to it, else retired. The same file again changes nothing.
-- Under an authority it is what the office says itself: what comes from above is worked out anew.
-- Refuses: QS409 slug_taken {office_id}, QS409 cap_below_staff, QS409 letter_in_use {letter, queue} (today's numbers already bear that letter).
create or replace function api.import_office(office_id integer, at timestamptz, actor text, file jsonb)
returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  new_slug text    := file -> 'office' ->> 'slug';
  before   jsonb;
  after    jsonb;
  now_     timestamptz := import_office.at;
  created  boolean;
  changed  boolean;
  version  bigint;
  layers   jsonb;
  other    boolean;
begin
  -- Two first imports of one office meet here; every other command meets at the office's own row.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('import_office'), import_office.office_id);
  created := not exists (select from queue.office_state as s where s.office_id = import_office.office_id);
  if not created then
    now_ := queue._begin(import_office.office_id, import_office.at);
    if import_office.actor <> 'hub' and queue._is_box(import_office.office_id) then
      perform queue._refuse('QS409', 'belongs_to_hub', '{}');
    end if;
  end if;

  before := api.office_file(import_office.office_id);
  layers := queue._layered(import_office.office_id, now_, file, null);
  perform queue._take_file(import_office.office_id, import_office.at, coalesce(layers -> 'effective', file));
  other := queue._keep_layers(import_office.office_id, layers);

  after := api.office_file(import_office.office_id);
  changed := other or before is distinct from after;
  if changed then
    perform queue._keep_version(import_office.office_id, now_, import_office.actor, '', null, before, after);
    perform queue._event(import_office.office_id, import_office.at, import_office.actor, 'imported', null, jsonb_build_object('created', created));
  end if;
  if created then
    update queue.office_state as s set version = s.version + 1 where s.office_id = import_office.office_id;
  else
    if changed then
      perform queue._offer_anew(import_office.office_id, before, after, now_);
      perform queue._end(import_office.office_id, now_);
    end if;
  end if;

  select s.version into version from queue.office_state as s where s.office_id = import_office.office_id;
  return jsonb_build_object(
    'office_id', import_office.office_id, 'slug', new_slug, 'created', created, 'changed', changed, 'version', version);
end
$$;
