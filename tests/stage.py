"""A service in the midst of a morning, with something of everything in it: what pages are shown on.

The ward at twenty to ten of a Tuesday: people at its counters, in its room and outside, bookings to
come, a week behind it; its authority with a directive in force; a hotline with things to answer.
"""

import contextlib
import secrets
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx2
from playwright.async_api import Page

from queue_service import commands, db, offices, passwords, tickets, tokens
from queue_service.outgoing.carrier import Permanent
from queue_service.settings import Settings
from tests.authority import ACTOR, direct, in_force, measure, room, work
from tests.changes import MANAGER, draft, proposed
from tests.changes import confirm as confirm_change
from tests.fairness import wait
from tests.floors import empty_database
from tests.lobby import Answer, Lobby
from tests.offices import DAY, LONG_AGO, Office
from tests.pages.test_changes import confirm
from tests.pages.test_messages import send
from tests.pages.test_second_factor import with_a_phone
from tests.people import PASSWORD, Person, sign_in, visitor
from tests.rota import Rota, attendance, day, with_rota
from tests.serving import HANOI, Served, serve, text_of
from tests.test_catalogue import BIRTH, COPY, HEAD, as_csv
from tests.test_sender import Post

NOW = datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(hours=9, minutes=40) - HANOI
AUTHORITY = "da-nang"
PEOPLE = {
    "helper": "Lê Thị Mai",
    "clerk": "Trần Thị Lan",
    "operator": "Phạm Thị Hoa",
    "manager": "Nguyễn Thu Hà",
    "auditor": "Võ Văn Kiểm",
    "authority": "Sở Nội vụ Đà Nẵng",
    "admin": "Quản trị viên",
}
DEVICES = ("kiosk", "board")
VISITORS = (
    "Nguyễn Thị Ánh", "Trần Văn Bình", "Lê Thị Cúc", "Phạm Văn Dũng", "Hoàng Thị Em",
    "Võ Văn Giang", "Đặng Thị Hạnh", "Bùi Văn Khôi", "Đỗ Thị Liên", "Hồ Văn Minh",
)  # fmt: skip
STAFF = (
    ("Nguyễn Văn An", "Phó Giám đốc"), ("Phạm Văn Dũng", "Giám đốc"),
    ("Trần Thị Lan", "Công chức tư pháp – hộ tịch"), ("Lê Thị Hồng", "Công chức địa chính"),
    ("Đỗ Thị Hà", "Nhân viên hướng dẫn"),
)  # fmt: skip
SERVICES = (
    "certified-copy", "birth", "certified-copy", "collect-result", "permanent-residence",
    "signature", "marital-status", "civil-extract", "certified-copy", "temporary-residence",
)  # fmt: skip


@dataclass
class Stage:
    """The service, and the names its pages' addresses are filled with."""

    served: Served
    names: dict[str, str] = field(default_factory=dict[str, str])
    cookies: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    async def let_in(self, page: Page, role: str) -> None:
        """Signs that browser in as somebody of the role; "" is nobody."""
        await page.context.clear_cookies()
        jar = self.cookies.get(role, {})
        await page.context.add_cookies(
            [{"name": name, "value": jar[name], "url": self.served.url} for name in jar]
        )


@contextlib.asynccontextmanager
async def staged(settings: Settings, model: db.Database) -> AsyncGenerator[Stage, None]:
    """On a database of its own, so that no other test's offices stand beside."""
    shift = round((NOW - datetime.now(UTC)).total_seconds())
    async with (
        empty_database(model) as mine,
        db.connect(mine.app_url, 4) as pool,
        serve(
            replace(
                settings,
                database_url=mine.app_url,
                clock_shift=shift,
                requests_per_minute=0,
                openid_issuer="http://127.0.0.1:9",
                openid_client_id="queue",
                openid_client_secret="for tests only",
                openid_name="thành phố Đà Nẵng",
            ),
            pool,
        ) as served,
    ):
        stage = Stage(served)
        await offices.import_models(pool, LONG_AGO)
        await _prove_phones(pool)
        await _week(pool)
        await _authority(pool, stage)
        await _morning(pool, stage)
        await _hotline(pool, stage)
        await _sign_ins(pool, stage)
        await _rota(pool, stage)
        await _manager(pool, stage)
        yield stage


