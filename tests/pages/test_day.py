"""A day of a ward office, from before the doors open until after they close, by its pages alone.

Sixty people, three clerks in a browser each, the kiosk, the lobby screen, the phones of those who
booked. The service's clock goes on from one thing that happens to the next; all else is real.
"""

import asyncio
import heapq
import itertools
import os
import random
import re
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from queue_service import db, reads
from queue_service.sender import Sender
from queue_service.settings import Settings
from queue_service.worker import Worker
from tests import alone
from tests.devices import KIOSK, PHONE, TABLET, TV, device, scan, token_for
from tests.offices import DAY, Office, make_ward
from tests.people import PASSWORD, person
from tests.serving import HANOI, Served, serve

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(900)]
pool = alone.pool

IN_TIME = 60_000  # the machine may be busy
ROOM = 7  # with three of staff: four visitors at a time, so that some wait outside
WALKS_IN = (
    ("Chứng thực", "Chứng thực bản sao từ bản chính", 5),
    ("Hộ tịch", "Cấp bản sao trích lục hộ tịch", 5),
    ("Cư trú, xã hội", "Đăng ký tạm trú", 10),
    ("Chứng thực", "Chứng thực chữ ký", 10),
    ("Hộ tịch", "Đăng ký khai sinh", 15),
)
# When those come who have booked, and for what; the minutes after seven.
BOOKED = {
    60: "birth", 75: "certified-copy", 90: "signature", 105: "certified-copy", 120: "birth",
    135: "certified-copy", 150: "signature", 165: "certified-copy", 180: "temporary-residence",
    390: "certified-copy", 405: "certified-copy", 420: "signature", 435: "birth",
    450: "signature", 465: "certified-copy",
}  # fmt: skip
CANCELS, MOVES, NEVER_COMES, LAST_MINUTE = 465, 450, 165, 605
NAMES = ("Nguyễn Thị Ánh", "Trần Văn Bình", "Lê Thị Cúc", "Phạm Văn Dũng", "Võ Thị Én")


