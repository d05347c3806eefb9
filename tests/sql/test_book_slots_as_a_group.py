"""A group decides as the same bookings one after the other would, whatever caps they meet."""

import random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from queue_service import commands, db, reads
from queue_service.group_commit import BookRequest
from tests.bookings import booking
from tests.offices import Office, make_office

pytestmark = pytest.mark.anyio

TIMES = ("08:00", "08:05", "08:30", "08:55", "09:00", "09:30", "10:20", "11:25", "12:00")


def some_bookings(office: Office, chance: random.Random, count: int) -> list[BookRequest]:
    return [
        booking(
            office.at(chance.choice(TIMES)),
            chance.choice(("copy", "record", "permit")),
            booking_id=UUID(int=chance.getrandbits(128), version=4),
            party_size=chance.choice((1, 1, 1, 2, 3, 6)),
            phone=chance.choice(("", "", "+84905123456", "+84905123457")),
        )
        for _ in range(count)
    ]


async def decided(
    pool: db.Pool, office: Office, groups: list[list[BookRequest]]
) -> list[tuple[str, Any]]:
    outcomes: list[tuple[str, Any]] = []
    for group in groups:
        rows = await commands.book_slots(pool, office.office_id, office.at("07:00"), group)
        outcomes += [(row[1], row[2].get("left"), row[2].get("cap")) for row in rows]  # type: ignore[misc]
    assert await reads.check_office(pool, office.office_id, office.at("07:00")) == []
    return outcomes


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("hour_rule", ["clock", "any-60-minutes"])
@pytest.mark.parametrize("pool_id", [None, "all"])
async def test_a_group_decides_as_one_by_one_would(
    pool: db.Pool, seed: int, hour_rule: str, pool_id: str | None
) -> None:
    def make() -> Any:
        return make_office(
            pool, area_cap=14, hour_cap=4, hour_rule=hour_rule, planned=2, pool_id=pool_id
        )

    chance = random.Random(seed)
    together, alone = await make(), await make()
    wanted = some_bookings(together, chance, 60)
    assert await decided(pool, together, [wanted]) == await decided(
        pool, alone, [[one] for one in wanted]
    )


async def test_no_two_of_a_group_get_one_code_whatever_they_draw(pool: db.Pool) -> None:
    """The second draws what is in use and is given another, which the third draws first."""
    office = await make_office(pool, area_cap=100, planned=20)

    def draws(digits: int) -> BookRequest:
        return msgspec.structs.replace(booking(office.at("10:00")), digits=digits)

    groups = [[draws(5)], [draws(5), draws(5 + 7919), draws(5), draws(5 + 2 * 7919), draws(5)]]
    codes: list[str] = []
    for group in groups:
        rows = await commands.book_slots(pool, office.office_id, office.at("07:00"), group)
        codes += [facts["code"] for _, outcome, facts in rows if outcome == "booked"]
    assert len(set(codes)) == len(codes) == 6