def model_office(slug: str) -> Office:
    read = offices.read(offices.model(slug), DAY)
    return Office(read.number, slug, ZoneInfo("Asia/Ho_Chi_Minh"), read.document)


async def _prove_phones(pool: db.Pool) -> None:
    """The bank sends a code to whoever books there."""
    bank = model_office("da-nang-bank")
    bank.file["fairness"]["prove_phone"] = True
    await commands.import_office(pool, bank.office_id, LONG_AGO, "test", bank.file)


def ward(pool: db.Pool, days: int = 0) -> Lobby:
    return Lobby(pool, model_office("ward"), days)


async def _served(lobby: Lobby, counter: str, came: str, done: str, service: str) -> None:
    """Somebody with a number is called, served and gone."""
    visit = await lobby.walk_in(came, service, channel="kiosk")
    if visit["decision"] != "enter":
        return
    await lobby.do("slip", came, visit, "printed")
    hour, minute = map(int, done.split(":"))
    begun = f"{hour:02}:{max(minute - 6, 0):02}"
    await lobby.do("call_number", max(begun, came), counter, visit["visit"]["number"])
    await lobby.do("serve", max(begun, came), visit)
    await lobby.do("finish", done, visit)


async def _week(pool: db.Pool) -> None:
    """The working days behind: enough for pictures of when people come and how long they wait."""
    for days in (-6, -5, -4, -1):
        lobby = ward(pool, days)
        for counter in ("1", "2"):
            await lobby.do("open_counter", "07:30", counter)
        for n in range(18 + days):
            hour, minute = 8 + n // 6, n % 6 * 10
            came, done = f"{hour:02}:{minute:02}", f"{hour:02}:{minute + 9:02}"
            await _served(lobby, str(1 + n % 2), came, done, SERVICES[n % len(SERVICES)])
        await lobby.settle("18:30")
    await commands.count_days(pool, lobby.office.office_id, lobby.at("18:30"), 30)


async def _morning(pool: db.Pool, stage: Stage) -> None:
    lobby = ward(pool)

    async def booked(n: int, starts: str, service: str, **more: Any) -> Answer:
        phone = f"+8490512345{n}"
        return await lobby.book(starts, service, phone=phone, name=VISITORS[n], **more)

    seen = await booked(0, "10:30", "birth")
    await booked(1, "10:50", "certified-copy", party_size=2)
    over = await booked(2, "14:00", "permanent-residence")
    called = await booked(3, "09:35", "signature")
    for n, (starts, service) in enumerate((("14:30", "birth"), ("15:00", "marriage")), 4):
        await booked(n, starts, service)
    for counter in ("1", "2"):
        await lobby.do("open_counter", "07:30", counter, actor=f"clerk:{PEOPLE['clerk']}")
    for n in range(8):
        came, done = f"{8 + n // 6:02}:{n % 6 * 10:02}", f"{8 + n // 6:02}:{n % 6 * 10 + 9:02}"
        await _served(lobby, str(1 + n % 2), came, done, SERVICES[n])
    waits = [
        await lobby.walk_in("09:22", "birth", priority="elderly", party_size=2),
        await lobby.walk_in("09:25", "certified-copy", channel="kiosk"),
        await lobby.walk_in("09:28", "collect-result", channel="kiosk"),
        await lobby.walk_in("09:30", "permanent-residence"),
        await lobby.walk_in("09:31", "certified-copy", channel="kiosk", party_size=3),
        await lobby.walk_in("09:32", "marital-status"),
    ]
    for visit in waits:
        await lobby.do("slip", "09:33", visit, "printed")
    await lobby.arrive("09:34", called)
    await lobby.do("call_next", "09:34", "2", actor=f"clerk:{PEOPLE['clerk']}")
    await lobby.do("recount", "09:35", "room", 19)
    outside = await lobby.walk_in("09:36", "birth")
    await lobby.do("slip", "09:36", outside, "printed")
    number = (await lobby.visit(called))["number"]
    await lobby.do("call_number", "09:38", "1", number, actor=f"clerk:{PEOPLE['clerk']}")
    await lobby.do("serve", "09:38", called)
    await lobby.do("cancel", "09:00", over, "")
    refused = [
        {"command": "book", "code": "slot_full", "count": 7},
        {"command": "walk_in", "code": "area_full", "count": 2},
    ]
    await commands.tally(pool, lobby.office.office_id, lobby.at("09:30"), refused)

    def token(visit: Answer) -> str:
        return tickets.make_token(lobby.office.office_id, bytes.fromhex(visit["token"]))

    stage.names |= {
        "office": "ward",
        "service": "birth",
        "counter": "1",
        "version": "1",
        "code": "slot_full",
        "free": lobby.at("15:30").isoformat().replace("+", "%2B"),
        "token": token(seen),
        "over": token(over),
        "called": token(called),
    }
    waiting = await wait(
        lobby, "09:39", "+84905123490", services=[{"service": "birth", "quantity": 1}]
    )
    stage.names["waiting"] = tickets.make_token(
        lobby.office.office_id, bytes.fromhex(waiting["token"])
    )
    bank = Lobby(pool, model_office("da-nang-bank"))
    asked = bank.request("16:00", "cash", phone="+84905123499", proof="123456", name=VISITORS[8])
    [(_, held)] = await bank.book_group([asked], "09:39")
    stage.names["held"] = tickets.make_token(bank.office.office_id, bytes.fromhex(held["token"]))


