-- For each wish [{office_id, services: [{service, quantity}], from_at, party_size}] what is to be known before one books it, and its next free times, at most one in
-- each quarter of an hour: [{office_id, services: [{service, name_vi, …, channels, bookable, urgent, in_person, measure_over}], times}].
-- measure_over: the first day on which no measure that ends steers people away from coming. It spans offices: soft, nothing is locked.
create or replace function api.next_slots(at timestamptz, wanted jsonb, most integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  wish record;
  services jsonb;
  from_ timestamptz;
  times timestamptz[];
  last_ timestamptz;
  s record;
  answer jsonb[] := '{}'::jsonb[];
begin
  for wish in
    select w.office_id, w.services, w.from_at, coalesce(w.party_size, 1) as party_size
    from jsonb_array_elements(next_slots.wanted) with ordinality as x (wish, n)
    cross join lateral jsonb_to_record(x.wish) as w (office_id integer, services jsonb, from_at timestamptz, party_size integer)
    order by x.n
  loop
    select * into o from queue.office as k where k.office_id = wish.office_id;
    select jsonb_agg(k.service order by x.n) into services
    from jsonb_array_elements(wish.services) with ordinality as x (wanted, n)
    join jsonb_array_elements(api.services(o.office_id, next_slots.at)) as k (service) on k.service -> 'service' = x.wanted -> 'service';

    times := '{}'::timestamptz[];
    last_ := null;
    from_ := greatest(wish.from_at, next_slots.at);
    if jsonb_array_length(services) = jsonb_array_length(wish.services) then
      for d in 0 .. o.booking_days loop
        exit when cardinality(times) >= next_slots.most or queue._day(o, from_) + d > queue._day(o, next_slots.at) + o.booking_days;
        for s in
          select x.starts_at from jsonb_to_recordset(api.slots(o.office_id, next_slots.at, wish.services, queue._day(o, from_) + d, 1))
            as x (starts_at timestamptz, "left" integer)
          where x.left > 0 and x.starts_at >= from_ and (wish.party_size = 1 or (queue._room(o, queue._takes(o, wish.services, x.starts_at, wish.party_size),
            wish.party_size)).cap is null)
          order by x.starts_at
        loop
          exit when cardinality(times) >= next_slots.most;
          if last_ is null or date_bin('15 minutes', s.starts_at, timestamptz '2000-01-01 00:00:00+00') > last_ then
            times := times || s.starts_at;
            last_ := date_bin('15 minutes', s.starts_at, timestamptz '2000-01-01 00:00:00+00');
          end if;
        end loop;
      end loop;
    end if;
    answer := answer || jsonb_build_object('office_id', o.office_id, 'times', to_jsonb(times), 'services', (
      select coalesce(jsonb_agg(k.service || jsonb_build_object('measure_over', queue._measure_over(o, k.service ->> 'service', queue._day(o, next_slots.at)))
        order by k.n), '[]')
      from jsonb_array_elements(services) with ordinality as k (service, n)));
  end loop;
  return to_jsonb(answer);
end $$;
