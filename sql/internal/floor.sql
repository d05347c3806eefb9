-- The floor of an office lives in one place: at the hub, or at the office's box. Who has it is a row; here is what that row means to a command.

create or replace function queue._floor_of(office_id integer) returns queue.floor
language sql stable as $$
  select f.* from queue.floor as f where f.office_id = _floor_of.office_id
$$;

-- Whether a box has the floor and this is the hub.
create or replace function queue._floor_elsewhere(office_id integer) returns boolean
language sql stable as $$
  select exists (select from queue.floor as f where f.office_id = _floor_elsewhere.office_id and f.side = 'hub' and f.box_id is not null)
$$;

create or replace function queue._is_box(office_id integer) returns boolean
language sql stable as $$
  select exists (select from queue.floor as f where f.office_id = _is_box.office_id and f.side = 'box')
$$;

-- How a command of the floor begins. Refuses: QS409 floor_elsewhere {box, heard_at}, floor_not_ready, floor_stopped.
create or replace function queue._begin_at_floor(office_id integer, at timestamptz) returns timestamptz
language plpgsql as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(_begin_at_floor.office_id, _begin_at_floor.at);
  f queue.floor;
begin
  select * into f from queue.floor as k where k.office_id = _begin_at_floor.office_id;
  if f.side = 'hub' and f.box_id is not null then
    perform queue._refuse('QS409', 'floor_elsewhere', jsonb_build_object('box', f.box_name, 'heard_at', f.heard_at));
  elsif f.side = 'box' and f.stopped <> '' then
    perform queue._refuse('QS409', 'floor_stopped', jsonb_build_object('box', f.box_name, 'why', f.stopped));
  elsif f.side = 'box' and not f.ready then
    perform queue._refuse('QS409', 'floor_not_ready', '{}');
  end if;
  return now_;
end $$;

-- After a floor was taken back nobody is called before its rooms are counted. Refuses: QS409 recount_first {areas}.
create or replace function queue._counted(office_id integer) returns void
language plpgsql stable as $$
#variable_conflict use_column
declare
  areas text[] := (queue._floor_of(_counted.office_id)).uncounted;
begin
  if areas <> '{}' then
    perform queue._refuse('QS409', 'recount_first', jsonb_build_object('areas', areas));
  end if;
end $$;

-- How a command of bookings and settings begins. Refuses: QS409 belongs_to_hub.
create or replace function queue._begin_at_hub(office_id integer, at timestamptz) returns timestamptz
language plpgsql as $$
#variable_conflict use_column
declare
  now_ timestamptz := queue._begin(_begin_at_hub.office_id, _begin_at_hub.at);
begin
  if queue._is_box(_begin_at_hub.office_id) then
    perform queue._refuse('QS409', 'belongs_to_hub', '{}');
  end if;
  return now_;
end $$;

-- How what is only thought over begins, without the office's lock: its time, and nothing is settled. Refuses: QS404 no_such_office, QS409 belongs_to_hub.
create or replace function queue._look_at_hub(office_id integer, at timestamptz) returns timestamptz
language plpgsql stable as $$
#variable_conflict use_column
declare
  now_ timestamptz;
begin
  select greatest(_look_at_hub.at, s.last_at) into now_ from queue.office_state as s where s.office_id = _look_at_hub.office_id;
  if not found then
    perform queue._refuse('QS404', 'no_such_office', '{}');
  elsif queue._is_box(_look_at_hub.office_id) then
    perform queue._refuse('QS409', 'belongs_to_hub', '{}');
  end if;
  return now_;
end $$;

-- Whether a visit is the box's to decide on: everything but a booking before its earliness.
create or replace function queue._belongs_to_box(o queue.office, v queue.visit, now_ timestamptz) returns boolean
language sql stable as $$
  select queue._floor_elsewhere(o.office_id)
    and (v.promised or not v.booked or v.starts_at - make_interval(mins => o.earliness_minutes) <= _belongs_to_box.now_)
$$;

-- Nobody came for it yet, so that the hub's later word (cancelled, moved) may still hold.
create or replace function queue._nobody_came(v queue.visit) returns boolean
language sql immutable as $$
  select (v.booked or v.state = 'held') and not v.promised and v.arrived_at is null and v.number is null
    and (v.state in ('held', 'booked', 'missed', 'cancelled') or v.state = 'left' and v.attention = 'unheard')
$$;

-- At a box: whether the hub answers, so that it can be asked.
create or replace function queue._hub_answers(office_id integer, at timestamptz) returns boolean
language sql stable as $$
  select exists (select from queue.floor as f where f.office_id = _hub_answers.office_id and f.side = 'box' and f.trouble = ''
                   and f.heard_at > _hub_answers.at - interval '30 seconds')
$$;

