"""No column that can hold a name is forgotten when the names go: each says whose it is."""

from uuid import uuid4

import pytest

from queue_service import db, retention
from tests.offices import DAY
from tests.personal import NOBODY, STAFF, VISITORS, WORDS
from tests.test_retention import alone, everything
from tests.times import Still

__all__ = ["alone"]
pytestmark = pytest.mark.anyio

# Numbers, times, yes and no, and ids that say nothing.
COLUMNS = """
select format('%s.%s', n.nspname, c.relname) as "table", a.attname as "column"
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_type as t on t.oid = a.atttypid
left join pg_type as e on e.oid = t.typelem and t.typlen = -1
where c.relkind in ('r', 'p') and n.nspname in ('queue', 'ops') and a.attnum > 0
  and not a.attisdropped
  and coalesce(e.typname, t.typname) not in ('int2', 'int4', 'int8', 'float4', 'float8', 'numeric',
    'bool', 'date', 'time', 'timestamp', 'timestamptz', 'interval', 'uuid')
"""
# A row of an office the story is about; what is not of one office has no such column.
FILLED = """
select count(*) from {table}
where {column} is not null and {column}::text not in ('', '{{}}', '[]', '""', '\\x')
"""


def declared(*parts: dict[str, str]) -> list[tuple[str, str]]:
    return [(table, one) for part in parts for table in part for one in part[table].split()]


def names(columns: set[tuple[str, str]]) -> str:
    return " ".join(sorted(".".join(one) for one in columns))


async def test_every_column_that_can_hold_words_says_whose_they_are(owner: db.Connection) -> None:
    there = {(row["table"], row["column"]) for row in await owner.fetch(COLUMNS)}
    said = declared(VISITORS, WORDS, STAFF, NOBODY)
    assert names(there - set(said)) == "", "whose is it? say so in tests/personal.py"
    assert names(set(said) - there) == "", "tests/personal.py names what is not there"
    assert len(said) == len(set(said)), "one column, one answer"


async def test_whatever_is_a_visitor_s_is_empty_once_the_days_are_over(
    alone: tuple[db.Pool, db.Connection],
) -> None:
    pool, owner = alone
    lobby = await everything(pool, owner)
    # With one number a person, and of a scarce booking that was kept: as the commands write it.
    number, came, who = lobby.office.office_id, uuid4(), b"p" * 32
    await owner.execute(
        "insert into queue.walk_in_person (office_id, day, person, visit_id) values ($1,$2,$3,$4)",
        *(number, DAY, who, came),
    )
    await owner.execute(
        "insert into ops.person_booking values ('province', 'permit', $1, 1, $2, $3, $4)",
        *(who, number, came, lobby.office.at("12:00")),
    )

    async def filled() -> set[tuple[str, str]]:
        found = set[tuple[str, str]]()
        for table, column in declared(VISITORS):
            if await owner.fetchval(FILLED.format(table=table, column=column)):
                found.add((table, column))
        return found

    assert names(set(declared(VISITORS)) - await filled()) == "", "the story must fill it"
    async for _ in retention.forget_all(pool, Still(lobby.office.at("00:01", 31))):
        pass
    assert names(await filled()) == ""
