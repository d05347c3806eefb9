"""Hub and box as real processes with a cable between them that is cut, and kill -9 at the box."""

import asyncio
import contextlib
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from playwright.async_api import Browser, Page, expect

from queue_service import commands, db, embedded, reads, tokens
from queue_service.tickets import Payload, TicketKeys, make_token, parse_token, sign, ticket_link
from tests.bookings import booking
from tests.cable import cable
from tests.floors import empty_database
from tests.offices import Office, import_again, make_office
from tests.service import Running, answering, children, free_port, running, start
from tests.serving import shows
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio

SECRET = "for tests only, for tests only, for tests only"
CAP, STAFF = 20, 6
Answer = dict[str, Any]


def shift_to(clock: str, office: Office, seconds: float = 0) -> int:
    """What CLOCK_SHIFT makes it this time of DAY in so many seconds."""
    wanted = office.at(clock) - timedelta(seconds=seconds)
    return round((wanted - datetime.now(UTC)).total_seconds())


@pytest.fixture
def folder() -> Generator[Path, None, None]:
    """A folder that whoever PostgreSQL runs as may enter; pytest's own are closed."""
    with tempfile.TemporaryDirectory(prefix="qs-box-") as path:
        Path(path).chmod(0o711)
        yield Path(path)


@contextlib.asynccontextmanager
async def hub(folder: Path, database: db.Database, shift: int) -> AsyncGenerator[Running, None]:
    home = folder / "hub"
    home.mkdir(exist_ok=True)
    environment = {
        "DATABASE_URL": database.app_url,
        "DATABASE_OWNER_URL": database.owner_url,
        "CLOCK_SHIFT": str(shift),
        "TICKET_SECRET": SECRET,
    }
    async with running(home, environment, "web") as service:
        yield service


def of_box(office: Office, url: str, token: str, shift: int) -> dict[str, str]:
    return {
        "BOX_HUB": url,
        "BOX_OFFICE": office.slug,
        "BOX_TOKEN": token,
        "BOX_NAME": "Hộp 1",
        "TOKEN_REQUESTS_PER_MINUTE": "0",  # a whole morning in a minute, by one key
        "CLOCK_SHIFT": str(shift),
        "TICKET_SECRET": "the box has a secret of its own, of its own, of its own",
        "POSTGRES_BIN": os.environ.get("TEST_POSTGRES_BIN", ""),
    }


