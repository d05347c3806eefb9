"""Nobody floods the service, whatever process they meet; the office's own devices go free."""

import asyncio
import secrets
from collections import Counter
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from queue_service import addresses, db, limits, tokens
from queue_service.settings import Settings
from tests.offices import ALWAYS, make_office
from tests.service import running
from tests.serving import BEGINS, text_of
from tests.times import tomorrow

pytestmark = pytest.mark.anyio

SETTINGS = Settings(ticket_secret="for tests only, for tests only, for tests only")


async def processes(pool: db.Pool, count: int, **wanted: int) -> list[limits.Limits]:
    clock = db.Clock()
    await clock.measure(pool)
    return [limits.Limits(pool, clock, replace(SETTINGS, **wanted)) for _ in range(count)]  # pyright: ignore


def passed(process: limits.Limits, of: str, times: int) -> int:
    return sum(process.take("requests_per_minute", of) == 0 for _ in range(times))


async def test_a_process_lets_through_what_is_left_and_says_when_there_is_more(
    pool: db.Pool,
) -> None:
    [one] = await processes(pool, 1, requests_per_minute=6)
    who = secrets.token_hex(8)
    assert passed(one, who, 10) == 6
    assert 1 <= one.take("requests_per_minute", who) <= 10
    assert passed(one, secrets.token_hex(8), 1) == 1
    assert passed(one, "", 100) == 100


async def test_what_one_process_let_through_is_gone_for_all(pool: db.Pool) -> None:
    one, two, three = await processes(pool, 3, requests_per_minute=30)
    who = secrets.token_hex(8)
    assert passed(one, who, 25) == 25
    await one.share()
    assert passed(two, who, 3) == 3  # it has not heard
    await two.share()
    assert passed(two, who, 30) == 2
    await two.share()
    assert passed(three, who, 3) == 3
    await three.share()
    assert passed(three, who, 5) == 0


async def test_all_processes_together_overdraw_once_and_pay_it_off(pool: db.Pool) -> None:
    four = await processes(pool, 4, requests_per_minute=20)
    who = secrets.token_hex(8)
    assert [passed(one, who, 50) for one in four] == [20] * 4  # the stated bound
    for one in four:
        await one.share()
    assert [passed(one, who, 50) for one in four] == [0] * 4
    for one in four:
        await one.share()
    # sixty too many, at one in three seconds: all have heard of that debt
    assert all(one.take("requests_per_minute", who) > 150 for one in four)


