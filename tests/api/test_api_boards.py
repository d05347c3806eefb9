"""What everybody may look at: offices, services, free times, the board and its stream."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.api.conftest import Api, booking

pytestmark = pytest.mark.anyio


async def test_offices_are_listed_with_how_full_they_are(api: Api) -> None:
    mine = [office for office in await api.seen("/offices") if office["slug"] == api.office.slug]
    assert mine[0]["areas"][0]["cap"] == 20
    assert mine[0]["open_now"] is True


async def test_an_office_tells_its_hours_and_caps(api: Api) -> None:
    office = await api.seen("")
    assert office["time_zone"] == "Asia/Ho_Chi_Minh"
    assert {"weekday": 1, "opens": "07:30", "closes": "11:30"} in [
        {**span, "opens": span["opens"][:5], "closes": span["closes"][:5]}
        for span in office["hours"]
    ]
    assert any(cap["maximum"] == 20 for cap in office["caps"])


async def test_services_say_how_they_may_be_had(api: Api) -> None:
    services = {service["service"]: service for service in await api.seen("services")}
    assert services["copy"]["bookable"] is True
    assert services["copy"]["papers_vi"] == ["Căn cước công dân"]


async def test_free_times_come_in_the_offices_own_time(api: Api) -> None:
    asked = {"service": "copy", "from": "2026-03-31", "days": "1"}
    slots = await api.seen("slots", params=asked)
    assert {"2026-03-31T09:00:00+07:00"} <= {slot["starts_at"] for slot in slots}
    await api.done("bookings", booking())
    left = {slot["starts_at"]: slot["left"] for slot in await api.seen("slots", params=asked)}
    assert left["2026-03-31T09:00:00+07:00"] == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "missing_field"),
        ("service=copy&from=tomorrow", "bad_day"),
        ("service=copy&days=0", "out_of_range"),
        ("service=copy&days=many", "wrong_type"),
        ("service=none-such", "unknown_service"),
        ("service=copy&servce=copy", "unknown_field"),
        ("service=%00", "bad_letters"),
        ("service=copy&lang=fr", "not_a_choice"),
    ],
)
async def test_a_wrong_question_is_told_what_is_wrong(api: Api, query: str, code: str) -> None:
    answer = await api.get(f"slots?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_far_away_days_have_no_free_times(api: Api) -> None:
    for day in ("0001-01-01", "9999-12-31"):
        assert await api.seen("slots", params={"service": "copy", "from": day}) == []


async def test_the_board_holds_no_personal_data(api: Api) -> None:
    await api.done("bookings", booking(name="Trần Văn Kín", phone="0912345678"))
    answer = await api.get("board")
    assert answer.status_code == 200
    assert "Kín" not in answer.text
    assert "912345678" not in answer.text
    assert answer.json()["areas"][0]["area"] == "hall"


async def events(answer: httpx2.Response) -> AsyncIterator[tuple[str, Any]]:
    version = ""
    async for line in answer.aiter_lines():
        if line.startswith("id:"):
            version = line[3:].strip()
        elif line.startswith("data:"):
            yield version, json.loads(line[5:])


async def test_the_stream_shows_a_call_as_a_whole_state(api: Api) -> None:
    kiosk, clerk = await api.as_("kiosk"), await api.as_("clerk")
    await kiosk.done("walk-ins", {"service": "copy"})
    visit = (await clerk.seen("queue"))["lines"]
    await clerk.done("counters/1/open")
    url = f"/api/v1/offices/{api.office.slug}/board/stream"
    async with asyncio.timeout(30), api.client.stream("GET", url) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        states = events(answer)
        version, first = await anext(states)
        assert version == str(first["version"])
        for line in visit:
            for one in line["visits"]:
                await kiosk.done(f"visits/{one['visit_id']}/slip", {"slip": "printed"})
        await clerk.done("counters/1/call-next")
        async for _version, state in states:
            if state["calls"]:
                assert state["calls"][0]["number"] == "A001"
                assert state["calls"][0]["counter"] == "1"
                break


async def test_streams_are_limited_per_address(api: Api) -> None:
    url = f"/api/v1/offices/{api.office.slug}/board/stream"
    headers = {"x-forwarded-for": "203.0.113.77"}
    async with asyncio.timeout(30), contextlib.AsyncExitStack() as open_boards:
        lines: list[AsyncIterator[str]] = []
        for _ in range(3):
            board = api.client.stream("GET", url, headers=headers)
            lines.append((await open_boards.enter_async_context(board)).aiter_lines())
            await anext(lines[-1])
        async with api.client.stream("GET", url, headers=headers) as refused:
            assert refused.status_code == 429
            assert json.loads(await refused.aread())["code"] == "too_many_streams"
        other = {"x-forwarded-for": "203.0.113.78"}
        async with api.client.stream("GET", url, headers=other) as answer:
            assert answer.status_code == 200
