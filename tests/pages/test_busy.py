"""The public page of how busy an office is: true, quick for a crowd, and about nobody."""

import asyncio
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser

from queue_service import db, reads
from queue_service.citizen import busy
from tests.devices import PHONE, device, walk_in
from tests.offices import Office, make_office
from tests.serving import Citizen, Served, citizen
from tests.test_accessibility import problems

__all__ = ["citizen"]
pytestmark = pytest.mark.anyio


async def past_weeks(owner: db.Connection, office: Office, weeks: int) -> None:
    """So many Tuesdays, each with ten people from eight to nine on average."""
    for week in range(1, weeks + 1):
        day = office.at("00:00", -7 * week).date()
        for per, key, arrived, seconds in (("office", "", 9, 0), ("hour", "08", 9, 36_000)):
            await owner.execute(
                "insert into queue.day_figure (office_id, per, day, key, arrived, present_seconds) "
                "values ($1, $2, $3, $4, $5, $6)",
                office.office_id, per, day, key, arrived, seconds,
            )  # fmt: skip


async def test_it_says_how_full_it_is_and_usually_is_and_when_one_may_come(
    pool: db.Pool, owner: db.Connection, office: Office, citizen: Citizen
) -> None:
    await past_weeks(owner, office, 4)
    for _ in range(3):
        await walk_in(pool, office, office.at("08:00"))
    text = await citizen.see(f"/o/{office.slug}/now")
    assert "Hall: quiet 3 of at most 20 people, staff included" in text
    assert "08:00 (now) 10 · moderate" in text
    assert "Certified copy Tuesday 31 March 2026, 08:3" in text


async def test_from_few_weeks_nothing_is_said_of_what_is_usual(
    owner: db.Connection, office: Office, citizen: Citizen
) -> None:
    await past_weeks(owner, office, 3)
    assert "Not known yet" in await citizen.see(f"/o/{office.slug}/now")


async def test_a_crowd_of_readers_costs_one_read(
    served: Served, pool: db.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = await make_office(pool)
    asked: list[int] = []
    read = reads.office

    async def counted(pool: db.Pool, office_id: int, at: Any) -> Any:
        asked.append(office_id)
        return await read(pool, office_id, at)

    monkeypatch.setattr(busy.reads, "office", counted)
    async with httpx2.AsyncClient(base_url=served.url) as client:
        answers = await asyncio.gather(
            *[client.get(f"/o/{office.slug}/now?lang=en&n={n}") for n in range(60)]
        )
    assert {answer.status_code for answer in answers} == {200}
    assert asked.count(office.office_id) == 1
    assert "max-age=15" in answers[0].headers["cache-control"]
    assert "n=" not in answers[-1].text


async def test_it_can_be_used_by_everybody(
    browser: Browser, served: Served, owner: db.Connection, office: Office
) -> None:
    await past_weeks(owner, office, 5)
    async with device(browser, served, "", PHONE) as page:
        await page.goto(f"/o/{office.slug}/now")
        assert await problems(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