async def _authority(pool: db.Pool, stage: Stage) -> None:
    await commands.keep_authority(
        pool, LONG_AGO, "admin:test", AUTHORITY, "Thành phố Đà Nẵng", "Da Nang City"
    )
    every = [model_office(slug) for slug in offices.MODELS]
    for office in every:
        await commands.place_office(pool, office.office_id, LONG_AGO, "admin:test", AUTHORITY)
    preset = uuid4()
    rules: Mapping[str, Any] = {**measure(room(20))["rules"], "urgent_only": False}
    await commands.keep_preset(
        pool, LONG_AGO, ACTOR, AUTHORITY, preset, "Giãn cách", "Distancing", rules
    )
    what = measure(room(20), "2026-04-01", "2026-04-15")
    before = NOW - timedelta(hours=3)
    await in_force(pool, AUTHORITY, {**what, "preset_id": str(preset)}, every[:2], before)
    stage.names |= {"authority": AUTHORITY, "preset": str(preset)}
    later = measure(room(10), "2026-04-06", "2026-04-12")
    shown = await direct(pool, AUTHORITY, later, every, before)
    await work(pool, before)
    stage.names["directive"] = str(shown)


async def _hotline(pool: db.Pool, stage: Stage) -> None:
    office = model_office("ward")
    at = NOW - timedelta(minutes=12)
    for n, words in enumerate(
        ("cho toi hoi lam giay khai sinh cho chau can giay gi", "may gio nghi")
    ):
        phone = f"+8490512346{n}"
        await commands.keep_text(pool, at + timedelta(minutes=n), phone, "gateway", str(n), words)
    await commands.answer_text(
        pool, office.office_id, at, uuid4(), "+84905123471", "vi",
        "Giấy hẹn của ông/bà đã có kết quả. Mời ông/bà đến nhận trong giờ làm việc.",
    )  # fmt: skip
    post = Post()
    post.problems = [Permanent("21614")]
    await send(pool, office, post, at=at)
    for phone in ("+84905123472", "+84905123473"):
        await commands.answer_text(
            pool, office.office_id, at, uuid4(), phone, "vi",
            "Giờ làm việc: 07:30–11:30 và 13:30–17:00, thứ Bảy đến 11:30.",
        )  # fmt: skip
    await send(pool, office, at=at)


async def _rota(pool: db.Pool, stage: Stage) -> None:
    """Two groups take turns: two days are published, then somebody goes on leave."""
    rota = Rota(ward(pool))
    rules = with_rota(
        leader=True,
        attendance=[attendance("half", "home", maximum=50, unit="percent")],
        public="names",
        groups=("a", "b"),
    )
    await confirm_change(rota.lobby, "09:39", await draft(rota.lobby, "09:39", rules))
    queues = [row["queue_id"] for row in rota.lobby.office.file["queues"]]
    for n, (name, title) in enumerate(STAFF):
        group = "ab"[n % 2] if n < 4 else None
        await rota.hire(name, group, title=title, area="room", queues=queues, leads=n < 2)
    await rota.turns(1, 3)
    await rota.publish(1, 2)
    await rota.leave(STAFF[1][0], 2, 3)
    stage.names |= {"day": str(day(2)), "person": str(rota.people[STAFF[0][0]])}


