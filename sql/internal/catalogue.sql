-- What a catalogue is searched by: words as people type them, without marks.

-- Small letters without marks: 'Đăng ký' and 'dang ky' become one, whatever the collation of the database.
create or replace function queue._fold(text_ text) returns text
language sql immutable as $$
  select lower(translate(regexp_replace(normalize(text_, nfd), '[\u0300-\u036f]', '', 'g'), 'Đđ', 'dd'))
$$;

-- Whether every word stands somewhere in code, names or everyday names of a procedure.
create or replace function queue._bears(p ops.procedure, words text) returns boolean
language sql stable as $$
  select not exists (
    select from string_to_table(btrim(queue._fold(words)), ' ') as w (word)
    where position(w.word in queue._fold(concat_ws(' ', p.national_code, p.name_vi, p.name_en, array_to_string(p.aliases, ' ')))) = 0)
$$;