-- A hub's floor row for an office that has none yet.
create or replace function queue._floor_row(office_id integer) returns queue.floor
language plpgsql as $$
#variable_conflict use_column
declare
  f queue.floor;
begin
  insert into queue.floor (office_id, side) values (_floor_row.office_id, 'hub') on conflict (office_id) do nothing;
  select * into f from queue.floor as k where k.office_id = _floor_row.office_id;
  return f;
end $$;

-- The floor changes hands: another epoch, and nothing of what was on its way in the old one.
create or replace function queue._next_epoch(office_id integer, box_id uuid, box_name text, now_ timestamptz) returns void
language plpgsql as $$
#variable_conflict use_column
begin
  delete from queue.floor_entry as e where e.office_id = _next_epoch.office_id;
  delete from queue.floor_known as k where k.office_id = _next_epoch.office_id;
  update queue.floor as f
  set epoch = f.epoch + 1, box_id = _next_epoch.box_id, box_name = _next_epoch.box_name, taken_at = _next_epoch.now_, heard_at = _next_epoch.now_,
      clock_off = 0, out_seq = 0, in_seq = 0, seen_version = -1, seen_day = null, seen_event = 0, seen_request = '-infinity', seen_revocation = 0,
      seen_parts = '{}', uncounted = '{}'
  where f.office_id = _next_epoch.office_id;
end $$;

-- Numbers go on from the next full hundred; those in between, which a lost box may have given, are kept as void and come to life when typed.
create or replace function queue._skip_numbers(o queue.office, now_ timestamptz, actor text) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  q record;
  today date := queue._day(o, _skip_numbers.now_);
  n record;
begin
  for q in
    select k.queue_id, k.area_id, k.letter, coalesce(l.last, 0) as last, s.service_id, s.minutes
    from queue.queue as k
    left join queue.number as l on l.office_id = k.office_id and l.queue_id = k.queue_id and l.day = today
    left join lateral (select d.service_id, d.minutes from queue.service as d
                       where d.office_id = k.office_id and d.queue_id = k.queue_id order by d.retired, d.position, d.service_id limit 1) as s on true
    where k.office_id = o.office_id and not k.retired
  loop
    for n in
      select i as count_, gen_random_uuid() as id, q.letter || lpad(i::text, greatest(3, length(i::text)), '0') as number
      from generate_series(q.last + 1, (q.last / 100 + 1) * 100 - 1) as i
    loop
      insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, channel, booked, party_size, booked_party, queue_id, area_id,
                               number, number_day, number_queue, number_count, slip, slip_at, arrived_at, created_at, over_at)
      values (o.office_id, n.id, 'void', _skip_numbers.now_, today, '', uuid_send(gen_random_uuid()), 'helper', false, 1, 1, q.queue_id, q.area_id,
              n.number, today, q.queue_id, n.count_, 'failed', _skip_numbers.now_, _skip_numbers.now_, _skip_numbers.now_, _skip_numbers.now_);
      insert into queue.visit_service (office_id, visit_id, service_no, service_id, queue_id, minutes)
      values (o.office_id, n.id, 1, coalesce(q.service_id, ''), q.queue_id, coalesce((q.minutes + 4) / 5 * 5, 5));
      insert into queue.stay (office_id, visit_id, stay_no, state, present, area_id, queue_id, heads, started_at, ended_at, actor, reason)
      values (o.office_id, n.id, 1, 'void', false, q.area_id, q.queue_id, 1, _skip_numbers.now_, _skip_numbers.now_, _skip_numbers.actor, 'floor taken back');
    end loop;
    insert into queue.number as l (office_id, day, queue_id, last) values (o.office_id, today, q.queue_id, (q.last / 100 + 1) * 100 - 1)
    on conflict (office_id, day, queue_id) do update set last = excluded.last;
  end loop;
end $$;

-- Where the floor is, for whoever looks: null while no box was ever there. `silent`: its last word is older than 30 seconds.
create or replace function queue._floor_json(office_id integer, at timestamptz) returns jsonb
language plpgsql stable as $$
#variable_conflict use_column
declare
  f queue.floor;
begin
  select * into f from queue.floor as k where k.office_id = _floor_json.office_id;
  if not found then
    return null;
  end if;
  return jsonb_build_object('side', f.side, 'box', nullif(f.box_name, ''), 'at_box', f.side = 'box' or f.box_id is not null, 'epoch', f.epoch,
    'heard_at', f.heard_at, 'silent', (f.side = 'box' or f.box_id is not null) and f.heard_at < _floor_json.at - interval '30 seconds',
    'clock_off', f.clock_off, 'ready', f.ready, 'stopped', f.stopped, 'trouble', f.trouble, 'closed_until', f.closed_until, 'uncounted', f.uncounted,
    'late', (select count(*) from queue.floor_late as l where l.office_id = f.office_id));
end $$;