async def _manager(pool: db.Pool, stage: Stage) -> None:
    lobby = ward(pool)

    def lower(file: dict[str, Any]) -> None:
        for row in file["caps"]:
            if row["cap_id"] == "room":
                row["maximum"] = 4

    file = await proposed(pool, lobby.office, lower)
    change_id = uuid4()
    await commands.draft_change(
        pool, lobby.office.office_id, NOW, MANAGER, change_id, file, "Công văn 12/UBND", 30
    )
    stage.names["change"] = str(change_id)


async def _sign_ins(pool: db.Pool, stage: Stage) -> None:
    own = [model_office(slug) for slug in offices.MODELS]
    numbers = [office.office_id for office in own]
    kept = await passwords.make(PASSWORD)
    logins: dict[str, str] = {}
    for role, name in PEOPLE.items():
        logins[role] = f"{role}.{secrets.token_hex(3)}"
        reach = None if role == "admin" else numbers
        await _account(pool, kept, logins[role], role, name, reach)
        async with visitor(stage.served) as client:
            await sign_in(client, logins[role])
            stage.cookies[role] = dict(client.cookies)
    await _by_the_pages(stage)
    for role in DEVICES:
        key = await tokens.make(pool, LONG_AGO, role, numbers, "Sảnh" if role == "board" else "Cửa")
        stage.cookies[role] = {"token": key}
    half = await _account(pool, kept, "hoa.pham", "clerk", "Phạm Thị Hoa", numbers)
    await with_a_phone(stage.served, half)
    async with visitor(stage.served) as client:
        await sign_in(client, half.login)
        stage.cookies["half"] = dict(client.cookies)
    link = secrets.token_urlsafe(24)
    account = await _account(pool, "", "moi.den", "clerk", "Cán bộ mới", numbers)
    await commands.link_account(
        pool, NOW, "test", account.account_id, tokens.sha_of(link), NOW + timedelta(days=3)
    )
    stage.names["link"] = link


async def _by_the_pages(stage: Stage) -> None:
    """What people do there themselves: a counter taken, a message for the lobby, a catalogue."""

    async def send(role: str, path: str, data: Any = None, files: Any = None) -> httpx2.Response:
        async with visitor(stage.served) as client:
            client.cookies.update(stage.cookies[role])
            answer = await client.post(path, data=data, files=files)
        assert answer.status_code in (200, 303), text_of(answer.text)
        return answer

    await send("clerk", "/counter/ward/1/take")
    wish = {"s": "permanent-residence", "phone": "0905 321 654", "name": "Lê Thị Tám"}
    await send("helper", "/triage/ward", {**wish, "wait": "yes", "note": "cần cho con đi học"})
    table = ("danh-muc.csv", as_csv(HEAD, BIRTH, COPY), "text/csv")
    await send("authority", f"/authority/{AUTHORITY}/catalogue", files={"file": table})
    day = '[[closed]]\nday = 2026-09-02\nname.vi = "Quốc khánh"\nname.en = "National Day"\n'
    await send("authority", f"/authority/{AUTHORITY}/shared", {"text": day})
    words = {"message_vi": "Xin giữ trật tự.", "message_en": "Please keep quiet.", "volume": "80"}
    where = (await send("manager", "/manage/ward/board", words)).headers["location"]
    async with visitor(stage.served) as client:
        client.cookies.update(stage.cookies["manager"])
        await confirm(client, where)


async def _account(
    pool: db.Pool, kept: str, login: str, role: str, name: str, numbers: list[int] | None
) -> Person:
    account_id = uuid4()
    reach, authority = ([], AUTHORITY) if role == "authority" else (numbers, None)
    await commands.add_account(
        pool, LONG_AGO, "test", account_id, login, name, role, reach, authority
    )
    if kept:
        await commands.set_password(pool, LONG_AGO, "test", account_id, kept)
    return Person(login, account_id)