@dataclass
class Day:
    """The office, its clock, its pages; and what is still to happen."""

    served: Served
    office: Office
    kiosk: Page
    board: Page
    phone: Page
    desks: dict[str, Page]
    logins: dict[str, str]
    begins: datetime
    minute: int = 0
    plan: list[tuple[int, int, Callable[[], Awaitable[None]]]] = field(default_factory=list[Any])
    order: Any = field(default_factory=itertools.count)
    codes: dict[str, str] = field(default_factory=dict[str, str])
    busy: dict[str, str] = field(default_factory=dict[str, str])
    aside: set[str] = field(default_factory=set[str])
    looks: int = 0
    most: int = 0
    outside: int = 0
    some_outside: bool = False

    def later(self, minute: int, what: Callable[[], Awaitable[None]]) -> None:
        heapq.heappush(self.plan, (minute, next(self.order), what))

    async def go_on(self, until: int) -> None:
        """What is planned up to then, each at its minute; after each everybody looks around."""
        while self.plan and self.plan[0][0] <= until:
            minute, _, what = heapq.heappop(self.plan)
            while self.some_outside and self.minute + 1 < minute:  # an invitation lapses in three
                self.to(self.minute + 1)
                await self.look_around()
            self.to(minute)
            await what()
            await self.look_around()
        self.to(until)

    def to(self, minute: int) -> None:
        """The clock goes on; it never goes back."""
        self.minute = max(self.minute, minute)
        ahead = self.begins + timedelta(minutes=self.minute) - self.served.clock.now()
        self.served.clock.shift += max(ahead, timedelta())

    # What is seen

    async def due(self) -> list[int]:
        return await reads.due_offices(self.served.pool, self.served.clock.now())

    async def state(self) -> dict[str, Any]:
        now = self.served.clock.now()
        return await reads.board(self.served.pool, self.office.office_id, now)

    async def look_around(self) -> None:
        """No cap is passed, and the lobby screen shows what is so."""
        async with asyncio.timeout(IN_TIME / 1000):
            while self.office.office_id in await self.due():
                await asyncio.sleep(0.02)  # the worker is at it
            while True:
                state = await self.state()
                [room] = state["areas"]
                assert room["cap"] == ROOM
                assert room["present"] <= ROOM
                for counter in state["counters"]:
                    assert len(counter["numbers"]) <= 1, counter
                shown = await shown_on(self.board)
                if shown == expected_on_board(state):
                    break
                await asyncio.sleep(0.05)
        self.looks += 1
        self.most = max(self.most, room["present"])
        self.some_outside = bool(state["outside"] or state["entering"])
        # Whom the room's screen asks in goes to the kiosk and is let in.
        for invited in state["entering"]:
            self.outside += 1
            await self.arrive(self.codes[invited["number"]])
        await self.call_where_free()

    # What visitors do

    async def book(self, minute: int, service: str, n: int) -> None:
        """On the phone, from the office's page to the ticket."""
        starts = self.begins + timedelta(minutes=minute)
        page = self.phone
        await page.goto(f"/o/{self.office.slug}/s/{service}")
        await page.get_by_role("button", name="Chọn giờ hẹn").click()
        await page.get_by_role("link", name=re.compile(f"^{starts + HANOI:%H:%M}")).click()
        await page.get_by_label("Họ và tên").fill(NAMES[n % len(NAMES)])
        await page.get_by_label("Số điện thoại").fill(f"0905 1{n:02} 456")
        await page.get_by_role("button", name="Đặt lịch hẹn").click()
        await page.wait_for_url(re.compile("/t/"))
        code = digits(await page.locator(".ticket .code").inner_text())
        if minute == CANCELS:
            await page.get_by_role("link", name="Hủy lịch hẹn").click()
            await page.get_by_role("button", name="Đồng ý hủy").click()
            await expect(page.locator(".status")).to_contain_text("hủy")
            return
        if minute == MOVES:
            await page.get_by_role("link", name="Đổi giờ hẹn").click()
            starts += timedelta(minutes=30)
            await page.get_by_role("link", name=re.compile(f"^{starts + HANOI:%H:%M}")).click()
            await page.get_by_role("button", name="Đồng ý đổi").click()
            await expect(page.locator(".ticket .when")).to_contain_text(f"{starts + HANOI:%H:%M}")
            minute += 30
        if minute != NEVER_COMES:
            self.later(minute - 4, lambda: self.arrive(code))

    async def arrive(self, code: str) -> None:
        """The code under the kiosk's scanner: whoever booked, or is asked in from outside."""
        await self.at_start()
        await scan(self.kiosk, code)
        await self.noted(code)

    async def walk_in(self, n: int) -> None:
        """By touch: what for, how many, and the number kept on one's own phone."""
        kind, service, _minutes = WALKS_IN[n % len(WALKS_IN)]
        page = self.kiosk
        await self.at_start()
        await page.locator('.door[data-act="walk_in"]').click()
        await page.get_by_role("button", name=kind, exact=True).click()
        await page.get_by_role("button", name=service).click()
        if n % 15 == 7:
            await page.get_by_role("button", name="Người cao tuổi").click()
        await page.locator('[data-act="take_number"]').click()
        await self.noted()

    async def at_start(self) -> None:
        await self.kiosk.keyboard.press("Escape")
        await expect(self.kiosk.locator("[data-screen=start]")).to_be_visible(timeout=IN_TIME)

    async def noted(self, code: str = "") -> None:
        """The answer, and that the number was noted."""
        page = self.kiosk
        await expect(page.locator("[data-screen=result]")).to_be_visible(timeout=IN_TIME)
        number = page.locator("#slip .number strong")
        if await number.count():
            said = await number.inner_text()
            self.codes[said] = code or digits(await page.locator("#slip .qr strong").inner_text())
            keep = page.get_by_role("button", name="Tôi đã ghi lại số")
            if await keep.count():
                async with page.expect_response("**/slip"):
                    await keep.click()
        else:
            verdict = await page.locator("#headline").inner_text()
            assert verdict in ("Mời vào",), verdict

    # What clerks do

    async def call_where_free(self) -> None:
        for counter in self.desks:
            if counter in self.busy:
                continue
            now = self.served.clock.now()
            seen = await reads.counter(self.served.pool, self.office.office_id, now, counter)
            assert seen is not None
            if seen["state"] == "open" and any(one["callable"] for one in seen["waiting"]):
                await self.step(counter)

    async def step(self, counter: str) -> None:
        """The one key: it finishes, calls the next and begins to serve."""
        page = self.desks[counter]
        if "/counter/" in page.url:
            async with page.expect_navigation():
                await page.keyboard.press("F2")
        if "/sign-in" in page.url:  # an hour without a touch
            await give_password(page, self.logins[counter])
            async with page.expect_navigation():
                await page.keyboard.press("F2")
        await self.now_at(counter)

    async def now_at(self, counter: str) -> None:
        """Whom the page shows at the counter, and when they will be done."""
        self.busy.pop(counter, None)
        number = self.desks[counter].locator(".here .number").first
        if not await number.count():
            return
        said = await number.inner_text()
        self.busy[counter] = said
        self.later(self.minute + self.takes(said), lambda: self.done(counter, said))

    def takes(self, number: str) -> int:
        return random.Random(number).randint(3, 11)

    async def done(self, counter: str, number: str) -> None:
        """Served; but one has not come to the counter, one lacks a paper, one is sent on."""
        if self.busy.get(counter) != number:
            return
        page = self.desks[counter]
        special = {3: "absent", 6: "park", 9: "transfer"}.get(self.looks // 6)
        if special and special not in self.aside:
            self.aside.add(special)
            await getattr(self, special)(counter, number, page)
            await self.now_at(counter)
        else:
            await self.step(counter)

    async def absent(self, counter: str, number: str, page: Page) -> None:
        async with page.expect_navigation():
            await page.get_by_role("button", name="Không đến").first.click()
        self.later(self.minute + 6, lambda: self.back(counter, number))

    async def park(self, counter: str, number: str, page: Page) -> None:
        await page.get_by_text("Thiếu giấy tờ: bổ sung rồi quay lại").click()
        await page.locator(".papers input").first.check()
        async with page.expect_navigation():
            await page.locator("[name=place][value=here]").click()
        await expect(row(page, number)).to_contain_text("thiếu:")
        self.later(self.minute + 12, lambda: self.back(counter, number))

    async def transfer(self, counter: str, number: str, page: Page) -> None:
        other = "civil-status" if number[0] != "A" else "certification"
        await page.locator("select[name=queue]").select_option(other)
        async with page.expect_navigation():
            await page.get_by_role("button", name="Chuyển quầy").click()

    async def back(self, counter: str, number: str) -> None:
        """Who was set aside stands at the counter again, and the turn was kept."""
        page = self.desks[counter]
        await page.reload()
        async with page.expect_navigation():
            await row(page, number).get_by_role("button", name="Trở lại hàng chờ").click()

    async def everybody(self, what: Callable[[str, Page], Awaitable[None]]) -> None:
        for counter, page in self.desks.items():
            await what(counter, page)


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def row(page: Page, number: str) -> Locator:
    return page.locator("li", has=page.locator(".number", has_text=number))


SHOWN = """() => ({
  calls: [...document.querySelectorAll('#calls li')].map((li) =>
    [li.querySelector('.number').textContent, li.querySelector('.counter .vi').textContent]),
  present: (document.querySelector('#fill strong') || {}).textContent,
  waiting: [...document.querySelectorAll('#waiting li')].filter((li) => li.querySelector('.letter'))
    .map((li) => [li.querySelector('.letter').textContent, li.querySelector('.count').textContent]),
  live: document.body.dataset.live,
})"""


async def shown_on(board: Page) -> Any:
    return await board.evaluate(SHOWN)


def expected_on_board(state: dict[str, Any]) -> Any:
    return {
        "calls": [[call["number"], call["counter_vi"]] for call in state["calls"][:8]],
        "present": str(state["areas"][0]["present"]),
        "waiting": [[w["letter"], str(w["count"])] for w in state["waiting"] if w["count"]],
        "live": "yes",
    }


@asynccontextmanager
async def morning(
    settings: Settings, own: db.Database, pool: db.Pool
) -> AsyncGenerator[Served, None]:
    """The service and its worker, at seven o'clock of a working day."""
    begins = datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(hours=7) - HANOI
    shift = round((begins - datetime.now(UTC)).total_seconds())
    here = replace(settings, database_url=own.app_url, clock_shift=shift)
    async with serve(here, pool) as served:
        sender = Sender(pool, served.clock, [], "", told=False)
        worker = asyncio.create_task(Worker(pool, served.clock, served.hub, sender).run())
        try:
            yield served
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
            await sender.close()


async def sign_in(page: Page, login: str, goal: str) -> None:
    await page.goto(f"/sign-in?next={goal}")
    await give_password(page, login)


async def give_password(page: Page, login: str) -> None:
    await page.get_by_label("Tên đăng nhập").fill(login)
    await page.get_by_label("Mật khẩu").fill(PASSWORD)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Đăng nhập", exact=True).click()
    assert "/sign-in" not in page.url


async def a_third_counter(page: Page, office: Office) -> None:
    """The manager writes it into the office's file, sees that it moves nobody, and confirms."""
    await page.goto(f"/manage/{office.slug}/file")
    text = await page.locator("textarea").input_value()
    counter = re.search(r'\[\[counter\]\]\nid = "2".*?\n\n', text, re.DOTALL)
    assert counter
    third = counter[0].replace('id = "2"', 'id = "3"').replace("Quầy 2", "Quầy 3")
    third = third.replace("Counter 2", "Counter 3")
    text = text.replace(counter[0], counter[0] + third).replace("planned = 2", "planned = 3")
    text = text.replace("maximum = 20", f"maximum = {ROOM}")
    await page.locator("textarea").fill(text)
    await page.get_by_role("button", name="Xem việc này ảnh hưởng gì").click()
    await expect(page.locator("main")).to_contain_text("Mọi lịch hẹn vẫn giữ được")
    await page.get_by_role("button", name="Áp dụng").first.click()
    await expect(page.locator(".note.good[role=status]")).to_be_visible()


async def test_sixty_people_three_clerks_and_a_room_that_is_never_too_full(
    browser: Browser, settings: Settings, own: db.Database, pool: db.Pool
) -> None:
    office = await make_ward(pool)
    names = {"1": "Lan", "2": "Hùng", "3": "Mai"}
    logins = {n: (await person(pool, office, name=name)).login for n, name in names.items()}
    manager = await person(pool, office, "manager", name="Thu Hà")
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(morning(settings, own, pool))

        async def opened(token: str, size: ViewportSize) -> Page:
            page = await stack.enter_async_context(device(browser, served, token, size))
            page.context.set_default_timeout(IN_TIME)
            return page

        chief = await opened("", TABLET)
        kiosk = await opened(await token_for(pool, office, "kiosk"), KIOSK)
        board = await opened(await token_for(pool, office, "board"), TV)
        phone = await opened("", PHONE)
        desks = {n: await opened("", TABLET) for n in logins}
        begins = datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(hours=7) - HANOI
        day = Day(served, office, kiosk, board, phone, desks, logins, begins)

        await sign_in(chief, manager.login, f"/manage/{office.slug}")
        await a_third_counter(chief, office)
        await board.goto(f"/board/{office.slug}")
        await kiosk.goto(f"/kiosk/{office.slug}")
        await expect(kiosk.locator("#fill strong")).to_have_count(1)
        for n, (minute, service) in enumerate(BOOKED.items()):
            await day.book(minute, service, n)

        async def to_work(counter: str, page: Page) -> None:
            await sign_in(page, logins[counter], f"/counter/{office.slug}")
            await page.get_by_role("link", name=f"Quầy {counter}").click()
            button = page.get_by_role("button", name="Một phím cho mỗi lượt")
            if await button.count():
                await button.click()
            async with page.expect_navigation():
                await page.get_by_role("button", name="Mở quầy").click()

        async def close(counter: str, page: Page) -> None:
            await page.reload()
            if "/sign-in" in page.url:
                await give_password(page, logins[counter])
            async with page.expect_navigation():
                await page.get_by_role("button", name="Đóng", exact=True).click()
            await expect(page.locator(".state")).to_have_text("đóng")
            await page.goto("about:blank")

        day.to(29)
        await day.everybody(to_work)
        # Without a booking they come five at a time, as the bus brings them.
        comes = [30 + 40 * (n // 5) + n % 5 for n in range(25)]
        comes += [392 + 40 * (n // 5) + n % 5 for n in range(20)]
        for n, minute in enumerate(comes):
            day.later(minute, lambda n=n: day.walk_in(n))
        await day.go_on(290)
        assert day.busy == {}, "everybody of the morning is served before lunch is over"
        await day.everybody(close)
        day.to(385)
        await day.everybody(to_work)  # an hour without a touch: they sign in again
        await day.go_on(LAST_MINUTE)
        await day.everybody(close)
        day.to(LAST_MINUTE + 65)  # an hour after closing nobody is in the room any more
        await day.look_around()

        async with db.owner(own.owner_url) as owner:
            found = await owner.fetch(
                "select state, count(*) as n from queue.visit where office_id = $1 group by 1",
                office.office_id,
            )
        ends = {row["state"]: row["n"] for row in found}
        assert ends == {"done": 58, "cancelled": 1, "missed": 1}
        state = await day.state()
        assert (state["areas"][0]["present"], state["outside"]) == (0, [])
        assert day.most == ROOM, "the room was full, so the cap was felt"
        assert day.outside > 3, "some waited outside and were asked in"
        assert day.looks > 100
        assert day.aside == {"absent", "park", "transfer"}
        assert await checked(served, office) == (0, f"{office.slug}: khớp với sổ / agrees\n")


async def checked(served: Served, office: Office) -> tuple[int, str]:
    """`queue-service check`, as the installation's own command line says it."""
    shift = round(served.clock.shift.total_seconds())
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "queue_service", "check", "--office", office.slug,
        env={
            **os.environ,
            "DATABASE_URL": served.settings.database_url,
            "CLOCK_SHIFT": str(shift),
        },
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await running.communicate()
    return running.returncode or 0, out.decode()
