"""Two hundred wait, three places are freed, four web processes and a worker serve them all."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from queue_service import db, reads
from tests.fairness import fair
from tests.lobby import moment
from tests.offices import ALWAYS, make_office
from tests.service import running
from tests.times import tomorrow

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

PEOPLE, PLACES = 200, 3


async def test_three_are_offered_a_place_at_a_time_and_three_have_one_in_the_end(
    database: db.Database, pool: db.Pool, tmp_path: Path
) -> None:
    office = await make_office(
        pool,
        planned=1,
        hours=ALWAYS,
        rules={"lead_minutes": 0, "bookings_per_phone": 10},
        change=fair(offer_minutes=10),
    )
    first = await tomorrow(pool, "10:00")
    starts = [(first + timedelta(minutes=5 * n)).isoformat() for n in range(PLACES)]
    environment = {"DATABASE_URL": database.app_url, "WEB_PROCESSES": "4", "ACCESS_LOG": "off"}
    async with (
        running(tmp_path, environment, "web") as service,
        httpx2.AsyncClient(
            limits=httpx2.Limits(max_connections=64), timeout=60, base_url=f"{service.url}/api/v1"
        ) as client,
    ):
        of_office = f"/offices/{office.slug}"

        async def done(path: str, body: object) -> dict[str, object]:
            answer = await client.post(path, json=body)
            assert answer.status_code in (200, 201), answer.text
            return answer.json()

        tickets = [
            await done(
                f"{of_office}/bookings",
                {"service": "copy", "starts_at": at, "name": "Lê Hoa", "phone": "0905 999 999"},
            )
            for at in starts
        ]
        wishes = [
            {
                "services": [{"service": "copy"}],
                "name": f"Người {n}",
                "phone": f"0901{n:06}",
            }
            for n in range(PEOPLE)
        ]
        people = await asyncio.gather(*(done(f"{of_office}/waiting", wish) for wish in wishes))
        links = [f"/waiting/{one['token']}" for one in people]
        await asyncio.gather(*(done(f"/tickets/{one['token']}/cancel", {}) for one in tickets))

        offers, answers = Counter[str](), Counter[str]()
        booked: list[str] = []
        for turn in range(12):
            seen = await asyncio.gather(*(client.get(link) for link in links))
            asked = [link for link, one in zip(links, seen, strict=True) if one.json()["offer"]]
            booked = [
                link
                for link, one in zip(links, seen, strict=True)
                if one.json()["state"] == "booked"
            ]
            assert len(asked) == PLACES - len(booked)
            if not asked:
                break
            offers.update(asked)

            async def say(link: str, accept: bool) -> str:
                answer = await client.post(f"{link}/answer", json={"accept": accept})
                body = answer.json()
                return body["decision"] if answer.status_code == 200 else body["code"]

            # The first turns refuse; then all two hundred want it, whoever was asked twice.
            accept = turn >= 3
            crowd = [(link, accept) for link in asked * 2]
            if accept:
                crowd += [(link, True) for link in links]
            answers.update(await asyncio.gather(*(say(*one) for one in crowd)))
        assert len(booked) == PLACES
        assert set(answers) <= {"accepted", "declined", "no_offer"}
        assert max(offers.values()) <= 1 + PLACES - 1  # asked about each place once at most
        rows = [(await client.get(link)).json() for link in booked]
        seen_starts = [
            moment((await client.get(f"/tickets/{row['token']}")).json()["starts_at"])
            for row in rows
        ]
    assert sorted(seen_starts) == [moment(at) for at in starts]
    assert await reads.check_office(pool, office.office_id, first) == []
