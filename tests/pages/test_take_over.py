"""Who sits at a counter: two clerks, two browsers of one clerk, and a sign-in that ran out."""

import asyncio
import re
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from queue_service import commands, db, reads
from tests.devices import PHONE, TABLET, device, staff, token_for, walk_in
from tests.offices import Office, make_office
from tests.pages.test_tablet import tap
from tests.people import PASSWORD, Person, person, sign_in, visitor
from tests.serving import BEGINS, Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def enter(page: Page, office: Office, who: Person, counter: str = "1") -> None:
    await page.goto(f"/counter/{office.slug}/{counter}")
    await page.get_by_label("Tên đăng nhập").fill(who.login)
    await page.get_by_label("Mật khẩu").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("#live")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
async def test_taking_over_says_so_to_both_and_the_visitor_stays_at_the_counter(
    browser: Browser, served: Served, pool: db.Pool, office: Office, script: bool
) -> None:
    await walk_in(pool, office, BEGINS)
    lan = await person(pool, office, name="Lan")
    minh = await person(pool, office, name="Trần Minh")
    async with (
        device(browser, served, "", TABLET, script=script) as hers,
        device(browser, served, "", PHONE, script=script) as his,
    ):
        await enter(hers, office, lan)
        await hers.get_by_role("button", name="Mở quầy").click()
        await hers.get_by_role("button", name="Gọi số tiếp theo").click()
        await expect(hers.get_by_role("heading", name="A001")).to_be_visible()
        await enter(his, office, minh)
        await expect(his.get_by_role("alert")).to_contain_text("Lan đang giữ quầy này từ")
        await expect(his.get_by_role("button", name="Nhắc số")).to_have_count(0)
        await expect(his.locator(".tools")).to_be_hidden()
        assert not script or await problems(his) == []
        await his.get_by_role("button", name="Tiếp nhận quầy này").click()
        await expect(his.get_by_role("status").first).to_contain_text(
            "đã tiếp nhận quầy này từ Lan"
        )
        await expect(his.get_by_role("heading", name="A001")).to_be_visible()
        await expect(his.get_by_role("button", name="Phục vụ A001")).to_be_visible()
        if not script:
            # Her page is as it was; what she presses on it is refused and says why.
            await hers.get_by_role("button", name="Phục vụ A001").click()
            await expect(hers.get_by_role("alert").first).to_contain_text("Trần Minh")
        told = hers.locator(".taken")
        await expect(told).to_contain_text("Trần Minh đã tiếp nhận quầy này từ ông/bà lúc")
        await expect(hers.locator(".tools")).to_be_hidden()
        assert not script or await problems(hers) == []
        await hers.get_by_role("button", name="Tiếp nhận quầy này").click()
        await expect(hers.get_by_role("button", name="Phục vụ A001")).to_be_visible()
        if script:
            await expect(his.locator(".taken")).to_contain_text(
                "Lan đã tiếp nhận quầy này từ ông/bà"
            )


async def test_two_browsers_of_one_clerk_call_one_visitor_not_two(
    served: Served, pool: db.Pool, office: Office
) -> None:
    for _ in range(3):
        await walk_in(pool, office, BEGINS)
    lan = await person(pool, office)
    path = f"/counter/{office.slug}/1"
    async with visitor(served) as desk, visitor(served) as laptop:
        await sign_in(desk, lan.login)
        await sign_in(laptop, lan.login)
        assert (await desk.post(f"{path}/open")).status_code == 303
        pressed = await asyncio.gather(
            *(browser.post(f"{path}/step", data={"next": "call"}) for browser in (desk, laptop))
        )
        assert [one.status_code for one in pressed] == [303, 409]
        assert "in another browser" in text_of(pressed[1].text)
    seen = await reads.counter(pool, office.office_id, BEGINS, "1")
    assert seen is not None
    assert [visit["number"] for visit in seen["visits"]] == ["A001"]


async def test_a_sign_in_that_ends_takes_nobody_out_of_the_room_and_no_counter_from_its_clerk(
    served: Served, pool: db.Pool, owner: db.Connection, office: Office
) -> None:
    await walk_in(pool, office, BEGINS)
    lan = await person(pool, office)
    path = f"/counter/{office.slug}/1"

    async def standing() -> tuple[int, str, str]:
        board = await reads.board(pool, office.office_id, BEGINS)
        seen = await reads.counter(pool, office.office_id, BEGINS, "1")
        assert seen is not None
        return board["areas"][0]["present"], seen["state"], seen["visits"][0]["state"]

    async with visitor(served) as client:
        await sign_in(client, lan.login)
        await client.post(f"{path}/open")
        await client.post(f"{path}/step", data={"next": "call"})
        before = await standing()
        await owner.execute(
            "update ops.session set seen_at = seen_at - interval '2 hours' where account_id = $1",
            lan.account_id,
        )
        assert (await client.get(path)).status_code == 303
        assert await standing() == before
        # The same browser, signed in anew, goes on without a question.
        await sign_in(client, lan.login)
        page = text_of((await client.get(path)).text)
        assert "Serve A001" in page
        assert "another browser" not in page


async def test_who_has_another_counter_closes_it_with_the_press_that_opens_this_one(
    served: Served, pool: db.Pool, office: Office
) -> None:
    lan = await person(pool, office)
    base = f"/counter/{office.slug}"
    async with visitor(served) as client:
        await sign_in(client, lan.login)
        await client.post(f"{base}/1/open")
        refused = await client.post(f"{base}/2/open")
        assert refused.status_code == 409
        assert "You have another counter" in text_of(refused.text)
        assert "Close that one and work here" in text_of(refused.text)
        assert (await client.post(f"{base}/2/take")).status_code == 303
        assert (await client.post(f"{base}/2/open")).status_code == 303
    first = await reads.counter(pool, office.office_id, BEGINS, "1")
    assert first is not None
    assert first["state"] == "closed"


