"""Which devices staff are told of: silent ones, those that show an old picture, out of paper, with
a wrong clock."""

from datetime import timedelta
from typing import Any

import pytest

from queue_service import commands
from queue_service.db import Pool
from tests.lobby import Lobby
from tests.offices import Office, make_office
from tests.sql.scenes import troubles

pytestmark = pytest.mark.anyio


async def says(pool: Pool, office: Office, device: str, at: Any, **facts: Any) -> None:
    page = device.partition(":")[0]
    facts = {"page": page, **facts}
    await commands.heartbeat(pool, office.office_id, at, device, "kiosk", facts)


@pytest.mark.parametrize("page", ["kiosk", "lobby", "door", "desk"])
async def test_a_device_that_falls_silent_is_told_before_half_a_minute_is_over(
    pool: Pool, page: str
) -> None:
    office = await make_office(pool)
    at = office.at("08:00")
    await says(pool, office, f"{page}:TV 1", at)
    assert await troubles(pool, office, at + timedelta(seconds=17)) == {}
    assert await troubles(pool, office, at + timedelta(seconds=21)) == {f"{page}:TV 1": "silent"}
    await says(pool, office, f"{page}:TV 1", at + timedelta(seconds=25))
    assert await troubles(pool, office, at + timedelta(seconds=26)) == {}


async def test_what_was_put_away_yesterday_is_not_missed(pool: Pool) -> None:
    office = await make_office(pool)
    await says(pool, office, "kiosk:old", office.at("17:00"))
    assert await troubles(pool, office, office.at("17:10")) == {"kiosk:old": "silent"}
    assert await troubles(pool, office, office.at("07:00", 1)) == {}


async def test_a_helpers_phone_may_sleep(pool: Pool) -> None:
    office = await make_office(pool)
    await says(pool, office, "helper:Lan", office.at("08:00"))
    assert await troubles(pool, office, office.at("08:30")) == {}


async def test_a_counters_page_may_be_closed_with_its_counter_but_not_before(pool: Pool) -> None:
    office = await make_office(pool)
    lobby = Lobby(pool, office)
    await lobby.do("open_counter", "08:00", "1")
    await says(pool, office, "counter:1", office.at("08:00"), counter="1")
    assert await troubles(pool, office, office.at("08:01")) == {"counter:1": "silent"}
    await lobby.do("close_counter", "08:02", "1")
    assert await troubles(pool, office, office.at("08:03")) == {}


@pytest.mark.parametrize(
    ("facts", "trouble"),
    [
        ({"problem": "not_live"}, "not_live"),
        ({"paper": "out"}, "paper_out"),
        ({"paper": "low"}, "paper_low"),
        ({"paper": "ok"}, None),
        ({"clock_off": 3600}, "clock_off"),
        ({"clock_off": -61}, "clock_off"),
        ({"clock_off": 20}, None),
    ],
)
async def test_what_a_device_says_of_itself_is_told(
    pool: Pool, facts: dict[str, Any], trouble: str | None
) -> None:
    office = await make_office(pool)
    at = office.at("08:00")
    await says(pool, office, "kiosk:1", at, **facts)
    assert await troubles(pool, office, at) == ({"kiosk:1": trouble} if trouble else {})
