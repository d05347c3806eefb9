"""A screen without a sign-in is missed when it is silent, and no made-up one can be."""

from datetime import timedelta
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.offices import File, Office, import_again, make_office
from tests.sql.scenes import troubles

pytestmark = pytest.mark.anyio


def a_lobby(file: File) -> None:
    usual: dict[str, object] = {"volume": 80, "muted": [], "top_seconds": 8}
    file["board"] = {
        **usual,
        "stale_seconds": 45,
        "message_vi": "",
        "message_en": "",
        "screens": ["lobby"],
    }


async def says(pool: Pool, office: Office, now: str, screen: str = "lobby") -> None:
    facts = {"view": "lobby", "version": "1"}
    await commands.screen_alive(pool, office.office_id, office.at(now), screen, facts)


async def test_a_screen_of_the_file_is_missed_from_the_opening_on_until_it_is_heard_of(
    pool: Pool,
) -> None:
    office = await make_office(pool, change=a_lobby)
    assert await troubles(pool, office, office.at("05:00")) == {}
    assert await troubles(pool, office, office.at("08:00")) == {"screen:lobby": "missing"}
    await says(pool, office, "08:00")
    assert await troubles(pool, office, office.at("08:00")) == {}
    later = office.at("08:00") + timedelta(seconds=21)
    assert await troubles(pool, office, later) == {"screen:lobby": "silent"}
    # switched off for the night nobody is told
    assert await troubles(pool, office, office.at("19:00")) == {}


async def test_while_a_box_has_the_floor_the_hub_misses_no_device_that_is_signed_in_there(
    pool: Pool,
) -> None:
    office = await make_office(pool, change=a_lobby)
    number, at = office.office_id, office.at("08:00")
    await commands.heartbeat(pool, number, at, "kiosk:1", "kiosk", {"page": "kiosk"})
    later = at + timedelta(seconds=21)
    silent = {"screen:lobby": "missing", "kiosk:1": "silent"}
    assert await troubles(pool, office, later) == silent
    await commands.take_floor(pool, number, at, "box:test", uuid4(), "Hộp 1")
    assert await troubles(pool, office, later) == {}
    await commands.take_back_floor(pool, number, later, "manager:test", "hỏng")
    assert await troubles(pool, office, later) == silent


async def test_a_name_that_is_not_in_the_file_reports_nothing(pool: Pool) -> None:
    office = await make_office(pool, change=a_lobby)
    with pytest.raises(Refused, match="no_such_screen"):
        await says(pool, office, "08:00", "made-up")
    await says(pool, office, "08:00")
    office.file["board"]["screens"] = []
    await import_again(pool, office)
    assert await reads.devices(pool, office.office_id, office.at("08:00")) == []
