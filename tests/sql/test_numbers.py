"""Numbers without gaps, slips that may fail, codes that catch a wrong digit."""

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Answer, Lobby, id_of
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def make_lobby(pool: Pool) -> Lobby:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.do("open_counter", "07:30", "1")
    return lobby


async def callable_at(lobby: Lobby, now: str) -> str | None:
    try:
        return (await lobby.do("call_next", now, "1"))["number"]
    except Refused as refused:
        if refused.code != "nobody_waiting":
            raise
        return None


async def test_a_number_is_the_letter_of_the_queue_and_a_count_of_the_day(pool: Pool) -> None:
    lobby = await make_lobby(pool)
    given = [(await lobby.walk_in("08:00", s))["number"] for s in ("copy", "permit", "record")]
    assert given == ["A001", "B001", "A002"]
    tomorrow = Lobby(pool, lobby.office, days=1)
    assert (await tomorrow.walk_in("08:00"))["number"] == "A001"
    assert await tomorrow.differences() == []


async def test_the_thousandth_number_keeps_all_its_digits(pool: Pool, owner: Connection) -> None:
    lobby = await make_lobby(pool)
    await lobby.walk_in("08:00")
    await owner.execute(
        "update queue.number set last = 999 where office_id = $1", lobby.office.office_id
    )
    assert (await lobby.walk_in("08:00"))["number"] == "A1000"


async def test_a_void_number_leaves_no_gap(pool: Pool) -> None:
    lobby = await make_lobby(pool)
    first = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.do("slip", "08:00", first, "failed")
    assert await lobby.state(first) == "void"
    assert await lobby.present("08:00") == 0
    assert (await lobby.walk_in("08:01"))["number"] == "A002"
    assert await lobby.differences() == []


async def test_a_number_stays_through_a_transfer(pool: Pool) -> None:
    lobby = await make_lobby(pool)
    visit = await lobby.walk_in("08:00")
    moved = await lobby.do("transfer", "08:01", visit, "permits")
    assert (moved["number"], moved["queue"]) == ("A001", "permits")
    assert (await lobby.walk_in("08:02", "permit"))["number"] == "B001"


@pytest.mark.parametrize("word", ["printed", "phone", "said"])
async def test_a_number_is_callable_once_the_visitor_has_it(pool: Pool, word: str) -> None:
    lobby = await make_lobby(pool)
    visit = await lobby.walk_in("08:00", channel="kiosk")
    assert await callable_at(lobby, "08:00") is None
    await lobby.do("slip", "08:01", visit, word)
    assert await callable_at(lobby, "08:01") == "A001"


async def test_a_helper_has_said_the_number(pool: Pool) -> None:
    lobby = await make_lobby(pool)
    await lobby.walk_in("08:00", channel="helper")
    assert await callable_at(lobby, "08:00") == "A001"


async def test_with_no_word_for_two_minutes_a_number_is_callable(pool: Pool) -> None:
    lobby = await make_lobby(pool)
    await lobby.walk_in("08:00", channel="kiosk")
    assert await callable_at(lobby, "08:01") is None
    assert await callable_at(lobby, "08:02") == "A001"


async def unconfirmed_and_absent(lobby: Lobby) -> Answer:
    visit = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.do("call_next", "08:02", "1")
    await lobby.do("absent", "08:04", visit)
    return visit


async def test_an_unconfirmed_number_is_void_only_when_called_and_absent(pool: Pool) -> None:
    lobby = await make_lobby(pool)
    visit = await unconfirmed_and_absent(lobby)
    assert await lobby.state(visit) == "void"
    assert await lobby.differences() == []


async def test_a_confirmed_number_that_is_absent_is_not_void(pool: Pool) -> None:
    lobby = await make_lobby(pool)
    visit = await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:02", "1")
    await lobby.do("absent", "08:04", visit)
    assert await lobby.state(visit) == "absent"


