-- Books a group: the requests are decided in order, in memory, against usage read once; one row is written per touched cell.
-- Accepted ones are written and answered together at the end, so the answers' order is not the requests': `n` says whose it is.
-- Staff at the hotline may go over the limit of bookings per phone, with a reason: it stands in the ledger, and the event over_limit is reported.
-- A refusal is a result row: 422 unknown_service not_a_slot in_the_past too_soon too_far not_open_yet closed_day not_in_person party_too_large
-- party_too_small identity_needed phone_needed, 409 slot_full too_many_bookings one_by_text person_limit id_reused, 429 too_many_codes.
-- Where the office asks for proof of the phone, what comes from the web is held until the code is said (state `held`); nothing then tells what
-- else that phone has booked, so its limit is looked at when the phone is proven. The same booking_id with the same body gives the same answer.
create or replace function api.book_slots(office_id integer, at timestamptz, requests queue.booking_request[])
returns table (n integer, outcome text, facts jsonb)
language plpgsql security definer set search_path = '' set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  o queue.office;
  f queue.fairness;
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
  shape_scarce jsonb[] := '{}'::jsonb[];     -- its scarce services
  any_scarce boolean := false;
  -- the shape that was counted last, what it has left in bookings (queue, pool, hour) and in heads (areas), and what was accepted of it since:
  -- a booking takes one of every cell, as many places of a window as one needs, and its heads
  counted integer := 0;
  visits_left integer;
  heads_left integer;
  accepted_visits integer := 0;
  accepted_heads integer := 0;
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
  -- usage of every touched cell, in order of scope and cell
  cell_scope text[]; cell_at timestamptz[]; taken integer[];
  -- bookings accepted, and those of the group that ask for one of them again
  got_n integer[] := '{}'::integer[]; got_id uuid[] := '{}'::uuid[]; got_shape integer[] := '{}'::integer[]; got_code text[] := '{}'::text[];
  again_n integer[] := '{}'::integer[]; again_of integer[] := '{}'::integer[];
  phone_list text[];
  phones integer[];  -- active bookings of each
  waits integer[];   -- seconds until each may be sent another code
  held_due timestamptz;
  claimed uuid[] := '{}'::uuid[];  -- bookings that a person's limit was asked for
  beyond integer[] := '{}'::integer[];  -- requests beyond it
  some_twice boolean;
  instead text[] := '{}'::text[];  -- codes given because the first choice was in use
  wishes text[];                   -- first choices of the group
  got_text text[] := '{}'::text[];  -- phones that booked by text in this group
  over_n integer[] := '{}'::integer[]; over_active integer[] := '{}'::integer[];  -- accepted over the limit, and what the phone held before
  i integer;
  j integer;
  sum_ integer;
  code_ text;
  known queue.visit;
  takes queue.take[];
  first_due timestamptz;
