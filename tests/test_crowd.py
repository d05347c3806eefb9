"""Four web processes, four hundred callers, five places: five visits and no more."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from queue_service import db, reads
from tests.offices import ALWAYS, make_office
from tests.service import running
from tests.times import tomorrow

pytestmark = pytest.mark.anyio

CALLERS = 400
PLACES = 5


async def test_four_hundred_callers_at_once_share_the_last_five_places(
    database: db.Database, pool: db.Pool, tmp_path: Path
) -> None:
    office = await make_office(
        pool, planned={"justice": PLACES}, hours=ALWAYS, rules={"lead_minutes": 0}
    )
    starts_at = await tomorrow(pool, "10:00")
    environment = {"DATABASE_URL": database.app_url, "WEB_PROCESSES": "4", "ACCESS_LOG": "off"}
    limits = httpx2.Limits(max_connections=CALLERS)
    async with (
        running(tmp_path, environment, "web") as service,
        httpx2.AsyncClient(limits=limits, timeout=60) as client,
    ):
        url = f"{service.url}/api/v1/offices/{office.slug}/bookings"

        async def ask(number: int) -> httpx2.Response:
            body = {
                "booking_id": str(uuid4()),
                "service": "copy",
                "starts_at": starts_at.isoformat(),
                "name": "Nguyễn Thị Ánh",
                "phone": f"090{number:07d}",
                "party_size": 1,
                "language": "vi",
            }
            return await client.post(url, json=body)

        answers = await asyncio.gather(*(ask(number) for number in range(CALLERS)))
    assert Counter(answer.status_code for answer in answers) == {201: PLACES, 409: CALLERS - PLACES}
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 201}
    assert len(codes) == PLACES
    refused: list[dict[str, Any]] = [a.json() for a in answers if a.status_code == 409]
    assert all(one["type"].endswith("slot_full") and one["left"] == 0 for one in refused)
    assert await reads.check_office(pool, office.office_id, starts_at) == []
