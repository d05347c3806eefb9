"""What boards, counter pages and tickets show is what the lobby is."""

import json

import pytest

from queue_service import reads
from queue_service.db import Pool
from tests.lobby import Answer, Lobby, id_of, moment
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def board(lobby: Lobby, now: str) -> Answer:
    return await reads.board(lobby.pool, lobby.office.office_id, lobby.at(now))


async def a_busy_lobby(pool: Pool) -> tuple[Lobby, list[Answer]]:
    """A001 served, A002 called, A003 and A004 waiting, A005 fetched, A006 outside."""
    lobby = Lobby(pool, await make_office(pool, area_cap=6, staff=1, counter_cap=2))
    visits = [await lobby.walk_in("08:00", phone="+84905123456") for _ in range(7)]
    for counter in ("1", "2"):
        await lobby.do("open_counter", "08:00", counter)
        await lobby.do("call_next", "08:01", counter)
    await lobby.do("serve", "08:01", visits[0])
    await lobby.do("leave", "08:02", visits[4])
    return lobby, visits


async def test_the_board_shows_the_lobby_as_it_is(pool: Pool) -> None:
    lobby, _ = await a_busy_lobby(pool)
    shown = await board(lobby, "08:02")
    [area] = shown["areas"]
    assert (area["present"], area["staff"], area["cap"]) == (6, 1, 6)
    assert {(c["number"], c["counter"], c["state"]) for c in shown["calls"]} == {
        ("A001", "1", "serving"),
        ("A002", "2", "called"),
    }
    assert [e["number"] for e in shown["entering"]] == ["A006"]
    assert moment(shown["entering"][0]["until"]) == lobby.at("08:05")
    [justice, permits] = shown["waiting"]
    assert (justice["count"], justice["numbers"]) == (2, ["A003", "A004"])
    assert permits["numbers"] == []
    assert shown["outside"] == ["A007"]
    assert shown["walk_ins"]["possible"] is False


async def test_a_board_shows_nothing_of_a_person(pool: Pool) -> None:
    lobby, visits = await a_busy_lobby(pool)
    booked = await lobby.book("10:00", now="08:03", phone="+84905123457")
    text = json.dumps(await board(lobby, "08:03"), ensure_ascii=False)
    secrets = ["+8490", "Nguyễn", booked["code"], booked["token"]]
    secrets += [str(id_of(visit)) for visit in visits] + [v["visit"]["code"] for v in visits]
    assert [word for word in secrets if word in text] == []


async def test_a_counter_page_shows_its_line_in_calling_order(pool: Pool) -> None:
    lobby, _ = await a_busy_lobby(pool)
    await lobby.do("leave", "08:03", (await lobby.walk_in("08:03", "permit")))
    page = await reads.counter(pool, lobby.office.office_id, lobby.at("08:03"), "1")
    assert page is not None
    assert [v["number"] for v in page["waiting"]] == ["A003", "A004"]
    assert [(v["number"], v["ahead"]) for v in page["waiting"]] == [("A003", 0), ("A004", 1)]
    assert [v["number"] for v in page["visits"]] == ["A001"]
    assert page["outside"] == 2
    assert (await lobby.do("call_next", "08:04", "1"))["number"] == "A003"


async def test_a_counter_that_is_not_there_has_no_page(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    assert await reads.counter(pool, lobby.office.office_id, lobby.at("08:00"), "9") is None


async def test_a_ticket_shows_the_place_the_staff_see(pool: Pool) -> None:
    lobby, visits = await a_busy_lobby(pool)
    office_id = lobby.office.office_id
    for visit in visits:
        token = bytes.fromhex(visit["token"])
        ticket = await reads.ticket(pool, office_id, lobby.at("08:03"), token)
        seen = await lobby.visit(visit, "08:03")
        assert ticket is not None
        same = ("state", "number", "ahead", "why", "counter", "expected_at")
        assert [ticket[word] for word in same] == [seen[word] for word in same]


async def test_a_ticket_of_another_office_is_not_there(pool: Pool) -> None:
    lobby, [visit, *_] = await a_busy_lobby(pool)
    other = await make_office(pool)
    token = bytes.fromhex(visit["token"])
    assert await reads.ticket(pool, other.office_id, lobby.at("08:03"), token) is None
    assert await reads.visit(pool, other.office_id, lobby.at("08:03"), id_of(visit)) is None


async def test_the_staff_page_shows_door_and_lines_in_the_order_of_the_rule(pool: Pool) -> None:
    lobby, _ = await a_busy_lobby(pool)
    await lobby.walk_in("08:03", priority="elderly")
    page = await reads.queue(pool, lobby.office.office_id, lobby.at("08:03"))
    [door] = page["door"]
    assert [v["number"] for v in door["visits"]] == ["A008", "A007"]
    assert [v["number"] for v in door["invited"]] == ["A006"]
    assert [v["number"] for v in page["lines"][0]["visits"]] == ["A003", "A004"]


async def test_a_recall_is_shown_first(pool: Pool) -> None:
    lobby, visits = await a_busy_lobby(pool)
    await lobby.do("call_next", "08:03", "1")
    assert (await board(lobby, "08:03"))["calls"][0]["number"] == "A003"
    await lobby.do("recall", "08:04", visits[1])
    assert (await board(lobby, "08:04"))["calls"][0]["number"] == "A002"


async def test_every_command_moves_the_version_that_wakes_the_boards(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    before = (await board(lobby, "08:00"))["version"]
    visit = await lobby.walk_in("08:00")
    after = (await board(lobby, "08:00"))["version"]
    assert after > before
    await lobby.do("leave", "08:01", visit)
    assert (await board(lobby, "08:01"))["version"] > after