async def test_the_tablet_of_a_small_office_leaves_a_clerks_counter_alone(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    lan = await person(pool, office, name="Lan")
    async with visitor(served) as client:
        await sign_in(client, lan.login)
        await client.post(f"/counter/{office.slug}/1/open")
    async with device(browser, served, await token_for(pool, office, "clerk"), TABLET) as page:
        await page.goto(f"/tablet/{office.slug}")
        await expect(page.locator(".taken")).to_have_count(1)
        await expect(page.locator(".taken")).to_contain_text("Lan đang giữ quầy này từ")
        second = page.locator(".pane.counter", has_text="Quầy 2")
        await tap(second.get_by_role("button", name="Mở quầy"))
        await tap(page.get_by_role("button", name="Tiếp nhận quầy này"))
        await expect(page.locator(".taken")).to_have_count(0)
    seen = await reads.counter(pool, office.office_id, BEGINS, "1")
    assert seen is not None
    assert seen["taken"]["from_name"] == "Lan"


async def test_a_clerk_of_one_office_takes_no_counter_of_another(
    served: Served, pool: db.Pool, office: Office
) -> None:
    other = await make_office(pool)
    async with staff(served, pool, other, "clerk") as foreign:
        for word in ("take", "open", "step", "call-next"):
            assert (await foreign.post(f"/counter/{office.slug}/1/{word}")).status_code == 403
    seen = await reads.counter(pool, office.office_id, BEGINS, "1")
    assert seen is not None
    assert (seen["state"], seen["taken"]) == ("closed", None)


async def test_a_program_that_takes_a_counter_by_the_api_says_from_whom(
    served: Served, pool: db.Pool, office: Office
) -> None:
    lan = await person(pool, office, name="Lan")
    base = f"/api/v1/offices/{office.slug}/counters/1"
    headers = {"authorization": f"Bearer {await token_for(pool, office, 'clerk')}"}
    async with visitor(served) as hers, visitor(served, **headers) as program:
        await sign_in(hers, lan.login)
        await hers.post(f"/counter/{office.slug}/1/open")
        refused = await program.post(f"{base}/call-next")
        assert (refused.status_code, refused.json()["by"]) == (409, "Lan")
        assert refused.json()["type"].endswith("counter_taken")
        seen = (await program.get(base)).json()["taken"]
        assert set(seen) == {"name", "taken_at", "from_name"}
        late = datetime.fromisoformat(seen["taken_at"]) - timedelta(seconds=1)
        stale = await program.post(f"{base}/take", json={"since": late.isoformat()})
        assert stale.status_code == 409
        taken = await program.post(f"{base}/take", json={"since": seen["taken_at"]})
        assert taken.json()["taken"]["from_name"] == "Lan"
        page = text_of((await hers.get(f"/counter/{office.slug}/1")).text)
        assert "the clerk took this counter over from you at" in page


async def test_choosing_a_counter_shows_who_is_at_which(
    served: Served, pool: db.Pool, office: Office
) -> None:
    lan, hung = await person(pool, office), await person(pool, office, name="Hùng")
    async with visitor(served) as hers, visitor(served) as his:
        await sign_in(hers, lan.login)
        await sign_in(his, hung.login)
        await hers.post(f"/counter/{office.slug}/2/open")
        mine = text_of((await hers.get(f"/counter/{office.slug}")).text)
        theirs = text_of((await his.get(f"/counter/{office.slug}")).text)
    assert "Counter 2 Ground floor · open You are here" in mine
    assert re.search(r"Counter 2 Ground floor · open Lan is here, since 08:\d\d", theirs)
    assert theirs.count("is here") == 1


@pytest.mark.parametrize("path", ["/counter/{}/1", "/door/{}", "/tablet/{}", "/manage/{}/live"])
async def test_a_page_whose_sign_in_is_over_leads_to_signing_in_and_back(
    browser: Browser, served: Served, pool: db.Pool, office: Office, path: str
) -> None:
    here = path.format(office.slug)
    hers = await person(pool, office, "manager")
    async with device(browser, served, "", TABLET) as page:
        await sign_in_here(page, hers, here)
        await commands.set_account(pool, BEGINS, "test", hers.account_id, disabled=True)
        await page.evaluate("() => void window.refreshStaff()")
        await expect(page).to_have_url(re.compile(r"/sign-in\?next="))
        await expect(page.locator("h1")).to_have_count(1)  # the page of signing in, not inside this
        await commands.set_account(pool, BEGINS, "test", hers.account_id, disabled=False)
        await page.get_by_label("Tên đăng nhập").fill(hers.login)
        await page.get_by_label("Mật khẩu").fill(PASSWORD)
        await page.get_by_role("button", name="Đăng nhập", exact=True).click()
        await expect(page).to_have_url(re.compile(f"{re.escape(here)}$"))


async def sign_in_here(page: Page, who: Person, here: str) -> None:
    await page.goto(f"/sign-in?next={here}")
    await page.get_by_label("Tên đăng nhập").fill(who.login)
    await page.get_by_label("Mật khẩu").fill(PASSWORD)
    await page.get_by_role("button", name="Đăng nhập", exact=True).click()
    await expect(page).to_have_url(re.compile(f"{re.escape(here)}$"))
    await page.wait_for_load_state()
