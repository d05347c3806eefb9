"""The second factor: set up with a phone, asked for at every sign-in, each code once."""

import asyncio
import base64
import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import zxingcpp
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from PIL import Image
from playwright.async_api import Browser, expect

from queue_service import commands, db, passwords, reads
from queue_service.settings import Settings
from tests.devices import PHONE, TABLET, device
from tests.offices import Office
from tests.people import PASSWORD, Person, person, sign_in, visitor
from tests.serving import BEGINS, Served, serve, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio

PATH = "/account/second-factor"


class Phone:
    """An authenticator app, made from what the QR code says."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert (asked["digits"], asked["period"], asked["algorithm"]) == ("6", "30", "SHA1")
        self.secret = base64.b32decode(asked["secret"])
        self.codes = TOTP(self.secret, 6, SHA1(), 30)

    def code(self, steps: int = 0) -> str:
        """What it shows now, or so many half minutes from now."""
        return self.codes.generate(int(datetime.now(UTC).timestamp()) + 30 * steps).decode()


async def set_up(client: httpx2.AsyncClient) -> tuple[Phone, list[str]]:
    """What a clerk does with the phone in the hand; the recovery codes that are shown."""
    page = (await client.post(PATH, data={"begin": "1", "password": PASSWORD})).text
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    assert key
    assert sealed
    secret = key[1].replace(" ", "")
    phone = Phone(f"otpauth://totp/x?secret={secret}&digits=6&period=30&algorithm=SHA1")
    form = {"confirm": "1", "sealed": sealed[1], "code": phone.code(-1)}
    answer = await client.post(PATH, data=form)
    assert answer.status_code == 200, text_of(answer.text)
    return phone, re.findall(r"<code>([A-Z0-9-]{19})</code>", answer.text)


async def enter_code(client: httpx2.AsyncClient, code: str) -> httpx2.Response:
    return await client.post("/sign-in/code", data={"code": code})


async def with_a_phone(served: Served, who: Person) -> tuple[Phone, list[str]]:
    async with visitor(served) as client:
        await sign_in(client, who.login)
        return await set_up(client)


async def test_the_password_alone_opens_nothing_once_it_is_on(
    served: Served, pool: db.Pool, office: Office
) -> None:
    clerk = await person(pool, office)
    phone, _ = await with_a_phone(served, clerk)
    path = f"/counter/{office.slug}"
    async with visitor(served) as client:
        half = await sign_in(client, clerk.login)
        assert (half.status_code, half.headers["location"]) == (303, "/sign-in/code")
        assert "session" not in dict(client.cookies)
        assert (await client.get(path)).status_code == 303
        wrong = await enter_code(client, "000000")
        assert wrong.status_code == 422
        assert "does not fit" in text_of(wrong.text)
        answer = await enter_code(client, f" {phone.code()[:3]} {phone.code()[3:]} ")
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        assert (await client.get(path)).status_code == 200
    async with visitor(served) as nobody:
        late = await enter_code(nobody, phone.code(1))
        assert (late.status_code, "too long" in late.text) == (409, True)


async def test_a_code_opens_once_and_none_before_it_does(
    served: Served, pool: db.Pool, office: Office
) -> None:
    clerk = await person(pool, office)
    phone, _ = await with_a_phone(served, clerk)
    async with visitor(served) as first, visitor(served) as second:
        await sign_in(first, clerk.login)
        await sign_in(second, clerk.login)
        code = phone.code(1)
        both = await asyncio.gather(enter_code(first, code), enter_code(second, code))
        assert sorted(one.status_code for one in both) == [303, 422]
        loser = second if both[0].status_code == 303 else first
        assert (await enter_code(loser, phone.code())).status_code == 422


async def test_a_recovery_code_opens_once_and_says_how_many_are_left(
    served: Served, pool: db.Pool, office: Office
) -> None:
    clerk = await person(pool, office)
    _, spare = await with_a_phone(served, clerk)
    assert len(set(spare)) == 10
    async with visitor(served) as client:
        await sign_in(client, clerk.login)
        answer = await enter_code(client, spare[0].lower().replace("-", " "))
        assert answer.headers["location"] == f"{PATH}?done=recovery"
        page = text_of((await client.get(answer.headers["location"])).text)
        assert "used up now" in page
        assert "9 recovery codes are left" in page
    async with visitor(served) as again:
        await sign_in(again, clerk.login)
        assert (await enter_code(again, spare[0])).status_code == 422
        assert (await enter_code(again, spare[1])).status_code == 303
    rows = await reads.audit(pool, office.office_id, datetime(2100, 1, 1, tzinfo=UTC))
    used = [row["after"] for row in rows if row["act"] == "sign_in" and row["after"]]
    assert used == [{"second_factor": "recovery code"}] * 2


async def test_guessing_codes_is_stopped_though_the_password_is_known(
    settings: Settings, pool: db.Pool, office: Office
) -> None:
    clerk = await person(pool, office)
    few = replace(settings, failed_sign_ins_per_hour=4, forwarded_allow_ips="127.0.0.1")
    async with serve(few, pool) as served:
        phone, _ = await with_a_phone(served, clerk)
        told: list[int] = []
        for number in range(3):  # from other addresses too
            async with visitor(served, **{"x-forwarded-for": f"192.0.2.{number}"}) as thief:
                await sign_in(thief, clerk.login)
                guesses = (enter_code(thief, f"00000{n}") for n in range(2))
                told += [one.status_code for one in await asyncio.gather(*guesses)]
                if number == 2:
                    assert (await enter_code(thief, phone.code(1))).status_code == 429
        # Setting it up was the first of four.
        assert sorted(told) == [422] * 3 + [429] * 3


async def test_a_password_that_changes_on_the_way_begins_anew(
    served: Served, pool: db.Pool, office: Office
) -> None:
    clerk = await person(pool, office)
    phone, _ = await with_a_phone(served, clerk)
    async with visitor(served) as thief:
        await sign_in(thief, clerk.login)
        kept = await passwords.make("mật khẩu mới của tôi")
        await commands.set_password(pool, BEGINS, "test", clerk.account_id, kept)
        answer = await enter_code(thief, phone.code(1))
        assert answer.status_code == 409


async def test_a_browser_left_open_neither_turns_it_on_nor_off(
    served: Served, pool: db.Pool, office: Office
) -> None:
    clerk = await person(pool, office)
    async with visitor(served) as client:
        await sign_in(client, clerk.login)
        wrong = await client.post(PATH, data={"begin": "1", "password": "not my password"})
        assert wrong.status_code == 422
        assert "sealed" not in wrong.text
        foreign = await client.post(PATH, data={"confirm": "1", "sealed": "x", "code": "123456"})
        assert foreign.status_code == 409
        phone, _ = await set_up(client)
        off = await client.post(PATH, data={"drop": "1", "code": "123456"})
        assert off.status_code == 422
        off = await client.post(PATH, data={"drop": "1", "code": phone.code(1)})
        assert off.headers["location"] == f"{PATH}?done=off"
    async with visitor(served) as again:
        assert (await sign_in(again, clerk.login)).headers["location"] == f"/counter/{office.slug}"


async def test_what_one_clerk_was_shown_sets_up_nobody_elses_phone(
    served: Served, pool: db.Pool, office: Office
) -> None:
    mine, yours = await person(pool, office), await person(pool, office)
    async with visitor(served) as thief, visitor(served) as victim:
        await sign_in(thief, mine.login)
        await sign_in(victim, yours.login)
        page = (await thief.post(PATH, data={"begin": "1", "password": PASSWORD})).text
        sealed = re.search(r'name="sealed" value="([^"]+)"', page)
        assert sealed
        form = {"confirm": "1", "sealed": sealed[1], "code": "123456"}
        assert (await victim.post(PATH, data=form)).status_code == 409


async def test_a_manager_forgets_what_was_lost_and_the_trail_keeps_it(
    served: Served, pool: db.Pool, owner: db.Connection, office: Office
) -> None:
    clerk, manager = await person(pool, office), await person(pool, office, "manager")
    phone, spare = await with_a_phone(served, clerk)
    rows = await owner.fetch("select a::text as row from ops.account as a")
    secret = phone.secret.hex()
    assert not any(secret in row["row"] or spare[0] in row["row"] for row in rows)
    path = f"/manage/{office.slug}/accounts"
    async with visitor(served) as client:
        await sign_in(client, manager.login)
        assert "Second factor lost" in text_of((await client.get(path)).text)
        done = await client.post(path, data={"reset": str(clerk.account_id)})
        assert done.headers["location"] == f"{path}?done=reset"
        again = await client.post(path, data={"reset": str(clerk.account_id)})
        assert again.status_code == 409
        trail = text_of((await client.get(f"/manage/{office.slug}/audit")).text)
        assert "second factor forgotten for who lost it" in trail
    async with visitor(served) as hers:
        assert (await sign_in(hers, clerk.login)).headers["location"] == f"/counter/{office.slug}"
        denied = await hers.post(path, data={"reset": str(manager.account_id)})
        assert denied.status_code == 403


@pytest.mark.parametrize("script", [True, False])
async def test_with_the_phone_in_the_hand_in_a_browser(
    browser: Browser, served: Served, pool: db.Pool, office: Office, script: bool
) -> None:
    clerk = await person(pool, office)
    async with (
        device(browser, served, "", PHONE, script=script) as page,
        device(browser, served, "", TABLET, script=script) as desk,
    ):
        await page.goto(PATH)
        await page.get_by_label("Tên đăng nhập").fill(clerk.login)
        await page.get_by_label("Mật khẩu").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Xác thực hai lớp")).to_be_visible()
        assert not script or await problems(page) == []
        await page.get_by_label("Mật khẩu").fill(PASSWORD)
        await page.get_by_role("button", name="Thiết lập").click()
        picture = page.locator("img.qr")
        await expect(picture).to_be_visible()
        assert not script or await problems(page) == []
        seen = zxingcpp.read_barcodes(Image.open(BytesIO(await picture.screenshot())))
        phone = Phone(seen[0].text)
        await page.get_by_label("Mã trên ứng dụng").fill(phone.code(-1))
        await page.keyboard.press("Enter")
        await expect(page.locator(".codes code")).to_have_count(10)
        assert not script or await problems(page) == []
        await desk.goto(f"/counter/{office.slug}")
        await desk.get_by_label("Tên đăng nhập").fill(clerk.login)
        await desk.get_by_label("Mật khẩu").fill(PASSWORD)
        await desk.keyboard.press("Enter")
        await expect(desk.get_by_role("heading", name="Mã xác thực")).to_be_visible()
        assert not script or await problems(desk) == []
        await desk.get_by_label("Mã trên ứng dụng").fill(phone.code())
        await desk.keyboard.press("Enter")
        await expect(desk.get_by_role("heading", name="Chọn quầy")).to_be_visible()