def ended(folder: Path, environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """A box that is expected to say why it does not begin."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "queue_service", "box", *arguments],
        env={**os.environ, "DATA_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.timeout(300)
async def test_a_box_that_may_not_begin_says_why_and_begins_once_it_may(
    browser: Browser, folder: Path, database: db.Database, pool: db.Pool
) -> None:
    office = await make_office(pool)
    shift = shift_to("08:00", office)
    at = office.at("07:59")
    token = await tokens.make(pool, at, "box", [office.office_id], "Hộp mới")
    async with (
        hub(folder, database, shift) as service,
        empty_database(database) as mine,
        empty_database(database) as other,
    ):
        own = of_box(office, service.url, token, shift) | {
            "DATABASE_URL": mine.app_url,
            "DATABASE_OWNER_URL": mine.owner_url,
            "PORT": str(free_port()),
        }
        url = f"http://127.0.0.1:{own['PORT']}"
        for environment, says in (
            ({"BOX_TOKEN": "x" * 40}, "does not accept the key of this machine"),
            ({"CLOCK_SHIFT": str(shift + 3600)}, "The clock of this machine is 1 hour fast."),
            ({"CLOCK_SHIFT": str(shift - 130)}, "The clock of this machine is 2 minutes slow."),
            ({"BOX_HUB": "http://127.0.0.1:9"}, "http://127.0.0.1:9 does not answer."),
        ):
            (folder / "a").mkdir(exist_ok=True)
            async with stopped_after(start(folder / "a", own | environment, ["box"]), url):
                text = await shows(url, says)
                assert "This machine does not serve yet" in text
        assert await reads.floor(pool, office.office_id, at) is None

        seen = await tokens.make(pool, at, "manager", [office.office_id])
        live = f"/manage/{office.slug}/live"
        async with running(folder / "a", own, "box") as box:
            second = own | {
                "BOX_NAME": "Hộp 2",
                "DATABASE_URL": other.app_url,
                "DATABASE_OWNER_URL": other.owner_url,
                "PORT": str(free_port()),
            }
            (folder / "b").mkdir()
            url = f"http://127.0.0.1:{second['PORT']}"
            async with (
                stopped_after(start(folder / "b", second, ["box"]), url) as waits,
                page_of(browser, url, "") as screen,
                page_of(browser, service.url, seen) as manager,
            ):
                await shows(url, "Another machine looks after this office: Hộp 1.")
                # also who opens what a kiosk opens is told, and in Vietnamese first
                await screen.goto(f"/kiosk/{office.slug}")
                await expect(screen.locator("h1")).to_have_text("Máy này chưa phục vụ")
                said = screen.get_by_role("alert")
                await expect(said).to_contain_text("Một máy khác đang điều hành nơi giao dịch này")
                await expect(said).to_contain_text(f"{service.url}/manage/{office.slug}/box")
                assert await problems(screen) == []
                await manager.goto(live)
                told = manager.locator("#standing .note.warn", has_text="Hộp mới")
                await expect(told).to_contain_text("chưa bắt đầu phục vụ", timeout=60_000)

                # the first is off, and a manager says so: the second begins by itself
                box.process.terminate()
                assert await box.ended(60) == 0
                now = datetime.now(UTC) + timedelta(seconds=shift)
                await commands.take_back_floor(
                    pool, office.office_id, now, "manager:test", "hỏng nguồn"
                )
                await answering(Running(waits, url))
                await expect(screen.locator("h1")).to_have_text("Đăng nhập", timeout=60_000)
                floor = await reads.floor(pool, office.office_id, now)
                assert floor
                assert (floor["box"], floor["epoch"]) == ("Hộp 2", 3)

                # and the first, switched on again, says that it is not needed
                async with (
                    running(folder / "a", own, "box") as old,
                    db.connect(mine.app_url, 1) as own_pool,
                ):
                    clerk = await tokens.make(own_pool, at, "clerk", [office.office_id])
                    stopped = "This machine no longer looks after the office."
                    await shows(old.url, stopped, f"/counter/{office.slug}/1", token=clerk)
                    await manager.reload()
                    await expect(told).to_contain_text("Xin tắt máy", timeout=60_000)


@contextlib.asynccontextmanager
async def stopped_after(
    process: subprocess.Popen[bytes], url: str
) -> AsyncGenerator[subprocess.Popen[bytes], None]:
    try:
        yield process
    finally:
        process.terminate()
        assert await Running(process, url).ended(60) == 0


@contextlib.asynccontextmanager
async def page_of(browser: Browser, url: str, token: str) -> AsyncGenerator[Page, None]:
    context = await browser.new_context(base_url=url, locale="vi-VN")
    if token:
        await context.add_cookies([{"name": "token", "value": token, "url": url}])
    yield await context.new_page()
    await context.close()


async def test_a_box_whose_key_is_withdrawn_goes_on(
    folder: Path, database: db.Database, pool: db.Pool
) -> None:
    office = await make_office(pool)
    shift = shift_to("08:00", office)
    at = office.at("07:59")
    token = await tokens.make(pool, at, "box", [office.office_id])
    async with hub(folder, database, shift) as service, empty_database(database) as mine:
        own = of_box(office, service.url, token, shift) | {
            "DATABASE_URL": mine.app_url,
            "DATABASE_OWNER_URL": mine.owner_url,
        }
        (folder / "a").mkdir()
        async with (
            running(folder / "a", own, "box") as box,
            db.connect(mine.app_url, 1) as own_pool,
            httpx2.AsyncClient(base_url=f"{box.url}/api/v1/offices/{office.slug}/") as client,
        ):
            await revoke(database, token)
            await until(own_pool, office, "trouble", "unauthorized")
            kiosk = await tokens.make(own_pool, at, "kiosk", [office.office_id])
            answer = await client.post(
                "walk-ins",
                json={"service": "copy", "party_size": 1},
                headers={"authorization": f"Bearer {kiosk}"},
            )
            assert answer.json()["decision"] == "enter", answer.text


async def revoke(database: db.Database, token: str) -> None:
    async with db.owner(database.owner_url) as owner:
        await owner.execute(
            "update ops.token set revoked_at = now() where sha = $1", tokens.sha_of(token)
        )


async def until(pool: db.Pool, office: Office, name: str, value: object) -> None:
    async with asyncio.timeout(40):
        while True:
            floor = await reads.floor(pool, office.office_id, datetime.now(UTC))
            if floor and floor[name] == value:
                return
            await asyncio.sleep(0.1)


class Morning:
    """Visitors, desks and the helper of one office, who repeat what got no answer."""

    def __init__(self, url: str, office: Office, staff: str) -> None:
        self.client = httpx2.AsyncClient(
            base_url=f"{url}/api/v1/offices/{office.slug}/",
            headers={"authorization": f"Bearer {staff}"},
            timeout=20,
        )
        self.decisions: dict[str, list[Answer]] = {}
        self.walked: dict[UUID, Answer] = {}
        self.over = False
        self.answered = 0

    async def ask(self, path: str, body: Answer | None = None) -> httpx2.Response:
        """Until it is answered: the box may be dead or starting meanwhile."""
        key = str(uuid4())
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                answer = await self.client.post(
                    path, json=body or {}, headers={"idempotency-key": key}
                )
                if answer.status_code < 500:
                    self.answered += 1
                    return answer
            await asyncio.sleep(random.uniform(0.05, 0.3))

    async def come(self, kind: str, ticket: str) -> None:
        answer = await self.ask("arrivals", {"ticket": ticket})
        assert answer.status_code == 200, answer.text
        self.decisions.setdefault(kind, []).append(answer.json())

    async def walk_in(self) -> None:
        visit_id = uuid4()
        body = {"walk_in_id": str(visit_id), "service": "copy", "party_size": 1}
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                answer = await self.client.post("walk-ins", json=body)
                if answer.status_code == 200:
                    break
                assert answer.status_code >= 500, answer.text
            await asyncio.sleep(random.uniform(0.05, 0.3))
        self.walked[visit_id] = answer.json()

    async def desk(self, counter: str) -> None:
        await self.ask(f"counters/{counter}/open")
        while not self.over:
            called = await self.ask(f"counters/{counter}/call-next")
            if called.status_code != 200:
                await asyncio.sleep(0.1)
                continue
            visit = called.json()["visit_id"]
            for step in ("serve", "finish", "leave"):
                await self.ask(f"visits/{visit}/{step}")

    async def helper(self) -> None:
        """Brings in everybody who is invited."""
        while not self.over:
            with contextlib.suppress(httpx2.HTTPError):
                line = await self.client.get("queue")
                if line.status_code == 200:
                    for door in line.json()["door"]:
                        for visit in door["invited"]:
                            await self.ask(f"visits/{visit['visit_id']}/enter")
            await asyncio.sleep(0.1)


@pytest.mark.timeout(900)
async def test_a_morning_goes_on_with_the_cable_cut_and_the_box_killed(
    folder: Path, database: db.Database, pool: db.Pool
) -> None:
    chance = random.Random(secrets.randbits(64))
    rules = {"lead_minutes": 30, "earliness_minutes": 30, "usual_wait_minutes": 0}
    office = await make_office(pool, area_cap=500, planned=60, staff=STAFF, rules=rules)
    other = await make_office(pool, rules=rules)
    # hub and box are to run before eight: a busy machine needs longer to start them
    shift = shift_to("08:00", office, seconds=40 if os.getloadavg()[0] < 4 else 90)
    at = office.at("07:00")
    token = await tokens.make(pool, at, "box", [office.office_id])
    staff = await tokens.make(pool, at, "manager", [office.office_id])
    async with hub(folder, database, shift) as service, cable(port_of(service)) as line:
        citizen = Citizen(service.url)
        ahead = [
            await citizen.book(pool, office, office.at(f"08:{min(n // 10, 6) * 5:02}"))
            for n in range(70)
        ]
        foreign = [await citizen.book(pool, other, other.at("08:00")) for _ in range(2)]
        office.file["caps"][0]["maximum"] = CAP
        await import_again(pool, office, office.at("07:01"))

        home = folder / "box"
        home.mkdir(mode=0o711)
        environment = of_box(office, line.url, token, shift) | {"PORT": str(free_port())}
        async with Box(home, environment) as box:
            line.cut()
            morning = Morning(box.url, office, staff)
            desks = [asyncio.create_task(morning.desk(one)) for one in ("1", "2", "3")]
            desks.append(asyncio.create_task(morning.helper()))

            # at the hub meanwhile: cancelled, moved, and newly booked
            known, cancelled, moved = ahead[:60], ahead[60:65], ahead[65:]
            for visit in cancelled:
                await commands.cancel(
                    pool, office.office_id, office.at("07:02"), "web", None, id_of(visit)
                )
            for visit in moved:
                await commands.reschedule(
                    pool,
                    office.office_id,
                    office.at("07:02"),
                    "web",
                    None,
                    id_of(visit),
                    office.at("10:00"),
                )
            soon = office.at("08:30")
            while soon < datetime.now(UTC) + timedelta(seconds=shift + 9, minutes=30):
                soon += timedelta(minutes=5)  # a slow machine took its time until here
            fresh = [await citizen.order(office, soon) for _ in range(10)]

            visitors = [morning.come("known", qr(office, one)) for one in known]
            visitors += [morning.come("foreign", qr(other, one)) for one in foreign]
            visitors += [
                morning.come("forged", qr(office, one, secret="somebody else's " * 3))
                for one in known[:5]
            ]
            visitors += [morning.walk_in() for _ in range(70)]
            chance.shuffle(visitors)
            door = asyncio.create_task(at_the_door(visitors, chance))

            for _ in range(2):
                await asyncio.sleep(chance.uniform(1.5, 4))
                await box.die()
                await box.live()
            comes = soon - timedelta(minutes=29, seconds=59)
            while datetime.now(UTC) + timedelta(seconds=shift) < comes:
                await asyncio.sleep(0.1)
            late = {"fresh": fresh, "cancelled": cancelled, "moved": moved}
            await asyncio.gather(
                *(morning.come(kind, qr(office, one)) for kind in late for one in late[kind])
            )
            await door
            await asyncio.sleep(1)
            await box.die()
            line.heal()
            await box.live()
            morning.over = True
            await asyncio.gather(*desks)
            await told(box, pool, office)

            by_kind = {
                kind: Counter(one["decision"] for one in found)
                for kind, found in morning.decisions.items()
            }
            in_time = {"enter", "wait_outside"}
            for kind in ("known", "cancelled", "moved", "fresh"):
                assert set(by_kind[kind]) <= in_time, by_kind
            assert by_kind["forged"] == {"invalid": 5}
            assert by_kind["foreign"] == {"wrong_office": 2}

            await the_hub_has_every_arrival(database, office, morning)
            await the_law_held(database, office)
            now = datetime.now(UTC) + timedelta(seconds=shift)
            assert await reads.check_office(pool, office.office_id, now) == []
            async with box.pool() as own:
                now = datetime.now(UTC) + timedelta(seconds=shift)
                await commands.settle(own, office.office_id, now)
                assert await reads.check_office(own, office.office_id, now) == []
            await morning.client.aclose()
        await citizen.client.aclose()


async def at_the_door(visitors: list[Any], chance: random.Random) -> None:
    """They come one after the other, and do not wait for each other's answers."""
    async with asyncio.TaskGroup() as tasks:
        for visitor in visitors:
            tasks.create_task(visitor)
            await asyncio.sleep(chance.uniform(0, 0.15))


async def told(box: "Box", hub_pool: db.Pool, office: Office) -> None:
    """Everything the box did has been heard."""
    async with box.pool() as own, asyncio.timeout(40):
        while True:
            there = await reads.floor(own, office.office_id, datetime.now(UTC))
            here = await reads.floor(hub_pool, office.office_id, datetime.now(UTC))
            assert there
            assert here
            same = there["epoch"] == here["epoch"]
            word = await versions(own, hub_pool, office)
            if same and there["untold"] == 0 and word:
                return
            await asyncio.sleep(0.2)


async def versions(own: db.Pool, hub_pool: db.Pool, office: Office) -> bool:
    """Both show the same board, but for what time and place make different."""
    at = datetime.now(UTC)
    boards = [await reads.board(one, office.office_id, at) for one in (own, hub_pool)]
    kept = [{name: board[name] for name in ("waiting", "counters", "outside")} for board in boards]
    return kept[0] == kept[1]


async def the_hub_has_every_arrival(
    database: db.Database, office: Office, morning: Morning
) -> None:
    async with db.owner(database.owner_url) as owner:
        rows = await owner.fetch(
            "select visit_id, number, arrived_at from queue.visit where office_id = $1",
            office.office_id,
        )
    there = {str(row["visit_id"]): row for row in rows}
    for kind in ("known", "cancelled", "moved", "fresh"):
        for decision in morning.decisions[kind]:
            visit = decision["visit"]
            row = there[visit["visit_id"]]
            assert row["number"] == decision["number"]
            assert row["arrived_at"] == datetime.fromisoformat(visit["arrived_at"])
    for visit_id, decision in morning.walked.items():
        if decision["visit"] is not None:
            assert there[str(visit_id)]["number"] == decision["number"]
    numbers = [row["number"] for row in rows if row["number"]]
    assert len(numbers) == len(set(numbers))


async def the_law_held(database: db.Database, office: Office) -> None:
    """At no instant of the joint history was the room over its cap."""
    async with db.owner(database.owner_url) as owner:
        rows = await owner.fetch(
            "select started_at, ended_at, heads from queue.stay where office_id = $1 and present",
            office.office_id,
        )
    steps = sorted(
        [(row["started_at"], row["heads"]) for row in rows]
        + [(row["ended_at"], -row["heads"]) for row in rows if row["ended_at"]]
    )
    there, most = STAFF, 0
    for _, heads in steps:  # who goes at a moment goes before who comes
        there += heads
        most = max(most, there)
    assert most <= CAP
    assert most > CAP - 3, "the room was never full, so this proves little"


class Citizen:
    def __init__(self, url: str) -> None:
        self.client = httpx2.AsyncClient(base_url=f"{url}/api/v1/", timeout=20)

    async def order(self, office: Office, starts_at: datetime) -> Answer:
        """Over HTTP, at what the hub's clock says."""
        answer = await self.client.post(
            f"offices/{office.slug}/bookings",
            json={
                "booking_id": str(uuid4()),
                "service": "copy",
                "starts_at": starts_at.isoformat(),
                "name": "Trần Văn Bình",
                "phone": "",
                "party_size": 1,
            },
        )
        assert answer.status_code == 201, answer.text
        booked = answer.json()
        return {**booked, "secret": booked["token"], "revision": 1}

    async def book(self, pool: db.Pool, office: Office, starts_at: datetime) -> Answer:
        """Early in the morning, before the hub's clock begins."""
        request = booking(starts_at)
        [(_, outcome, facts)] = await commands.book_slots(
            pool, office.office_id, office.at("07:00"), [request]
        )
        assert outcome == "booked", facts
        secret = make_token(office.office_id, bytes.fromhex(facts["token"]))
        return {**facts, "secret": secret, "booking_id": facts["visit_id"]}


def id_of(visit: Answer) -> UUID:
    return UUID(str(visit["booking_id"]))


def qr(office: Office, visit: Answer, secret: str = SECRET) -> str:
    """What the visitor's QR code says."""
    parsed = parse_token(visit["secret"])
    assert parsed
    payload = Payload(
        office_id=office.office_id,
        visit_id=id_of(visit),
        revision=1,
        services=(("copy", 1),),
        starts_at=datetime.fromisoformat(visit["starts_at"]),
        ends_at=datetime.fromisoformat(visit["ends_at"]),
        party_size=1,
    )
    return ticket_link("http://hub.example", visit["secret"], sign(payload, TicketKeys(secret)))


def port_of(service: Running) -> int:
    return int(service.url.rpartition(":")[2])


class Box:
    """`queue-service box` on a folder of its own, which can lose its power."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self.home, self.environment = home, environment
        self.url = f"http://127.0.0.1:{environment['PORT']}"
        self.process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> "Box":
        await self.live()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.process
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, 40)

    async def live(self) -> None:
        self.process = start(self.home, self.environment, ["box"])
        async with asyncio.timeout(150), httpx2.AsyncClient() as client:
            while True:
                assert self.process.poll() is None, "the box ended while it started"
                with contextlib.suppress(httpx2.HTTPError):
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        break
                await asyncio.sleep(0.05)
            while True:
                async with self.pool() as own:
                    [office] = await reads.directory(own)
                    floor = await reads.floor(own, office["office_id"], datetime.now(UTC))
                if floor and floor["ready"]:
                    return
                await asyncio.sleep(0.1)

    async def die(self) -> None:
        """Power off: every process at once, PostgreSQL first."""
        assert self.process
        postmaster = int((self.home / "postgres" / "postmaster.pid").read_text().split()[0])
        for pid in (postmaster, self.process.pid, *children(self.process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(self.process.wait)

    @contextlib.asynccontextmanager
    async def pool(self) -> AsyncGenerator[db.Pool, None]:
        with embedded.held(self.home, self.environment["POSTGRES_BIN"]) as server:
            async with db.connect(server.url(db.APP_ROLE, db.DATABASE), 1) as pool:
                yield pool
