-- One more try for this address or device, from a bucket of `burst` that fills again at `per_hour`. False: none is left for now.
create or replace function api.take_attempt(key text, at timestamptz, per_hour integer, burst integer) returns boolean
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  taken boolean;
begin
  insert into ops.attempt as a (key, remaining, at) values (take_attempt.key, take_attempt.burst - 1, take_attempt.at)
  on conflict (key) do update
  set remaining = least(take_attempt.burst, a.remaining + take_attempt.per_hour * extract(epoch from greatest(take_attempt.at, a.at) - a.at) / 3600) - 1,
      at = greatest(take_attempt.at, a.at)
  where least(take_attempt.burst, a.remaining + take_attempt.per_hour * extract(epoch from greatest(take_attempt.at, a.at) - a.at) / 3600) >= 1
  returning true into taken;
  return coalesce(taken, false);
end $$;
