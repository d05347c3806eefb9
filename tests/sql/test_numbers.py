"""Numbers without gaps, codes that catch a wrong digit."""

import pytest

from queue_service.db import Connection, Pool
from tests.lobby import Lobby
from tests.sql.scenes import opened

pytestmark = pytest.mark.anyio


async def test_a_number_is_the_letter_of_the_queue_and_a_count_of_the_day(pool: Pool) -> None:
    lobby = await opened(pool)
    given = [(await lobby.walk_in("08:00", s))["number"] for s in ("copy", "permit", "record")]
    assert given == ["A001", "B001", "A002"]
    tomorrow = Lobby(pool, lobby.office, days=1)
    assert (await tomorrow.walk_in("08:00"))["number"] == "A001"
    assert await tomorrow.differences() == []


async def test_the_thousandth_number_keeps_all_its_digits(pool: Pool, owner: Connection) -> None:
    lobby = await opened(pool)
    await lobby.walk_in("08:00")
    await owner.execute(
        "update queue.number set last = 999 where office_id = $1", lobby.office.office_id
    )
    assert (await lobby.walk_in("08:00"))["number"] == "A1000"


def damm(digits: str) -> int:
    """The check digit from Damm's table, said again here: 0 for a whole code that is right."""
    table = (
        (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
        (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
        (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
        (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
        (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
        (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
        (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
        (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
        (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
        (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
    )
    check = 0
    for digit in digits:
        check = table[check][int(digit)]
    return check


async def test_a_code_is_the_office_five_digits_and_a_check_digit(pool: Pool) -> None:
    lobby = await opened(pool)
    code = (await lobby.book("08:00", digits=1234))["code"]
    assert code[:9] == f"{lobby.office.office_id:04}01234"
    assert damm(code) == 0
    highest = (await lobby.book("08:00", digits=89999))["code"]
    assert highest[4:9] == "89999"  # a first random digit of 9 is for codes made by a box


async def test_a_code_in_use_is_not_given_again(pool: Pool) -> None:
    lobby = await opened(pool)
    requests = [lobby.request(s, digits=77) for s in ("08:00", "08:30", "09:00")]
    codes = {facts["code"] for _, facts in await lobby.book_group(requests)}
    codes.add((await lobby.book("09:30", digits=77))["code"])
    assert len(codes) == 4
    assert {damm(code) for code in codes} == {0}


async def test_a_code_rests_for_30_days_after_its_visit(pool: Pool) -> None:
    lobby = await opened(pool)
    booked = await lobby.book("08:00", digits=500)
    await lobby.do("cancel", "07:10", booked)
    later = Lobby(pool, lobby.office, days=29)
    assert (await later.book("08:00", digits=500))["code"] != booked["code"]
    month = Lobby(pool, lobby.office, days=31)
    assert (await month.book("08:00", digits=500))["code"] == booked["code"]


@pytest.mark.parametrize("digits", [89_999, 90_000, 99_999])
async def test_the_hub_gives_no_code_of_a_box_whatever_digits_are_asked_for(
    pool: Pool, digits: int
) -> None:
    lobby = await opened(pool)
    codes = [(await lobby.book(s, digits=digits))["code"] for s in ("08:00", "08:05", "08:10")]
    assert len(set(codes)) == 3
    assert [code[4] for code in codes if code[4] == "9"] == []
