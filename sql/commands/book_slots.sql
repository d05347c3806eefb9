-- Books a group: the requests are decided in order, in memory, against usage read once; one row is written per touched cell.
-- A refusal is a result row: 422 unknown_service not_a_slot in_the_past too_soon too_far closed_day not_in_person party_too_large party_too_small,
-- 409 slot_full too_many_bookings id_reused. The same booking_id with the same body gives the same answer.
create or replace function api.book_slots(office_id integer, at timestamptz, requests jsonb)
returns table (n integer, outcome text, facts jsonb)
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  o queue.office;
  now_ timestamptz;
  shape record;
  r record;
  w record;
  refusal record;
  -- shapes: distinct (services, starts_at) of the group
  shape_services jsonb[] := '{}'::jsonb[];
  shape_starts timestamptz[] := '{}'::timestamptz[];
  shape_outcome text[] := '{}'::text[];
  shape_facts jsonb[] := '{}'::jsonb[];
  shape_ends timestamptz[] := '{}'::timestamptz[];
  shape_answer jsonb[] := '{}'::jsonb[];     -- what the answers of a shape have in common
  shape_day date[] := '{}'::date[];
  -- what the fullest window of 60 minutes of a shape has left; null: not known, or to be counted again
  shape_room integer[] := '{}'::integer[];
  -- cells asked for: of shape, and where it stands among the cells read
  need_shape integer[] := '{}'::integer[];  need_scope text[] := '{}'::text[];  need_cell timestamptz[] := '{}'::timestamptz[];
  need_head boolean[] := '{}'::boolean[];   need_max integer[] := '{}'::integer[]; need_cap text[] := '{}'::text[]; need_at integer[];
  need_from integer[] := '{}'::integer[];   need_to integer[] := '{}'::integer[];
  win_scope text[] := '{}'::text[]; win_from timestamptz[] := '{}'::timestamptz[]; win_max integer[] := '{}'::integer[]; win_need integer[] := '{}'::integer[]; win_at integer[];
  win_first integer[] := '{}'::integer[]; win_last integer[] := '{}'::integer[];
  put_scope text[] := '{}'::text[]; put_cell timestamptz[] := '{}'::timestamptz[]; put_at integer[];
  put_first integer[] := '{}'::integer[]; put_last integer[] := '{}'::integer[];
  leg_shape integer[] := '{}'::integer[]; leg_no integer[] := '{}'::integer[]; leg_service text[] := '{}'::text[]; leg_queue text[] := '{}'::text[]; leg_area text[] := '{}'::text[];
  leg_quantity integer[] := '{}'::integer[]; leg_minutes integer[] := '{}'::integer[];
  take_shape integer[] := '{}'::integer[]; take_no integer[] := '{}'::integer[]; take_scope text[] := '{}'::text[]; take_from timestamptz[] := '{}'::timestamptz[];
  take_to timestamptz[] := '{}'::timestamptz[]; take_amount integer[] := '{}'::integer[];
  -- usage of every touched cell, in order of scope and cell, before and after
  cell_scope text[]; cell_at timestamptz[]; before_ integer[]; taken integer[];
  -- bookings accepted
  got_n integer[] := '{}'::integer[]; got_id uuid[] := '{}'::uuid[]; got_shape integer[] := '{}'::integer[]; got_code text[] := '{}'::text[]; got_body bytea[] := '{}'::bytea[];
  got_answer jsonb[] := '{}'::jsonb[];
  phone_list text[];
  phones integer[];  -- active bookings of each
  some_twice boolean;
  codes text[];
  got_party integer[] := '{}'::integer[]; got_actor text[] := '{}'::text[]; got_phone boolean[] := '{}'::boolean[];
  i integer;
  j integer;
  sum_ integer;
  fullest integer;
  room integer;
  full_cap text;
  left_ integer;
  code_ text;
  known queue.visit;
  takes queue.take[];
  first_due timestamptz;
