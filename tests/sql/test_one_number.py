"""One open walk-in number per person, so that slips are not collected and sold."""

import asyncio

import pytest

from queue_service.db import Connection, Pool
from tests.lobby import Lobby
from tests.offices import File, make_office

pytestmark = pytest.mark.anyio
AN, BINH = b"a" * 32, b"b" * 32


def one_number(file: File) -> None:
    file["door"] = {"entry_check": False, "one_number": True, "question_vi": "", "question_en": ""}


async def strict(pool: Pool) -> Lobby:
    return Lobby(pool, await make_office(pool, change=one_number))


async def test_the_same_person_gets_no_second_number_and_another_does(pool: Pool) -> None:
    lobby = await strict(pool)
    assert (await lobby.walk_in("08:00", channel="kiosk", person=AN))["number"] == "A001"
    again = await lobby.walk_in("08:01", "permit", channel="kiosk", person=AN)
    assert (again["decision"], again["reason"], again["visit"]) == ("refuse", "one_number", None)
    assert (await lobby.walk_in("08:02", channel="kiosk", person=BINH))["number"] == "A002"


async def test_who_has_been_served_or_left_may_take_another(pool: Pool) -> None:
    lobby = await strict(pool)
    came = await lobby.walk_in("08:00", channel="kiosk", person=AN)
    await lobby.do("leave", "08:05", came)
    assert (await lobby.walk_in("08:06", channel="kiosk", person=AN))["number"] == "A002"


async def test_a_kiosk_asks_who_it_is_and_a_helper_sees_it(pool: Pool) -> None:
    lobby = await strict(pool)
    assert (await lobby.walk_in("08:00", channel="kiosk"))["reason"] == "person_needed"
    assert (await lobby.walk_in("08:00", channel="helper"))["decision"] == "enter"


async def test_of_ten_kiosks_asked_at_once_by_one_person_one_gives_a_number(pool: Pool) -> None:
    lobby = await strict(pool)
    answers = await asyncio.gather(
        *(lobby.walk_in("08:00", channel="kiosk", person=AN) for _ in range(10))
    )
    said = sorted(answer["reason"] or answer["decision"] for answer in answers)
    assert said == ["enter"] + ["one_number"] * 9


async def test_yesterdays_hashes_are_gone(pool: Pool, owner: Connection) -> None:
    lobby = await strict(pool)
    await lobby.walk_in("08:00", channel="kiosk", person=AN)
    lobby.days = 1
    await lobby.walk_in("08:00", channel="kiosk", person=BINH)
    kept = await owner.fetch(
        "select person from queue.walk_in_person where office_id = $1", lobby.office.office_id
    )
    assert [row["person"] for row in kept] == [BINH]


async def test_elsewhere_nobody_is_asked_and_nothing_is_kept(pool: Pool, owner: Connection) -> None:
    lobby = Lobby(pool, await make_office(pool))
    for _ in range(2):
        assert (await lobby.walk_in("08:00", channel="kiosk", person=AN))["decision"] == "enter"
    kept = await owner.fetch(
        "select from queue.walk_in_person where office_id = $1", lobby.office.office_id
    )
    assert kept == []