begin
  now_ := queue._begin_at_hub(book_slots.office_id, book_slots.at);
  select * into o from queue.office where office_id = book_slots.office_id;
  select * into f from queue.fairness as k where k.office_id = o.office_id;

  for shape in
    select row_number() over () as shape, x.services, x.starts_at from (
      select distinct q.services, q.starts_at
      from unnest(book_slots.requests) as q) as x
    order by 1
  loop
    select * into refusal from queue._refuse_time(o, shape.services, shape.starts_at, now_) as f;
    shape_services := array_append(shape_services, shape.services);
    shape_starts := array_append(shape_starts, shape.starts_at);
    shape_outcome := array_append(shape_outcome, refusal.outcome);
    shape_facts := array_append(shape_facts, refusal.facts);
    shape_ends := array_append(shape_ends, refusal.ends_at);
    shape_scarce := array_append(shape_scarce, to_jsonb(queue._scarce(o, shape.services)));
    any_scarce := any_scarce or shape_scarce[cardinality(shape_scarce)] <> '[]';
    shape_answer := array_append(shape_answer, jsonb_build_object('state', 'booked', 'starts_at', shape.starts_at, 'ends_at', refusal.ends_at,
      'day', queue._day(o, shape.starts_at), 'revision', 1, 'number', null));
    shape_day := array_append(shape_day, queue._day(o, shape.starts_at));
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
  into cell_scope, cell_at, taken
  from cells as c
  left join queue.usage as u on u.office_id = o.office_id and u.scope = c.scope and u.cell = c.cell;
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
  select array_agg(x.phone), array_agg(x.active), array_agg(x.wait) into phone_list, phones, waits from (
    -- what queue._active says, written out: a function of its own would be called once per phone of a crowd
    select p.phone, (select count(*) from queue.visit as v
                     where v.office_id = o.office_id and v.phone = p.phone and v.phone <> '' and v.over_at is null
                       and (v.state = 'booked') is true and v.booked)::integer as active,  -- by the index of phones, as there
      case when f.prove_phone then queue._next_code(f, p.phone, now_) end as wait
    from (select distinct q.phone from unnest(book_slots.requests) as q where q.phone <> '') as p) as x;

  select count(*) > count(distinct q.booking_id) into some_twice from unnest(book_slots.requests) as q;

  -- A person's bookings of scarce services are counted over all offices of the authority: asked for in one order everywhere, so that no two
  -- offices wait for each other, and given back below by whoever has no place.
  if any_scarce then
    for w in
      select q.ordinality::integer as no, q.booking_id, decode(q.person, 'hex') as person, k.service, shape_ends[x.i] as ends_at
      from unnest(book_slots.requests) with ordinality as q
      join unnest(shape_services, shape_starts, shape_outcome, shape_scarce) with ordinality as x (services, starts_at, outcome, scarce, i)
        on x.services = q.services and x.starts_at is not distinct from q.starts_at and x.outcome is null
      cross join lateral jsonb_array_elements_text(x.scarce) as k (service)
      where q.person <> ''
        and not exists (select from queue.visit as v where v.office_id = o.office_id and v.visit_id = q.booking_id)
      order by k.service, 3, q.ordinality
    loop
      if queue._claim(o, w.service, w.person, w.booking_id, w.ends_at, now_) then
        claimed := claimed || w.booking_id;
      else
        beyond := beyond || w.no;
      end if;
    end loop;
  end if;

  for r in
    select q.ordinality::integer as no, q.booking_id, q.party_size, q.starts_at, q.digits, q.phone, q.channel, q.person,
      f.prove_phone and q.channel in ('web', 'api') as unproven,
      q.channel = 'hotline' and q.reason <> '' and split_part(q.actor, ':', 1) in ('operator', 'manager', 'admin') as may_go_over,
      case when cardinality(shape_starts) = 1 then 1 else (
        select x.i from unnest(shape_services, shape_starts) with ordinality as x (services, starts_at, i)
        where x.services = q.services and x.starts_at is not distinct from q.starts_at) end::integer as shape,
      case when q.phone <> '' then array_position(phone_list, q.phone) end as phone_no,
      -- asked here, for asked in the loop it is a query of its own for each of a crowd that books otherwise
      case when q.channel = 'text' and q.phone <> '' then (
        select true from queue.visit as i where i.office_id = o.office_id and i.phone = q.phone and i.phone <> '' and i.over_at is null
          and i.channel = 'text' and (i.state in ('held', 'booked')) is true limit 1) end as texted,
      v.visit_id is not null as known, c.code,
      c.code is null or row_number() over (partition by c.code order by q.ordinality) > 1 as code_in_use
    from unnest(book_slots.requests) with ordinality as q
    -- limited, so that these stay one look-up each, however many visits there are
    left join lateral (
      select i.visit_id from queue.visit as i where i.office_id = o.office_id and i.visit_id = q.booking_id limit 1) as v on true
    left join lateral (
      select w.code
      from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11),
        (12), (13), (14), (15), (16), (17), (18), (19), (20), (21), (22), (23)) as g (step)
      cross join lateral (select queue._code(o.office_id, (q.digits + g.step * 7919) % 90000) as code) as w
      left join lateral (
        select i.code from queue.visit as i
        where i.office_id = o.office_id and i.code = w.code and (i.over_at is null or i.over_at > now_ - interval '30 days') limit 1) as u on true
      where u.code is null limit 1) as c on true
    order by q.ordinality
  loop
    outcome := shape_outcome[r.shape];
    facts := case when outcome is null then '{}' else shape_facts[r.shape] end;
    i := case when some_twice then array_position(got_id, r.booking_id) end;
    if i is not null then
      if queue._asked(book_slots.requests[r.no]) = queue._asked(book_slots.requests[got_n[i]]) then
        again_n := again_n || r.no;
        again_of := again_of || got_n[i];
        continue;
      end if;
      outcome := 'id_reused';
      facts := '{}';
    elsif r.known then
      select * into known from queue.visit as v where v.office_id = o.office_id and v.visit_id = r.booking_id;
      -- the same again within 48 hours is answered as it was, however the visit stands now
      outcome := case when known.asked = queue._asked(book_slots.requests[r.no]) and known.created_at > now_ - interval '48 hours' then 'booked' else 'id_reused' end;
      facts := case when outcome = 'id_reused' then '{}'::jsonb when known.revision = 1 then queue._booking_answer(known)
        else (select k.answer from queue.request as k where k.office_id = o.office_id and k.caller = 'booking' and k.key = r.booking_id::text) end;
    elsif outcome is not null then
      null;
    elsif r.party_size < 1 then
      outcome := 'party_too_small';
    elsif r.party_size > o.largest_party then
      outcome := 'party_too_large';
      facts := jsonb_build_object('largest_party', o.largest_party);
    elsif any_scarce and shape_scarce[r.shape] <> '[]' and coalesce(r.person, '') = '' then
      outcome := 'identity_needed';
    elsif any_scarce and r.no = any (beyond) then
      outcome := 'person_limit';
      facts := jsonb_build_object('per_person', f.per_person);
    elsif r.unproven and coalesce(r.phone, '') = '' then
      outcome := 'phone_needed';
    elsif r.unproven and waits[r.phone_no] > 0 then
      outcome := 'too_many_codes';
      facts := jsonb_build_object('retry_after', waits[r.phone_no]);
    elsif r.texted or r.channel = 'text' and r.phone = any (got_text) then
      outcome := 'one_by_text';
    elsif not r.unproven and phones[r.phone_no] >= o.bookings_per_phone and r.may_go_over is not true then
      outcome := 'too_many_bookings';
      facts := jsonb_build_object('bookings_per_phone', o.bookings_per_phone);
    else
      if accepted_visits > 0 and (r.shape <> counted or r.party_size > heads_left or visits_left < 1) then
        -- the cells must be looked at, and so say what was accepted
        for i in need_from[counted] .. need_to[counted] loop
          j := need_at[i];
          taken[j] := taken[j] + case when need_head[i] then accepted_heads else accepted_visits end;
        end loop;
        for i in put_first[counted] .. put_last[counted] loop
          j := put_at[i];
          taken[j] := taken[j] + accepted_visits;
        end loop;
        accepted_visits := 0;
        accepted_heads := 0;
      end if;
      if r.shape <> counted then  -- what another has left is not known, for it may share a cell
        visits_left := 2147483647;
        heads_left := 2147483647;
        for i in need_from[r.shape] .. need_to[r.shape] loop
          if need_head[i] then
            heads_left := least(heads_left, need_max[i] - taken[need_at[i]]);
          else
            visits_left := least(visits_left, need_max[i] - taken[need_at[i]]);
          end if;
        end loop;
        for i in win_first[r.shape] .. win_last[r.shape] loop
          sum_ := 0;
          for j in win_at[i] .. win_at[i] + 11 loop
            sum_ := sum_ + taken[j];
          end loop;
          visits_left := least(visits_left, (win_max[i] - sum_) / win_need[i]);  -- several services may take several places of one window
        end loop;
        counted := r.shape;
      end if;

      if visits_left >= 1 and heads_left >= r.party_size then
        visits_left := visits_left - 1;
        heads_left := heads_left - r.party_size;
        accepted_visits := accepted_visits + 1;
        accepted_heads := accepted_heads + r.party_size;
        if not r.unproven and phones[r.phone_no] >= o.bookings_per_phone then
          over_n := over_n || r.no;
          over_active := over_active || phones[r.phone_no];
        end if;
        if r.phone_no is not null and not r.unproven then phones[r.phone_no] := phones[r.phone_no] + 1; end if;
        code_ := r.code;
        if r.code_in_use or code_ = any (instead) then
          if wishes is null then
            wishes := array(select queue._code(o.office_id, q.digits % 90000) from unnest(book_slots.requests) as q);
          end if;
          code_ := queue._free_code(o.office_id, now_, r.digits, instead || wishes || got_code);
          instead := instead || code_;
        end if;
        got_n := got_n || r.no;          got_id := got_id || r.booking_id;
        got_shape := got_shape || r.shape;  got_code := got_code || code_;
        if r.channel = 'text' and r.phone <> '' then got_text := got_text || r.phone; end if;
        if r.unproven then
          held_due := least(held_due, now_ + make_interval(mins => f.hold_minutes), r.starts_at);
          if f.codes_per_hour <= (select count(*) from unnest(got_n) as g (n) where book_slots.requests[g.n].phone = r.phone)
              + (select coalesce(sum(p.sent), 0) from queue.phone_proof as p
                 where p.office_id = o.office_id and p.phone = r.phone and p.sent_at > now_ - interval '1 hour') then
            waits[r.phone_no] := 3600;
          end if;
        else
          first_due := least(first_due, r.starts_at);
        end if;
        continue;
      end if;

      outcome := 'slot_full';
      facts := jsonb_build_object('cap', 'hour', 'left', greatest(least(visits_left, heads_left), 0));
      for i in need_from[r.shape] .. need_to[r.shape] loop
        if need_max[i] - taken[need_at[i]] < (case when need_head[i] then r.party_size else 1 end) then
          facts := facts || jsonb_build_object('cap', need_cap[i]);
          exit;
        end if;
      end loop;
    end if;
    n := r.no;
    return next;
  end loop;

  if claimed <> '{}' then
    delete from ops.person_booking as b where b.office_id = o.office_id and b.visit_id = any (claimed) and not b.visit_id = any (got_id);
  end if;
  if got_n = '{}' then
    return;
  end if;

  return query
    with accepted as materialized (
      select g.n, g.shape, g.code, q.*, queue._asked(book_slots.requests[g.n]) as asked,
        case when f.prove_phone and q.channel in ('web', 'api') then least(now_ + make_interval(mins => f.hold_minutes), q.starts_at) end as held_until
      from unnest(got_n, got_shape, got_code) as g (n, shape, code)
      join unnest(book_slots.requests) with ordinality as q on q.ordinality = g.n
    ), new_visits as (
      insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, channel, language, name, phone, booked, starts_at, ends_at,
                               party_size, booked_party, priority, needs, queue_id, area_id, takes, asked, created_at,
                               held_until, person)
      select o.office_id, a.booking_id, case when a.held_until is null then 'booked' else 'held' end, now_, shape_day[a.shape], a.code, decode(a.token, 'hex'), a.channel, a.language,
        a.name, a.phone, a.held_until is null, a.starts_at, shape_ends[a.shape], a.party_size, a.party_size, a.priority, a.needs,
        l.queue_id, l.area_id, t.takes, a.asked, now_, a.held_until, decode(nullif(a.person, ''), 'hex')
      from accepted as a
      join (
        select p.shape, p.party_size,
          array_agg(row(s.service_no, s.scope, s.from_cell, s.to_cell, case s.amount when 0 then p.party_size else s.amount end, false)::queue.take order by s.i) as takes
        from (select distinct d.shape, d.party_size from accepted as d) as p
        join unnest(take_shape, take_no, take_scope, take_from, take_to, take_amount) with ordinality
          as s (shape, service_no, scope, from_cell, to_cell, amount, i) on s.shape = p.shape
        group by p.shape, p.party_size
      ) as t on t.shape = a.shape and t.party_size = a.party_size
      join unnest(leg_shape, leg_no, leg_queue, leg_area) as l (shape, service_no, queue_id, area_id) on l.shape = a.shape and l.service_no = 1
    ), new_services as (
      insert into queue.visit_service (office_id, visit_id, service_no, service_id, queue_id, quantity, minutes)
      select o.office_id, a.booking_id, l.service_no, l.service_id, l.queue_id, l.quantity, l.minutes
      from accepted as a
      join unnest(leg_shape, leg_no, leg_service, leg_queue, leg_quantity, leg_minutes) as l (shape, service_no, service_id, queue_id, quantity, minutes)
        on l.shape = a.shape
    ), new_stays as (
      insert into queue.stay (office_id, visit_id, stay_no, state, present, area_id, queue_id, heads, started_at, actor, reason)
      select o.office_id, a.booking_id, 1, case when a.held_until is null then 'booked' else 'held' end, false, l.area_id, l.queue_id, a.party_size, now_, coalesce(a.actor, 'web'),
        case when a.n = any (over_n) then a.reason else '' end
      from accepted as a
      join unnest(leg_shape, leg_no, leg_queue, leg_area) as l (shape, service_no, queue_id, area_id) on l.shape = a.shape and l.service_no = 1
    ), new_jobs as (  -- the confirmation bears its visit's id: one each, and no other job can have it
      insert into queue.job (office_id, job_id, kind, visit_id, due_at)
      select o.office_id, a.booking_id, 'confirmation', a.booking_id, now_ from accepted as a where a.phone <> '' and a.held_until is null
    ), new_usage as (
      insert into queue.usage as u (office_id, scope, cell, taken)
      select o.office_id, t.scope, c.cell, sum(case t.amount when 0 then a.heads else a.visits * t.amount end)
      from (select x.shape, count(*) as visits, sum(x.party_size) as heads from accepted as x group by x.shape) as a
      join unnest(take_shape, take_scope, take_from, take_to, take_amount) as t (shape, scope, from_cell, to_cell, amount) on t.shape = a.shape
      cross join lateral generate_series(t.from_cell, t.to_cell - interval '5 minutes', interval '5 minutes') as c (cell)
      group by t.scope, c.cell
      on conflict (office_id, scope, cell) do update set taken = u.taken + excluded.taken
    )
    select w.n, 'booked', case when a.held_until is null then x.answer else x.answer || jsonb_build_object('state', 'held', 'held_until', a.held_until) end
    from accepted as a
    cross join lateral (select shape_answer[a.shape] || jsonb_build_object('visit_id', a.booking_id, 'code', a.code, 'token', a.token,
      'party_size', a.party_size, 'language', a.language) as answer) as x
    join unnest(got_n || again_n, got_n || again_of) as w (n, of_n) on w.of_n = a.n;

  if f.prove_phone then
    with unproven as (
      select q.booking_id, q.phone, coalesce(q.proof, '') as proof, least(now_ + make_interval(mins => f.hold_minutes), q.starts_at) as held_until
      from unnest(got_n) as g (n)
      join unnest(book_slots.requests) with ordinality as q on q.ordinality = g.n
      where q.channel in ('web', 'api')
    ), new_codes as (
      insert into queue.job (office_id, job_id, kind, visit_id, due_at, facts)
      select o.office_id, gen_random_uuid(), 'code', u.booking_id, now_,
        jsonb_build_object('code', u.proof, 'minutes', f.hold_minutes, 'until', u.held_until)
      from unproven as u
    )
    insert into queue.phone_proof (office_id, visit_id, phone, code, sent_at)
    select o.office_id, u.booking_id, u.phone, u.proof, now_ from unproven as u;
  end if;

  for i in 1 .. cardinality(over_n) loop
    perform queue._event(o.office_id, now_, q.actor, 'over_limit', q.booking_id,
      jsonb_build_object('reason', q.reason, 'held', over_active[i], 'bookings_per_phone', o.bookings_per_phone))
    from unnest(book_slots.requests[over_n[i]:over_n[i]]) as q;
  end loop;

  if not exists (select from queue.cap as c where c.office_id = o.office_id and c.kind = 'hour') then
    first_due := first_due + make_interval(mins => o.lateness_minutes) + interval '1 second';
  end if;
  update queue.office_state as s
  set version = s.version + 1, last_at = now_, next_due_at = least(s.next_due_at, first_due, held_due)
  where s.office_id = o.office_id;
end $$;
