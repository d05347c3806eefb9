-- Makes a draft the office's rules and gives everybody on its list the time that was shown, all of it or nothing. `seen` is what the list said that was
-- confirmed. Answers with a decision: applied; list_changed {seen, moves} where other people no longer fit by now or a place is gone, with the list as
-- it is, to be confirmed again; changed_meanwhile where the office itself was changed since, so that the change is to be thought over on top of that.
-- A rota that was drafted with it (draft_rota) is published with it, if its plan is what it was and no rule is broken; one that was published before is
-- taken back with it (draft_withdrawal).
-- Refuses: QS404 no_such_change, QS409 change_over belongs_to_hub slug_taken letter_in_use, rota_breaks, day_over.
create or replace function api.apply_change(office_id integer, at timestamptz, actor text, key text, change_id uuid, seen text) returns jsonb
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  now_ timestamptz;
  body jsonb := jsonb_build_array(apply_change.change_id, apply_change.seen);
  answer jsonb;
  c queue.change;
  o queue.office;
  before jsonb;
  after jsonb;
  other boolean;
  list jsonb;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('import_office'), apply_change.office_id);
  now_ := queue._begin_at_hub(apply_change.office_id, apply_change.at);
  answer := queue._replay(apply_change.office_id, now_, apply_change.actor, apply_change.key, 'apply_change', body);
  if answer is not null then return answer; end if;
  select * into c from queue.change as k where k.office_id = apply_change.office_id and k.change_id = apply_change.change_id;
  if not found then
    perform queue._refuse('QS404', 'no_such_change', '{}');
  elsif c.state <> 'draft' then
    perform queue._refuse('QS409', 'change_over', '{}');
  elsif c.base <> queue._version_no(c.office_id)
        or c.rota ->> 'mark' <> queue._rota_mark(c.office_id, (c.rota ->> 'first_day')::date, (c.rota ->> 'last_day')::date) then
    return jsonb_build_object('decision', 'changed_meanwhile');
  end if;

  if c.seen = apply_change.seen then
    begin
      before := api.office_file(c.office_id);
      perform queue._take_file(c.office_id, now_, c.file);
      other := queue._keep_layers(c.office_id, c.layers);
      select * into o from queue.office as k where k.office_id = c.office_id;
      list := queue._displace(o, now_, c.most_days, c.moves, apply_change.actor, c.change_id);
      if list is null then
        raise exception 'other people' using errcode = 'QS001';
      elsif c.rota ? 'withdraw' then
        perform queue._withdraw_rota(o, now_, apply_change.actor, c.rota);
      elsif c.rota is not null then
        perform queue._refuse_breaks(o, now_, (c.rota ->> 'first_day')::date, (c.rota ->> 'last_day')::date);
        perform queue._publish_rota(o, now_, apply_change.actor, c.rota);
      end if;
    exception when sqlstate 'QS001' then null;
    end;
  end if;
  if list is null then
    list := queue._try_change(c.office_id, now_, c.file, c.most_days);
    update queue.change as k set moves = list, seen = md5(list::text) where k.office_id = c.office_id and k.change_id = c.change_id;
    return jsonb_build_object('decision', 'list_changed', 'seen', md5(list::text), 'moves', list);
  end if;

  update queue.change as k set state = 'applied', applied_at = now_, applied_by = apply_change.actor
  where k.office_id = c.office_id and k.change_id = c.change_id;
  after := api.office_file(c.office_id);
  if other or before is distinct from after then
    perform queue._keep_version(c.office_id, now_, apply_change.actor, c.note, c.change_id, before, after);
  end if;
  perform queue._offer_anew(c.office_id, before, after, now_);
  perform queue._event(c.office_id, now_, apply_change.actor, 'changed', null,
    jsonb_build_object('change_id', c.change_id, 'moved', jsonb_array_length(list)));
  perform queue._end(c.office_id, now_);
  answer := jsonb_build_object('decision', 'applied', 'moves', list);
  perform queue._remember(c.office_id, now_, apply_change.actor, apply_change.key, 'apply_change', body, answer);
  return answer;
end $$;
