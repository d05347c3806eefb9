"""The counter page: every action of a clerk, by form and by the one key."""

import asyncio
import html
import re
from typing import Any
from uuid import UUID

import httpx2
import pytest
from playwright.async_api import Browser, expect

from queue_service import commands, db, reads
from tests.devices import TABLET, device, staff, token_for, walk_in
from tests.offices import Office, make_office
from tests.serving import BEGINS, Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


def forms(page: str) -> list[tuple[str, dict[str, str]]]:
    """Every form of a page: where it goes and what it carries."""
    found: list[tuple[str, dict[str, str]]] = []
    for action, body in re.findall(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', page, re.S):
        fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', body))
        found.append((html.unescape(action), fields))
    return found


async def press(
    client: httpx2.AsyncClient, path: str, act: str, status: int = 303, **fields: str
) -> str:
    """Loads the page, sends its first form of that action, and gives the page that follows."""
    page = (await client.get(path)).text
    action, carried = next(
        (action, carried)
        for action, carried in forms(page)
        if action.endswith(f"/{act}") and all(carried.get(k, v) == v for k, v in fields.items())
    )
    answer = await client.post(action, data={**carried, **fields})
    assert answer.status_code == status, text_of(answer.text)
    if status != 303:
        return text_of(answer.text)
    return text_of((await client.get(answer.headers["location"])).text)


async def seen(pool: db.Pool, office: Office, counter: str = "1") -> Any:
    return await reads.counter(pool, office.office_id, BEGINS, counter)


async def states(pool: db.Pool, office: Office) -> dict[str, str]:
    return {v["number"]: v["state"] for v in (await seen(pool, office))["visits"]}


async def test_nobody_without_a_right_sees_the_counter(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as stranger:
        answer = await stranger.get(f"/counter/{office.slug}/1")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=")
    async with staff(served, pool, office, "helper") as helper:
        assert (await helper.get(f"/counter/{office.slug}/1")).status_code == 403
    other = await make_office(pool)
    async with staff(served, pool, other, "clerk") as foreign:
        assert (await foreign.post(f"/counter/{office.slug}/1/open")).status_code == 403


async def test_one_press_opens_calls_serves_and_finishes(
    served: Served, pool: db.Pool, office: Office
) -> None:
    for _ in range(2):
        await walk_in(pool, office, BEGINS)
    path = f"/counter/{office.slug}/1"
    async with staff(served, pool, office, "clerk") as clerk:
        assert "Call the next" in await press(clerk, path, "step")
        assert "Serve A001" in await press(clerk, path, "step")
        assert "Finish A001 and call the next" in await press(clerk, path, "step")
        assert "Serve A002" in await press(clerk, path, "step")
        await press(clerk, path, "step")
        assert "Nobody is waiting" in await press(clerk, path, "step")


async def test_a_form_sent_twice_calls_one_number(
    served: Served, pool: db.Pool, office: Office
) -> None:
    for _ in range(2):
        await walk_in(pool, office, BEGINS)
    path = f"/counter/{office.slug}/1"
    async with staff(served, pool, office, "clerk") as clerk:
        await press(clerk, path, "step")
        action, carried = next(f for f in forms((await clerk.get(path)).text) if "step" in f[0])
        for _ in range(2):
            assert (await clerk.post(action, data=carried)).status_code == 303
    assert await states(pool, office) == {"A001": "called"}


async def test_every_other_action_of_a_clerk(served: Served, pool: db.Pool, office: Office) -> None:
    for _ in range(3):
        await walk_in(pool, office, BEGINS)
    path = f"/counter/{office.slug}/1"
    async with staff(served, pool, office, "clerk") as clerk:
        await press(clerk, path, "step")
        text = await press(clerk, path, "call", number="A002")
        assert "passed: A001" in text
        await press(clerk, path, "recall")
        await press(clerk, path, "absent")
        assert await states(pool, office) == {}
        await press(clerk, path, "resume")
        await press(clerk, path, "step")
        assert await states(pool, office) == {"A001": "called"}
        await press(clerk, path, "serve")
        await press(clerk, path, "park", place="away")
        assert "went away" in text_of((await clerk.get(path)).text)
        await press(clerk, path, "resume", to="counter")
        await press(clerk, path, "serve")
        await press(clerk, path, "transfer", queue="permits")
        assert await states(pool, office) == {}
        other = await seen(pool, office, "3")
        assert [visit["number"] for visit in other["waiting"]] == ["A001"]
        await press(clerk, path, "step")
        await press(clerk, path, "serve")
        await press(clerk, path, "finish")
        assert "Tea" in await press(clerk, path, "pause", reason="Tea", until="23:00")
        assert (await seen(pool, office))["state"] == "paused"
        await press(clerk, path, "step")
        await press(clerk, path, "close")
    assert (await seen(pool, office))["state"] == "closed"


async def test_a_refusal_is_told_on_the_page(served: Served, pool: db.Pool, office: Office) -> None:
    path = f"/counter/{office.slug}/1"
    async with staff(served, pool, office, "clerk") as clerk:
        await press(clerk, path, "step")
        assert "Nobody is waiting" in await press(clerk, path, "step", 409)
        assert "no such number" in await press(clerk, path, "call", 404, number="Z999")
        text = await press(clerk, path, "pause", 422, reason="x", until="soon")
        assert "not a date and time" in text
        assert (await clerk.post(f"{path}/dance")).status_code == 404
        assert (await clerk.get(f"/counter/{office.slug}/99")).status_code == 404
        assert (await clerk.post(f"{path}/serve", data={"visit": "x"})).status_code == 404


async def test_a_desk_at_its_hour_cap_says_when_the_next_may_begin(
    served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, hour_cap=1)
    for _ in range(2):
        await walk_in(pool, office, BEGINS)
    path = f"/counter/{office.slug}/1"
    async with staff(served, pool, office, "clerk") as clerk:
        await press(clerk, path, "step")
        await press(clerk, path, "step")
        await press(clerk, path, "step")
        text = await press(clerk, path, "step", 409)
        assert "The next visitor may begin at 09:00" in text


async def test_the_key_does_the_next_step_and_the_page_follows_the_room(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "clerk")
    async with device(browser, served, token, TABLET) as page:
        await page.goto(f"/counter/{office.slug}/1")
        assert await problems(page) == []
        await page.keyboard.press("Space")
        await expect(page.locator("#step")).to_have_text("Gọi số tiếp theo")
        await walk_in(pool, office, BEGINS)
        await expect(page.locator(".line .number")).to_have_text("A001", timeout=10_000)
        await page.keyboard.press("Enter")
        await expect(page.locator("#step")).to_have_text("Phục vụ A001")
        assert await problems(page) == []
        await page.keyboard.press("F2")
        await expect(page.locator("#step")).to_contain_text("Hoàn tất A001")
        await page.locator('input[name="number"]').focus()
        await page.keyboard.press("F2")
        await expect(page.locator("#step")).to_have_text("Gọi số tiếp theo")
    async with asyncio.timeout(30):
        assert await states(pool, office) == {}


async def test_choosing_a_counter(served: Served, pool: db.Pool, office: Office) -> None:
    await commands.open_counter(pool, office.office_id, BEGINS, "clerk:x", None, "2")
    async with staff(served, pool, office, "clerk") as clerk:
        text = text_of((await clerk.get(f"/counter/{office.slug}")).text)
    assert "open" in text
    assert "closed" in text


async def test_a_missing_paper_sets_the_visit_aside_and_stands_with_it_and_on_its_ticket(
    served: Served, pool: db.Pool, office: Office, owner: db.Connection
) -> None:
    await walk_in(pool, office, BEGINS)
    path = f"/counter/{office.slug}/1"
    async with staff(served, pool, office, "clerk") as clerk:
        for _ in range(3):
            await press(clerk, path, "step")
        page = text_of((await clerk.get(path)).text)
        assert "Identity card" in page
        missing = {"paper-0": "Identity card", "reason": "bản sao"}
        page = await press(clerk, path, "park", 303, place="away", **missing)
    assert "missing: Identity card; bản sao" in page
    [visit] = (await seen(pool, office))["parked"]
    link = await owner.fetchval(
        "select encode(token, 'hex') from queue.visit where office_id = $1 and visit_id = $2",
        office.office_id,
        UUID(visit["visit_id"]),
    )
    ticket = await reads.ticket(pool, office.office_id, BEGINS, bytes.fromhex(link))
    assert ticket is not None
    assert ticket["missing"] == "Identity card; bản sao"


async def test_dossiers_are_noted_while_the_visit_goes_on(
    served: Served, pool: db.Pool, office: Office
) -> None:
    await walk_in(pool, office, BEGINS)
    path = f"/counter/{office.slug}/1"
    async with staff(served, pool, office, "clerk") as clerk:
        for _ in range(3):
            await press(clerk, path, "step")
        page = await press(clerk, path, "dossier", dossier="h17.18-0001")
        assert "Dossiers: H17.18-0001" in page
        assert "not a dossier code" in await press(clerk, path, "dossier", 422, dossier="<b>")
        page = await press(clerk, path, "undo")
        assert "H17.18-0001" not in page
    assert await states(pool, office) == {"A001": "serving"}


async def test_a_question_without_a_number_is_counted(
    served: Served, pool: db.Pool, office: Office
) -> None:
    path = f"/counter/{office.slug}/1"
    async with staff(served, pool, office, "clerk") as clerk:
        assert "Quick question" not in text_of((await clerk.get(path)).text)
        await press(clerk, path, "step")
        await press(clerk, path, "question")
        page = await press(clerk, path, "question")
        assert "Questions without a number today: 2" in page
        assert "today: 1" in await press(clerk, path, "undo")


async def test_the_last_step_is_taken_back_one_after_the_other_also_after_a_reload(
    served: Served, pool: db.Pool, office: Office
) -> None:
    for _ in range(2):
        await walk_in(pool, office, BEGINS)
    path = f"/counter/{office.slug}/1"
    async with staff(served, pool, office, "clerk") as clerk:
        for _ in range(4):
            await press(clerk, path, "step")
        assert await states(pool, office) == {"A002": "called"}
        assert "Take back: call of A002" in text_of((await clerk.get(path)).text)
        assert "Take back: finish of A001" in await press(clerk, path, "undo")
        page = await press(clerk, path, "undo")
        assert await states(pool, office) == {"A001": "serving"}
        assert "Take back" not in page
        answer = await clerk.post(f"{path}/undo", data={"undone": "never"})
        assert answer.status_code == 409
        assert "no longer be taken back" in text_of(answer.text)


async def test_one_key_is_one_visit_where_the_clerk_wants_it(
    served: Served, pool: db.Pool, office: Office
) -> None:
    for _ in range(3):
        await walk_in(pool, office, BEGINS)
    path = f"/counter/{office.slug}/1"
    async with staff(served, pool, office, "clerk") as clerk:
        await press(clerk, path, "step")
        await press(clerk, path, "one-key", on="1")
        await press(clerk, path, "step")
        assert await states(pool, office) == {"A001": "serving"}
        assert "Finish A001, call and serve the next" in text_of((await clerk.get(path)).text)
        await press(clerk, path, "step")
        assert await states(pool, office) == {"A002": "serving"}
        await press(clerk, path, "absent")
        assert await states(pool, office) == {}
        await press(clerk, path, "step")
        assert await states(pool, office) == {"A003": "serving"}
        await press(clerk, path, "one-key", on="")
        assert "Finish A003 and call the next" in text_of((await clerk.get(path)).text)


async def test_a_clerk_is_told_before_the_hour_and_the_room_are_full(
    served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, hour_cap=2, area_cap=3, planned=2)
    for _ in range(2):
        await walk_in(pool, office, BEGINS)
    path = f"/counter/{office.slug}/1"
    async with staff(served, pool, office, "clerk") as clerk:
        await press(clerk, path, "step")
        page = await press(clerk, path, "step")
    assert "1 more visitor this hour. After that the next may begin at 09:00" in page
    assert "There is room for 1 more person" in page


async def test_the_signs_of_a_number_pad_are_keys_and_a_scanner_is_no_key(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    for _ in range(2):
        await walk_in(pool, office, BEGINS)
    token = await token_for(pool, office, "clerk")
    async with device(browser, served, token, TABLET) as page:
        await page.goto(f"/counter/{office.slug}/1")
        for words in ("Gọi số tiếp theo", "Phục vụ A001"):
            await page.keyboard.press("Enter")
            await expect(page.locator("#step")).to_have_text(words)
        await page.keyboard.press("/")
        await expect(page.locator("#step")).to_have_text("Gọi số tiếp theo")
        await expect(page.locator(".beside")).to_contain_text("A001 không đến")
        await page.keyboard.press(".")
        await expect(page.locator(".beside")).not_to_contain_text("A001 không đến")
        await page.keyboard.press("0")
        await expect(page.locator(".beside")).to_contain_text("(không lấy số): 1")
        for words in ("Phục vụ A001", "Hoàn tất A001"):
            await page.keyboard.press("Enter")
            await expect(page.locator("#step")).to_contain_text(words)
        await page.locator("#dossier-A001").focus()
        await page.keyboard.type("H17.18-0/0-1")
        await page.keyboard.press("Enter")
        await expect(page.locator("code")).to_have_text("H17.18-0/0-1")
        await expect(page.locator("#dossier-A001")).to_be_focused()  # for the next scan
        await expect(page.locator("#step")).to_contain_text("Hoàn tất A001")
        assert await problems(page) == []
        await page.locator("#aside-A001 summary").click()
        assert await problems(page) == []
        await page.reload()
        await expect(page.locator("#step")).to_contain_text("Hoàn tất A001")


async def test_single_keys_are_switched_off_or_bound_to_alt_on_this_screen(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    await walk_in(pool, office, BEGINS)
    async with device(browser, served, await token_for(pool, office, "clerk"), TABLET) as page:
        await page.goto(f"/counter/{office.slug}/1")
        await page.keyboard.press("F2")
        question = page.get_by_text("Câu hỏi nhanh hôm nay")

        async def choose(how: str) -> None:
            await page.get_by_label(how).check()
            await page.get_by_role("button", name="Lưu").click()
            await expect(page.get_by_label(how)).to_be_checked()
            await page.evaluate("document.activeElement.blur()")
            assert await problems(page) == []

        await choose("tắt, chỉ dùng F2")
        await expect(page.locator("kbd")).to_have_count(0)
        for key in ("0", "Alt+0", "Enter", " "):
            await page.keyboard.press(key)
        await page.reload()
        await expect(question).to_have_count(0)
        await expect(page.get_by_role("button", name="Gọi số tiếp theo")).to_be_visible()
        await choose("chỉ khi giữ thêm phím Alt")
        await page.keyboard.press("0")
        await page.reload()
        await expect(question).to_have_count(0)
        await page.keyboard.press("Alt+0")
        await expect(question).to_have_text(re.compile("1$"))
        await page.keyboard.press("F2")
        await expect(page.get_by_role("heading", name="A001")).to_be_visible()
        await choose("một phím")
        await page.keyboard.press("0")
        await expect(question).to_have_text(re.compile("2$"))
