-- What a process has let through of each bucket since it last told: [{key, taken, per_hour, burst}] → [{key, remaining}] over all processes.
-- A bucket may be overdrawn, and fills again from below nothing. In order of key, so that no two processes wait for each other.
create or replace function api.share_attempts(at timestamptz, rows jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  r record;
  left_ real;
  -- not as one growing jsonb, which would be copied for each of thousands
  keys text[] := '{}'::text[];
  lefts real[] := '{}'::real[];
begin
  for r in
    select x.* from jsonb_to_recordset(share_attempts.rows) as x (key text, taken integer, per_hour integer, burst integer) order by x.key
  loop
    insert into ops.attempt as a (key, remaining, at) values (r.key, r.burst - r.taken, share_attempts.at)
    on conflict (key) do update
    set remaining = least(r.burst, a.remaining + r.per_hour * extract(epoch from greatest(share_attempts.at, a.at) - a.at) / 3600) - r.taken,
        at = greatest(share_attempts.at, a.at)
    returning a.remaining into left_;
    keys := array_append(keys, r.key);
    lefts := array_append(lefts, left_);
  end loop;
  if random() < 0.01 then  -- every bucket is full again after a day
    delete from ops.attempt as a where a.at < share_attempts.at - interval '1 day';
  end if;
  return (select coalesce(jsonb_agg(jsonb_build_object('key', x.key, 'remaining', x.remaining)), '[]') from unnest(keys, lefts) as x (key, remaining));
end $$;