async def test_a_crowd_in_which_everybody_asks_once_tells_nothing(
    pool: db.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    [one] = await processes(pool, 1)
    told: list[object] = []

    async def tell(_pool: object, _at: object, rows: list[object]) -> list[object]:
        told.extend(rows)
        return []

    monkeypatch.setattr(limits.commands, "share_attempts", tell)
    for n in range(5000):
        assert one.take("phone_bookings_per_hour", f"+84905{n:06}") == 0
    await one.share()
    assert told == []


async def test_a_limit_of_nothing_is_none(pool: db.Pool) -> None:
    [one] = await processes(pool, 1, requests_per_minute=0)
    assert passed(one, "somebody", 1000) == 1000


async def test_a_token_is_counted_wherever_it_is_used_and_a_lobbys_devices_never(
    pool: db.Pool, owner: db.Connection
) -> None:
    one, two = await processes(pool, 2, token_requests_per_minute=10)
    token, other = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    partner = tokens.Holder("operator", "1022", None)
    assert [tokens.spend(one, token, partner) for _ in range(10)] == [0] * 10
    assert 1 <= tokens.spend(one, token, partner) <= 6
    assert tokens.spend(one, other, partner) == 0
    await one.share()
    assert tokens.spend(two, token, partner) == 0  # it has not heard
    await two.share()
    assert tokens.spend(two, token, partner) > 0
    for role in ("kiosk", "board", "box"):
        device = tokens.Holder(role, "door", None)
        assert all(tokens.spend(one, token, device) == 0 for _ in range(100))
    keys = [row["key"] for row in await owner.fetch("select key from ops.attempt")]
    assert not any(token in key or tokens.sha_of(token).hex() in key for key in keys)


async def test_a_token_that_asks_too_much_is_told_to_wait_on_pages_and_the_api(
    database: db.Database, pool: db.Pool, tmp_path: Path
) -> None:
    office = await make_office(pool, hours=ALWAYS)
    environment = {
        "DATABASE_URL": database.app_url,
        "WEB_PROCESSES": "2",
        "TOKEN_REQUESTS_PER_MINUTE": "20",
        "REQUESTS_PER_MINUTE": "30",
    }
    clerk = await tokens.make(pool, BEGINS, "clerk", [office.office_id], "quầy 1")
    kiosk = await tokens.make(pool, BEGINS, "kiosk", [office.office_id], "door")
    async with running(tmp_path, environment, "web") as service:

        async def see(path: str, token: str) -> httpx2.Response:
            sent = {"authorization": f"Bearer {token}", "accept-language": "vi"}
            sent["x-forwarded-for"] = f"203.0.113.{secrets.randbelow(250)}"  # from anywhere
            async with httpx2.AsyncClient() as client:
                return await client.get(service.url + path, headers=sent)

        queue = f"/api/v1/offices/{office.slug}/queue"
        seen = [await see(queue, clerk) for _ in range(60)]
        await asyncio.sleep(2)
        seen += [await see(queue, clerk) for _ in range(20)]
        codes = Counter(one.status_code for one in seen)
        assert codes[200] <= 2 * 20 + 10, codes
        refused = next(one for one in seen if one.status_code == 429)
        assert refused.json()["type"].endswith("/too_many_requests")
        assert int(refused.headers["retry-after"]) >= 1
        page = await see(f"/counter/{office.slug}", clerk)
        if page.status_code == 429:
            assert "quá nhiều yêu cầu" in text_of(page.text)
        assert {(await see(f"/o/{office.slug}", kiosk)).status_code for _ in range(50)} == {200}


async def test_the_table_knows_neither_phones_nor_addresses(
    pool: db.Pool, owner: db.Connection
) -> None:
    [one] = await processes(pool, 1)
    phone = f"+8490{secrets.randbelow(10**7):07}"
    for _ in range(2):
        assert one.take("phone_bookings_per_hour", phone) == 0
    await one.share()
    keys = [row["key"] for row in await owner.fetch("select key from ops.attempt")]
    assert any(key.startswith("phone_bookings_per_hour/") for key in keys)
    assert not any(phone in key for key in keys)


async def test_memory_does_not_grow_with_made_up_addresses(
    pool: db.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_BUCKETS", 100)
    [one] = await processes(pool, 1)
    for n in range(1000):
        one.take("requests_per_minute", f"somebody {n}")
    await one.share()
    one.forget()
    assert len(one) <= 100
    for n in range(1000):
        for _ in range(2):
            one.take("requests_per_minute", f"somebody else {n}")
    await one.share()
    one.forget()
    assert len(one) <= 100


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_a_household_is_counted_as_one_and_this_machine_not_at_all(
    address: str, whose: str
) -> None:
    assert addresses.crowd(address) == whose


async def test_a_flood_over_several_processes_is_told_to_wait_in_its_own_language(
    database: db.Database, pool: db.Pool, tmp_path: Path
) -> None:
    office = await make_office(pool, hours=ALWAYS)
    environment = {
        "DATABASE_URL": database.app_url,
        "WEB_PROCESSES": "3",
        "REQUESTS_PER_MINUTE": "30",
        "PHONE_BOOKINGS_PER_HOUR": "3",
    }
    mine = f"203.0.113.{secrets.randbelow(200)}"
    starts_at = await tomorrow(pool, "10:00")
    async with running(tmp_path, environment, "web") as service:
        path = f"{service.url}/o/{office.slug}"

        async def see(address: str, **headers: str) -> httpx2.Response:
            async with httpx2.AsyncClient() as client:  # a connection each: any process answers
                return await client.get(
                    path, headers={"x-forwarded-for": address, "accept-language": "vi", **headers}
                )

        first = Counter([(await see(mine)).status_code for _ in range(60)])
        assert first[200] <= 3 * 30
        await asyncio.sleep(2)
        later = [await see(mine) for _ in range(40)]
        codes = Counter(one.status_code for one in later)
        assert codes[429] > 0
        assert first[200] + codes[200] <= 3 * 30 + 10
        await asyncio.sleep(1.5)
        refused = [one for one in [await see(mine) for _ in range(12)] if one.status_code == 429]
        assert refused
        assert int(refused[0].headers["retry-after"]) >= 1
        assert "quá nhiều yêu cầu từ nơi này" in text_of(refused[0].text)
        english = await see(mine, **{"accept-language": "en"})
        if english.status_code == 429:
            assert "Too many requests from this place" in text_of(english.text)

        sign = await tokens.make(pool, BEGINS, "kiosk", [office.office_id], "door")
        free = [await see(mine, authorization=f"Bearer {sign}") for _ in range(20)]
        assert {one.status_code for one in free} == {200}  # a device of the office
        fake = [await see(mine, authorization="Bearer made-up") for _ in range(12)]
        assert 429 in {one.status_code for one in fake}
        assert (await see("198.51.100.1")).status_code == 200  # somebody else
        async with httpx2.AsyncClient() as client:
            for _ in range(40):  # this machine, and what watches the service
                assert (await client.get(f"{service.url}/healthz")).status_code == 200
                assert (await client.get(path)).status_code == 200

        async def book(phone: str) -> httpx2.Response:
            body = {
                "booking_id": str(uuid4()),
                "service": "copy",
                "starts_at": starts_at.isoformat(),
                "name": "Nguyễn Thị Ánh",
                "phone": phone,
            }
            async with httpx2.AsyncClient() as client:
                url = f"{service.url}/api/v1/offices/{office.slug}/bookings"
                return await client.post(url, json=body)

        number = f"0905{secrets.randbelow(10**6):06}"
        tried: list[httpx2.Response] = []
        for _ in range(16):
            tried.append(await book(number))
            await asyncio.sleep(0.25)
        many = [one for one in tried if one.status_code == 429]
        assert many, Counter(one.status_code for one in tried)
        assert many[0].json()["code"] == "too_many_requests"
        assert int(many[0].headers["retry-after"]) >= 1