begin
  now_ := queue._begin(book_slots.office_id, book_slots.at);
  select * into o from queue.office where office_id = book_slots.office_id;

  for shape in
    select row_number() over () as shape, x.services, x.starts_at from (
      select distinct q.services, q.starts_at
      from jsonb_to_recordset(book_slots.requests) as q (services jsonb, starts_at timestamptz)) as x
    order by 1
  loop
    select * into refusal from queue._refuse_time(o, shape.services, shape.starts_at, now_) as f;
    shape_services := array_append(shape_services, shape.services);
    shape_starts := array_append(shape_starts, shape.starts_at);
    shape_outcome := array_append(shape_outcome, refusal.outcome);
    shape_facts := array_append(shape_facts, refusal.facts);
    shape_ends := array_append(shape_ends, refusal.ends_at);
    shape_answer := array_append(shape_answer, jsonb_build_object('state', 'booked', 'starts_at', shape.starts_at, 'ends_at', refusal.ends_at,
      'day', queue._day(o, shape.starts_at), 'revision', 1, 'number', null));
    shape_day := array_append(shape_day, queue._day(o, shape.starts_at));
    shape_room := array_append(shape_room, null::integer);
    need_from := need_from || cardinality(need_shape) + 1;
    win_first := win_first || cardinality(win_scope) + 1;
    put_first := put_first || cardinality(put_scope) + 1;
    if refusal.outcome is null then
      takes := queue._takes_of(o, refusal.legs, shape.starts_at, 0);
      for w in select * from queue._cells(o, takes) loop
        need_shape := need_shape || shape.shape::integer;
        need_scope := need_scope || w.scope;    need_cell := need_cell || w.cell;
        need_head := need_head || w.per_head;   need_max := array_append(need_max, w.maximum);  need_cap := need_cap || w.cap;
      end loop;
      for w in select * from unnest(refusal.legs) loop
        leg_shape := leg_shape || shape.shape::integer;  leg_no := leg_no || w.service_no;      leg_service := leg_service || w.service_id;
        leg_queue := leg_queue || w.queue_id;            leg_area := leg_area || w.area_id;     leg_quantity := leg_quantity || w.quantity;
        leg_minutes := leg_minutes || w.minutes;
      end loop;
      for w in select * from unnest(takes) loop
        take_shape := take_shape || shape.shape::integer;  take_no := take_no || w.service_no;  take_scope := take_scope || w.scope;
        take_from := take_from || w.from_cell;             take_to := take_to || w.to_cell;     take_amount := take_amount || w.amount;
      end loop;
      for w in
        select x.*, (select count(*) from unnest(takes) as t where t.scope = x.scope and t.from_cell >= x.from_cell and t.from_cell < x.to_cell)::integer as need
        from unnest(refusal.legs) as l
        cross join lateral queue._windows(o, l.queue_id, l.pool_id, shape.starts_at + make_interval(mins => l.after_minutes)) as x
      loop
        win_scope := win_scope || w.scope;  win_from := win_from || w.from_cell;  win_max := win_max || w.maximum;  win_need := win_need || w.need;
      end loop;
      for w in select t.scope, t.from_cell from unnest(takes) as t where t.scope like 'place/%' loop
        put_scope := put_scope || w.scope;  put_cell := put_cell || w.from_cell;
      end loop;
    end if;
    need_to := need_to || cardinality(need_shape);
    win_last := win_last || cardinality(win_scope);
    put_last := put_last || cardinality(put_scope);
  end loop;

  -- usage of all of them, read once, in order, so that a window of 60 minutes is twelve neighbours
  with cells as (
    select c.scope, c.cell from unnest(need_scope, need_cell) as c (scope, cell)
    union
    select c.scope, c.cell from unnest(put_scope, put_cell) as c (scope, cell)
    union
    select c.scope, c.from_ + make_interval(mins => 5 * g) from unnest(win_scope, win_from) as c (scope, from_), generate_series(0, 11) as g
  )
  select array_agg(c.scope order by c.scope, c.cell), array_agg(c.cell order by c.scope, c.cell),
         array_agg(coalesce(u.taken, 0) order by c.scope, c.cell)
  into cell_scope, cell_at, before_
  from cells as c
  left join queue.usage as u on u.office_id = o.office_id and u.scope = c.scope and u.cell = c.cell;
  taken := before_;
  select array_agg(p.i order by x.i) into need_at
  from unnest(need_scope, need_cell) with ordinality as x (scope, cell, i)
  join unnest(cell_scope, cell_at) with ordinality as p (scope, cell, i) on p.scope = x.scope and p.cell = x.cell;
  select array_agg(p.i order by x.i) into win_at
  from unnest(win_scope, win_from) with ordinality as x (scope, cell, i)
  join unnest(cell_scope, cell_at) with ordinality as p (scope, cell, i) on p.scope = x.scope and p.cell = x.cell;
  select array_agg(p.i order by x.i) into put_at
  from unnest(put_scope, put_cell) with ordinality as x (scope, cell, i)
  join unnest(cell_scope, cell_at) with ordinality as p (scope, cell, i) on p.scope = x.scope and p.cell = x.cell;

  -- active bookings of each phone of the group
  select array_agg(x.phone), array_agg(x.active) into phone_list, phones from (
    select p.phone, (select count(*) from queue.visit as v
                     where v.office_id = o.office_id and v.phone = p.phone and v.phone <> '' and v.over_at is null
                       and v.state in ('held', 'booked') and v.booked)::integer as active
    from (select distinct q.phone from jsonb_to_recordset(book_slots.requests) as q (phone text) where q.phone <> '') as p) as x;

  select count(*) > count(distinct q.booking_id) into some_twice from jsonb_to_recordset(book_slots.requests) as q (booking_id uuid);

  -- codes in use among those the group would like
  codes := array(
    select v.code from queue.visit as v
    where v.office_id = o.office_id and (v.over_at is null or v.over_at > now_ - interval '30 days')
      and v.code = any (array(select queue._code(o.office_id, q.digits % 90000) from jsonb_to_recordset(book_slots.requests) as q (digits integer))));

  for r in
    select a.no, q.*,
      case when cardinality(shape_starts) = 1 then 1 else (
        select x.i from unnest(shape_services, shape_starts) with ordinality as x (services, starts_at, i)
        where x.services = q.services and x.starts_at is not distinct from q.starts_at) end::integer as shape,
      case when q.phone <> '' then array_position(phone_list, q.phone) end as phone_no,
      sha256(convert_to((a.request - '{token,digits,actor}'::text[])::text, 'UTF8')) as body, v.visit_id is not null as known
    from jsonb_array_elements(book_slots.requests) with ordinality as a (request, no)
    cross join lateral jsonb_to_record(a.request) as q
      (booking_id uuid, services jsonb, starts_at timestamptz, phone text, party_size integer, digits integer, token text, language text, actor text)
    left join lateral (  -- one look-up each, however many visits there are
      select i.visit_id from queue.visit as i where i.office_id = o.office_id and i.visit_id = q.booking_id limit 1) as v on true
    order by a.no
  loop
    n := r.no;
    outcome := shape_outcome[r.shape];
    facts := coalesce(shape_facts[r.shape], '{}');
    i := case when some_twice then array_position(got_id, r.booking_id) end;
    if i is not null then
      outcome := case when got_body[i] = r.body then 'booked' else 'id_reused' end;
      facts := case outcome when 'booked' then got_answer[i] else '{}'::jsonb end;
    elsif r.known then
      select * into known from queue.visit as v where v.office_id = o.office_id and v.visit_id = r.booking_id;
      -- the same again within 48 hours is answered as it was, however the visit stands now
      outcome := case when known.asked = r.body and known.created_at > now_ - interval '48 hours' then 'booked' else 'id_reused' end;
      facts := case when outcome = 'id_reused' then '{}'::jsonb when known.revision = 1 then queue._booking_answer(known)
        else (select k.answer from queue.request as k where k.office_id = o.office_id and k.caller = 'booking' and k.key = r.booking_id::text) end;
    elsif outcome is not null then
      null;
    elsif r.party_size < 1 then
      outcome := 'party_too_small';
    elsif r.party_size > o.largest_party then
      outcome := 'party_too_large';
      facts := jsonb_build_object('largest_party', o.largest_party);
    elsif phones[r.phone_no] >= o.bookings_per_phone then
      outcome := 'too_many_bookings';
      facts := jsonb_build_object('bookings_per_phone', o.bookings_per_phone);
    else
      full_cap := null;
      left_ := 2147483647;
      for i in need_from[r.shape] .. need_to[r.shape] loop
        room := need_max[i] - taken[need_at[i]];
        if room < left_ then left_ := room; end if;
        if room < (case when need_head[i] then r.party_size else 1 end) and full_cap is null then full_cap := need_cap[i]; end if;
      end loop;
      if win_first[r.shape] <= win_last[r.shape] then
        if shape_room[r.shape] is null then
          fullest := 2147483647;
          for i in win_first[r.shape] .. win_last[r.shape] loop
            sum_ := 0;
            for j in win_at[i] .. win_at[i] + 11 loop
              sum_ := sum_ + taken[j];
            end loop;
            fullest := least(fullest, (win_max[i] - sum_) / win_need[i]);  -- several services may take several places of one window
          end loop;
          shape_room[r.shape] := fullest;
        end if;
        room := shape_room[r.shape];
        if room < left_ then left_ := room; end if;
        if room < 1 and full_cap is null then full_cap := 'hour'; end if;
      end if;

      if full_cap is not null then
        outcome := 'slot_full';
        facts := jsonb_build_object('cap', full_cap, 'left', greatest(left_, 0));
      else
        for i in need_from[r.shape] .. need_to[r.shape] loop
          j := need_at[i];
          taken[j] := taken[j] + case when need_head[i] then r.party_size else 1 end;
        end loop;
        for i in put_first[r.shape] .. put_last[r.shape] loop
          j := put_at[i];
          taken[j] := taken[j] + 1;
        end loop;
        -- Twelve windows of twelve cells each, counted for every booking, would be half of its time: with one service
        -- every window has one place less; what other shapes have left, and an end in sight, is counted anew.
        if win_first[r.shape] <= win_last[r.shape] then
          room := case when jsonb_array_length(r.services) = 1 then nullif(greatest(shape_room[r.shape] - 1, 0), 0) end;
          if cardinality(shape_room) > 1 then shape_room := array_fill(null::integer, array[cardinality(shape_room)]); end if;
          shape_room[r.shape] := room;
        end if;
        if r.phone_no is not null then phones[r.phone_no] := phones[r.phone_no] + 1; end if;
        outcome := 'booked';
        code_ := queue._code(o.office_id, r.digits % 90000);
        if code_ = any (codes) or code_ = any (got_code) then
          code_ := queue._free_code(o.office_id, now_, r.digits, got_code);
        end if;
        facts := shape_answer[r.shape] || jsonb_build_object('visit_id', r.booking_id, 'code', code_, 'token', r.token,
          'party_size', r.party_size, 'language', r.language);
        got_n := got_n || r.no::integer;  got_id := got_id || r.booking_id;  got_shape := got_shape || r.shape;
        got_code := got_code || code_;    got_body := got_body || r.body;    got_answer := got_answer || facts;
        got_party := got_party || r.party_size;  got_actor := got_actor || coalesce(r.actor, 'web');  got_phone := got_phone || (r.phone <> '');
        first_due := least(first_due, r.starts_at);
      end if;
    end if;
    return next;
  end loop;

  if got_n = '{}' then
    return;
  end if;

  insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, channel, language, name, phone, booked, starts_at, ends_at,
                           party_size, booked_party, priority, needs, queue_id, area_id, takes, asked, created_at)
  select o.office_id, q.booking_id, 'booked', now_, shape_day[g.shape], g.code, decode(q.token, 'hex'), q.channel, q.language,
    q.name, q.phone, true, q.starts_at, shape_ends[g.shape], q.party_size, q.party_size, q.priority, q.needs,
    first_leg.queue_id, first_leg.area_id, t.takes, g.body, now_
  from unnest(got_n, got_shape, got_code, got_party, got_body) as g (n, shape, code, party, body)
  cross join lateral (select book_slots.requests -> (g.n - 1)) as a (request)
  cross join lateral jsonb_to_record(a.request) as q
    (booking_id uuid, services jsonb, starts_at timestamptz, name text, phone text, party_size integer, language text, channel text,
     priority text, needs text[], token text)
  join (
    select p.shape, p.party,
      array_agg(row(s.service_no, s.scope, s.from_cell, s.to_cell, case s.amount when 0 then p.party else s.amount end, false)::queue.take order by s.i) as takes
    from (select distinct d.shape, d.party from unnest(got_shape, got_party) as d (shape, party)) as p
    join unnest(take_shape, take_no, take_scope, take_from, take_to, take_amount) with ordinality
      as s (shape, service_no, scope, from_cell, to_cell, amount, i) on s.shape = p.shape
    group by p.shape, p.party
  ) as t on t.shape = g.shape and t.party = g.party
  join unnest(leg_shape, leg_queue, leg_area, leg_no) as first_leg (shape, queue_id, area_id, service_no)
    on first_leg.shape = g.shape and first_leg.service_no = 1;

  insert into queue.visit_service (office_id, visit_id, service_no, service_id, queue_id, quantity, minutes)
  select o.office_id, g.id, l.service_no, l.service_id, l.queue_id, l.quantity, l.minutes
  from unnest(got_id, got_shape) as g (id, shape)
  join unnest(leg_shape, leg_no, leg_service, leg_queue, leg_quantity, leg_minutes) as l (shape, service_no, service_id, queue_id, quantity, minutes)
    on l.shape = g.shape;

  insert into queue.stay (office_id, visit_id, stay_no, state, present, area_id, queue_id, heads, started_at, actor)
  select o.office_id, g.id, 1, 'booked', false, l.area_id, l.queue_id, g.party, now_, g.actor
  from unnest(got_id, got_shape, got_party, got_actor) as g (id, shape, party, actor)
  join unnest(leg_shape, leg_no, leg_queue, leg_area) as l (shape, service_no, queue_id, area_id) on l.shape = g.shape and l.service_no = 1;

  insert into queue.job (office_id, job_id, kind, visit_id, due_at)
  select o.office_id, gen_random_uuid(), 'confirmation', g.id, now_
  from unnest(got_id, got_phone) as g (id, phone)
  where g.phone;

  insert into queue.usage (office_id, scope, cell, taken)
  select o.office_id, c.scope, c.cell, c.taken
  from unnest(cell_scope, cell_at, before_, taken) as c (scope, cell, before, taken)
  where c.taken <> c.before
  on conflict (office_id, scope, cell) do update set taken = excluded.taken;

  if not exists (select from queue.cap as c where c.office_id = o.office_id and c.kind = 'hour') then
    first_due := first_due + make_interval(mins => o.lateness_minutes) + interval '1 second';
  end if;
  update queue.office_state as s
  set version = s.version + 1, last_at = now_, next_due_at = least(s.next_due_at, first_due)
  where s.office_id = o.office_id;
end $$;
