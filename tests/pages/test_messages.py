"""Staff see what could not be sent and try it again; operators answer what no rule could read."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest
from playwright.async_api import Browser, ViewportSize

from queue_service import commands, db, reads
from queue_service.outgoing.carrier import Permanent
from queue_service.sender import Sender
from tests.devices import device, staff, token_for
from tests.offices import Office, make_office
from tests.serving import BEGINS, Served, serve, text_of
from tests.test_accessibility import problems
from tests.test_sender import Post, Still

pytestmark = pytest.mark.anyio

PHONE = "+84905123456"
SENT = BEGINS - timedelta(minutes=1)


async def leave(
    pool: db.Pool, office: Office, text: str = "Xin chào ông/bà", phone: str = PHONE
) -> UUID:
    message_id = uuid4()
    await commands.answer_text(pool, office.office_id, SENT, message_id, phone, "vi", text)
    return message_id


async def send(pool: db.Pool, office: Office, *posts: Post, at: datetime = SENT) -> Sequence[str]:
    """What a worker would do at that time."""
    clock = Still(at)
    sender = Sender(pool, clock, posts)  # pyright: ignore[reportArgumentType]
    outcomes: list[str] = []
    for job in await commands.claim_jobs(pool, office.office_id, clock.moment, 50):
        ended = await sender.do(office.office_id, job)
        await commands.finish_job(
            pool,
            office.office_id,
            clock.moment,
            UUID(job["job_id"]),
            job["attempts"],
            ended.outcome,
            ended.not_before,
            ended.error,
        )
        outcomes.append(ended.outcome)
    return outcomes


async def dead_one(pool: db.Pool, office: Office, error: str = "21614") -> UUID:
    message_id = await leave(pool, office)
    post = Post()
    post.problems = [Permanent(error)]
    assert await send(pool, office, post) == ["dead"]
    return message_id


@pytest.fixture
async def office(pool: db.Pool) -> Office:
    return await make_office(pool)


async def test_what_no_carrier_took_is_shown_as_it_would_have_been_sent(
    served: Served, pool: db.Pool, office: Office
) -> None:
    await leave(pool, office, "Mời ông/bà <b>số 7</b>")
    assert await send(pool, office) == ["done"]
    async with staff(served, pool, office, "manager") as manager:
        page = (await manager.get("/outbox")).text
    assert "Mời ông/bà &lt;b&gt;số 7&lt;/b&gt;" in page
    assert PHONE[3:] not in page


async def test_the_outbox_is_for_staff_and_in_a_demonstration_for_this_machine(
    served: Served, pool: db.Pool, office: Office, tmp_path: Path
) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as stranger:
        for page in ("/outbox", "/messages", "/hotline/inbox"):
            answer = await stranger.get(page)
            assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")
    async with staff(served, pool, office, "clerk") as clerk:
        for page in ("/outbox", "/messages", "/hotline/inbox"):
            assert (await clerk.get(page)).status_code == 403
    settings = replace(served.settings, demo="on", data_dir=tmp_path)
    async with serve(settings, pool) as demo, httpx2.AsyncClient(base_url=demo.url) as here:
        assert (await here.get("/outbox")).status_code == 200
        assert "/outbox" in (await here.get("/")).text
        proxied = {"x-forwarded-for": "203.0.113.7"}
        assert (await here.get("/outbox", headers=proxied)).status_code == 303
        assert (await here.get("/messages")).status_code == 303


async def test_a_dead_message_is_tried_again_by_a_button_and_only_by_who_may_enter(
    served: Served, pool: db.Pool, office: Office
) -> None:
    message_id = await dead_one(pool, office)
    fields = {"office": str(office.office_id), "message": str(message_id)}
    async with staff(served, pool, await make_office(pool), "operator") as other:
        assert (await other.post("/messages", data=fields)).status_code == 404
        assert str(message_id) not in (await other.get("/messages")).text
    async with staff(served, pool, office, "operator") as operator:
        shown = text_of((await operator.get("/messages")).text)
        assert "this phone takes no texts" in shown
        assert "Xin chào ông/bà" in shown
        assert PHONE[3:] not in shown
        answer = await operator.post("/messages", data=fields)
        assert answer.status_code == 303
        again = await operator.post("/messages", data=fields)
        assert again.status_code == 409
        nonsense = {"office": str(office.office_id), "message": "x"}
        assert (await operator.post("/messages", data=nonsense)).status_code == 404
    post = Post()
    assert await send(pool, office, post, at=BEGINS + timedelta(hours=1)) == ["done"]
    assert [one.text for one in post.took] == ["Xin chào ông/bà"]


async def test_an_operator_answers_the_oldest_first_and_once(
    served: Served, pool: db.Pool, office: Office
) -> None:
    first, second = await waiting(pool, "cho toi hoi"), await waiting(pool, "may gio mo cua", 1)
    async with (
        staff(served, pool, office, "operator") as operator,
        staff(served, pool, office, "operator") as colleague,
    ):
        page = (await operator.get("/hotline/inbox")).text
        order = [page.index(str(one)) for one in (first, second)]
        assert order == sorted(order)
        empty = {"inbox": str(first), "send": "yes", "text": "  "}
        refused = await operator.post("/hotline/inbox", data=empty)
        assert refused.status_code == 422
        long = {**empty, "text": "a" * 400}
        kept = await operator.post("/hotline/inbox", data=long)
        assert kept.status_code == 422
        assert "a" * 400 in kept.text
        said = {**empty, "text": "Cơ quan mở cửa lúc 7 giờ 30."}
        assert (await operator.post("/hotline/inbox", data=said)).status_code == 303
        late = await colleague.post("/hotline/inbox", data={**said, "text": "Bảy rưỡi"})
        assert late.status_code == 409
        done = {"inbox": str(second)}
        assert (await operator.post("/hotline/inbox", data=done)).status_code == 303
        after = (await operator.get("/hotline/inbox")).text
        assert str(first) not in after
        assert str(second) not in after
    post = Post("twilio")
    assert await send(pool, office, post, at=BEGINS + timedelta(hours=1)) == ["done"]
    assert [one.text for one in post.took] == ["Cơ quan mở cửa lúc 7 giờ 30."]


async def waiting(pool: db.Pool, text: str, minutes: int = 0, phone: str = "") -> UUID:
    at = BEGINS - timedelta(minutes=40 - minutes)
    number = phone or f"+84905{uuid4().int % 10**6:06}"
    kept = await commands.keep_text(pool, at, number, "twilio", uuid4().hex, text)
    return UUID(kept["inbox_id"])


async def test_what_one_phone_sends_until_it_is_answered_waits_together(pool: db.Pool) -> None:
    phone = f"+84905{uuid4().int % 10**6:06}"
    first = await waiting(pool, "một", phone=phone)
    assert await waiting(pool, "hai", 5, phone=phone) == first
    for n in range(40):
        await waiting(pool, f"thêm {n}", 6, phone=phone)
    [item] = [one for one in await reads.inbox(pool, None, BEGINS) if one["phone"] == phone]
    assert len(item["texts"]) <= 20
    assert item["texts"][-1] == "thêm 39"


async def test_an_operator_sees_nothing_of_offices_that_are_not_theirs(
    served: Served, pool: db.Pool, owner: db.Connection, office: Office
) -> None:
    foreign = await waiting(pool, "của nơi khác")
    other = await make_office(pool)
    await owner.execute(
        "update ops.inbox set office_id = $1 where inbox_id = $2", other.office_id, foreign
    )
    async with staff(served, pool, office, "operator") as operator:
        assert str(foreign) not in (await operator.get("/hotline/inbox")).text


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_pages_can_be_used_by_everybody(
    browser: Browser, served: Served, pool: db.Pool, office: Office, width: int
) -> None:
    await dead_one(pool, office)
    await dead_one(pool, office, "30005")
    await leave(pool, office, "Mời ông/bà số A012 đến Quầy 3, Tầng 1, bên trái sảnh.")
    await send(pool, office)
    await waiting(pool, "cho toi hoi lam giay khai sinh cho con can mang giay to gi")
    await waiting(pool, "<script>alert(1)</script>", 35)
    token = await token_for(pool, office, "operator")
    viewport: ViewportSize = {"width": width, "height": 900}
    async with device(browser, served, token, viewport) as page:
        for path in ("/outbox", "/messages", "/hotline/inbox"):
            await page.goto(path)
            assert await problems(page) == [], path
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, path
            if folder := os.environ.get("SCREENSHOTS"):
                name = path.strip("/").replace("/", "-")
                await page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
