-- What boxes brought after their floor had been taken back, newest first: [{epoch, at, number, code, state, arrived_at, stays}]. History alone.
create or replace function api.floor_late(office_id integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  return (
    select coalesce(jsonb_agg(x.line order by x.epoch desc, x.number, x.seq desc), '[]') from (
      select distinct on (l.epoch, l.body -> 'visit' ->> 'visit_id') l.epoch, l.seq, l.body -> 'visit' ->> 'number' as number,
        jsonb_build_object('epoch', l.epoch, 'at', l.at, 'visit_id', l.body -> 'visit' -> 'visit_id', 'number', l.body -> 'visit' -> 'number',
          'code', l.body -> 'visit' -> 'code', 'state', l.body -> 'visit' -> 'state', 'arrived_at', l.body -> 'visit' -> 'arrived_at',
          'stays', l.body -> 'stays') as line
      from queue.floor_late as l where l.office_id = floor_late.office_id and l.kind = 'visit'
      order by l.epoch, l.body -> 'visit' ->> 'visit_id', l.seq desc) as x);
end $$;
