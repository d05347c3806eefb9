-- An authority as its page shows it: {authority_id, name_vi, name_en, shared, changed_at, procedures, offices: [{office_id, slug, name_vi, name_en, behind,
-- measures}], presets, directives (newest first, each with how many offices it has and in which state)}. `behind`: the catalogue, calendar or texts have
-- changed since they last came there. Null: there is none.
create or replace function api.authority(authority_id text, most integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  select to_jsonb(a) || jsonb_build_object(
    'procedures', (select count(*) from ops.procedure as p where p.authority_id = a.authority_id),
    'offices', (
      select coalesce(jsonb_agg(jsonb_build_object('office_id', o.office_id, 'slug', o.slug, 'name_vi', o.name_vi, 'name_en', o.name_en,
        'time_zone', o.time_zone, 'behind', a.changed_at > coalesce(l.passed_on, a.created_at), 'measures', coalesce(l.measures, '[]')) order by queue._name_key(o.name_vi), o.office_id), '[]')
      from ops.authority_office as x
      join queue.office as o on o.office_id = x.office_id and not o.retired
      left join queue.layers as l on l.office_id = x.office_id
      where x.authority_id = a.authority_id),
    'presets', (
      select coalesce(jsonb_agg(to_jsonb(p) - 'authority_id' order by queue._name_key(p.name_vi), p.preset_id), '[]')
      from ops.preset as p where p.authority_id = a.authority_id and not p.retired),
    'directives', (
      select coalesce(jsonb_agg(to_jsonb(d) - 'authority_id' || jsonb_build_object('offices', (
        select jsonb_object_agg(s.state, s.n) from (
          select queue._directive_state(x, c.state) as state, count(*) as n
          from ops.directive_office as x left join queue.change as c on c.office_id = x.office_id and c.change_id = x.change_id
          where x.directive_id = d.directive_id group by 1) as s)) order by d.created_at desc), '[]')
      from (select * from ops.directive as k where k.authority_id = a.authority_id order by k.created_at desc limit authority.most) as d))
  from ops.authority as a where a.authority_id = authority.authority_id
$$;
