-- Where the office's floor is and how fresh the picture: {side, box, at_box, epoch, heard_at, silent, …}. Null: no box was ever here.
create or replace function api.floor(office_id integer, at timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select queue._floor_json(floor.office_id, floor.at) || coalesce((
    select jsonb_build_object('box_id', f.box_id, 'seq', f.out_seq, 'keys', f.keys,
      'untold', (select count(*) from queue.floor_entry as e where e.office_id = f.office_id))
    from queue.floor as f where f.office_id = floor.office_id), '{}')
$$;
