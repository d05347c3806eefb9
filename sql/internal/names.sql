-- A name's place in a Vietnamese dictionary, on every installation alike: letters decide first (a ă â b c d đ e ê …), tones between equal letters, then the
-- name as it is written. Compared as bytes, so that no collation has a say. The same order as queue_service/names.py.
create or replace function queue._name_key(name text) returns bytea
language sql stable as $$
  select convert_to(translate(n.said,
      'aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệfghiìỉĩíịjklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvwxyỳỷỹýỵz'
      'AÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬBCDĐEÈẺẼÉẸÊỀỂỄẾỆFGHIÌỈĨÍỊJKLMNOÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢPQRSTUÙỦŨÚỤƯỪỬỮỨỰVWXYỲỶỸÝỴZ',
      'AAAAAABBBBBBCCCCCCDEFGHHHHHHIIIIIIJKLMMMMMMNOPQRSSSSSSTTTTTTUUUUUUVWXYZ[[[[[[\\\\\\]^_``````a'
      'AAAAAABBBBBBCCCCCCDEFGHHHHHHIIIIIIJKLMMMMMMNOPQRSSSSSSTTTTTTUUUUUUVWXYZ[[[[[[\\\\\\]^_``````a')
    || E'\x01' || translate(n.said,
      'àằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹáắấéếíóốớúứýạặậẹệịọộợụựỵ'
      'ÀẰẦÈỀÌÒỒỜÙỪỲẢẲẨẺỂỈỎỔỞỦỬỶÃẴẪẼỄĨÕỖỠŨỮỸÁẮẤÉẾÍÓỐỚÚỨÝẠẶẬẸỆỊỌỘỢỤỰỴ'
      'aăâbcdđeêfghijklmnoôơpqrstuưvwxyzAĂÂBCDĐEÊFGHIJKLMNOÔƠPQRSTUƯVWXYZ',
      '111111111111222222222222333333333333444444444444555555555555'
      '111111111111222222222222333333333333444444444444555555555555')
    || E'\x01' || n.said, 'UTF8')
  from (select normalize(coalesce(name, ''), nfc) as said) as n
$$;

-- People stand by their given name, which comes last; then by family and middle names.
create or replace function queue._person_key(name text) returns bytea
language sql stable as $$
  select queue._name_key(regexp_replace(btrim(name), '^(.*\s)(\S+)$', '\2 \1'))
$$;