@pytest.mark.parametrize("sign", ["word", "scan", "call"])
async def test_any_later_sign_revives_a_void_number(pool: Pool, sign: str) -> None:
    lobby = await make_lobby(pool)
    visit = await unconfirmed_and_absent(lobby)
    if sign == "word":
        await lobby.do("slip", "08:05", visit, "printed")
        assert await lobby.state(visit) == "inside"
    elif sign == "scan":
        assert (await lobby.arrive("08:05", visit))["decision"] == "enter"
    else:
        called = await lobby.do("call_number", "08:05", "1", "A001")
        assert called["state"] == "called"
    assert (await lobby.visit(visit, "08:05"))["number"] == "A001"
    assert await lobby.differences() == []


async def test_a_void_slip_of_a_booked_visit_returns_it_to_its_booking(pool: Pool) -> None:
    lobby = await make_lobby(pool)
    booked = await lobby.book("08:00")
    await lobby.arrive("07:50", booked)
    await lobby.do("slip", "07:50", booked, "failed")
    assert await lobby.state(booked) == "booked"
    assert await lobby.present("07:50") == 0
    again = await lobby.arrive("07:55", booked)
    assert (again["decision"], again["number"]) == ("enter", "A001")
    assert await lobby.differences() == []


async def test_an_unconfirmed_booked_visit_that_is_absent_returns_and_its_slip_revives_it(
    pool: Pool,
) -> None:
    lobby = await make_lobby(pool)
    booked = await lobby.book("08:00")
    await lobby.arrive("07:50", booked)
    await lobby.do("call_next", "07:55", "1")
    await lobby.do("absent", "07:57", booked)
    assert await lobby.state(booked) == "booked"
    await lobby.do("slip", "07:58", booked, "printed")
    assert await lobby.state(booked) == "inside"
    assert await lobby.differences() == []


async def test_a_word_the_kiosk_does_not_have_is_refused(pool: Pool) -> None:
    lobby = await make_lobby(pool)
    visit = await lobby.walk_in("08:00")
    with pytest.raises(Refused, match="unknown_word"):
        await lobby.do("slip", "08:00", visit, "eaten")


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
    lobby = await make_lobby(pool)
    code = (await lobby.book("08:00", digits=1234))["code"]
    assert code[:9] == f"{lobby.office.office_id:04}01234"
    assert damm(code) == 0
    highest = (await lobby.book("08:00", digits=89999))["code"]
    assert highest[4:9] == "89999"  # a first random digit of 9 is for codes made by a box


async def test_a_code_in_use_is_not_given_again(pool: Pool) -> None:
    lobby = await make_lobby(pool)
    requests = [lobby.request(s, digits=77) for s in ("08:00", "08:30", "09:00")]
    codes = {facts["code"] for _, facts in await lobby.book_group(requests)}
    codes.add((await lobby.book("09:30", digits=77))["code"])
    assert len(codes) == 4
    assert {damm(code) for code in codes} == {0}


async def test_a_code_rests_for_30_days_after_its_visit(pool: Pool) -> None:
    lobby = await make_lobby(pool)
    booked = await lobby.book("08:00", digits=500)
    await lobby.do("cancel", "07:10", booked)
    later = Lobby(pool, lobby.office, days=29)
    assert (await later.book("08:00", digits=500))["code"] != booked["code"]
    month = Lobby(pool, lobby.office, days=31)
    assert (await month.book("08:00", digits=500))["code"] == booked["code"]


async def test_the_door_finds_a_visit_by_its_code_and_knows_a_wrong_one(pool: Pool) -> None:
    lobby = await make_lobby(pool)
    booked = await lobby.book("08:00")
    code = booked["code"]
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    assert (await lobby.arrive("07:50", code=wrong))["decision"] == "invalid"
    other = f"{lobby.office.office_id % 9999 + 1:04}"
    assert (await lobby.arrive("07:50", code=other + code[4:]))["decision"] == "wrong_office"
    found = await lobby.arrive("07:50", code=code)
    assert (found["decision"], id_of(found)) == ("enter", id_of(booked))


@pytest.mark.parametrize("digits", [89_999, 90_000, 99_999])
async def test_the_hub_gives_no_code_of_a_box_whatever_digits_are_asked_for(
    pool: Pool, digits: int
) -> None:
    lobby = await make_lobby(pool)
    codes = [(await lobby.book(s, digits=digits))["code"] for s in ("08:00", "08:05", "08:10")]
    assert len(set(codes)) == 3
    assert [code[4] for code in codes if code[4] == "9"] == []
