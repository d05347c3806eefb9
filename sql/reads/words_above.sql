-- The words an office has from its authority where it says none itself: {name_vi, name_en, message_texts, board, door}; the last two are empty where the
-- authority says nothing. Null: the office belongs to no authority.
create or replace function api.words_above(office_id integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('name_vi', a.name_vi, 'name_en', a.name_en, 'message_texts', coalesce(a.shared -> 'message_texts', '[]'),
                            'board', coalesce(a.shared -> 'board', '{}'), 'door', coalesce(a.shared -> 'door', '{}'))
  from ops.authority_office as x join ops.authority as a on a.authority_id = x.authority_id
  where x.office_id = words_above.office_id
$$;
