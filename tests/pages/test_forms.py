"""Every key of an office's file is a field of a form, in a real browser, and back in the file."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec import Struct, inspect
from playwright.async_api import Browser, Page

from queue_service import db, reads
from queue_service.manager.asked import KINDS, shared_by
from queue_service.manager.frame import PAGES
from queue_service.offices.form import OfficeFile
from queue_service.outgoing import kinds
from tests.devices import PHONE, TABLET, device, staff, token_for
from tests.lobby import Lobby
from tests.offices import Office, make_office
from tests.pages.test_changes import confirm
from tests.serving import Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio

# What the browser never changes: it is printed on tickets, or is a file beside the file.
STAYS = {"office.slug", "office.number", "messages.texts_from"}
NEXT_YEAR = date(2027, 1, 1)
GONE = object()  # the key has left the file, for it says what is usual


def filled(
    path: str, field: str, value: object, expected: object = ..., one: str = ""
) -> tuple[str, str, object, object, str]:
    """A key, the field it stands in, what is put in there, what the file says then, and of which
    row."""
    return path, field, value, value if expected is ... else expected, one


# By page: what is filled in there, and what the file must say afterwards.
FORMS: Mapping[str, Sequence[tuple[str, str, object, object, str]]] = {
    "about": [
        filled("office.name.vi", "name_vi", "Văn phòng mới"),
        filled("office.name.en", "name_en", "New office"),
        filled("office.kind", "kind", "bank"),
        filled("office.address.vi", "address_vi", "1 đường Hoa"),
        filled("office.address.en", "address_en", "1 Hoa street"),
        filled("office.phone", "phone", "0236 1023"),
        filled("office.location.latitude", "location_latitude", "16,1006", 16.1006),
        filled("office.location.longitude", "location_longitude", "108.2494", 108.2494),
        filled("office.aliases", "aliases", "UBND phường\n\nmột cửa ", ["UBND phường", "một cửa"]),
        filled("office.old_names", "old_names", "Phường cũ", ["Phường cũ"]),
        filled("office.time_zone", "time_zone", "Asia/Bangkok"),
        filled("office.public_holidays", "public_holidays", True),
    ],
    "rules": [
        filled("rules.booking_days", "booking_days", 9),
        filled("rules.lead_minutes", "lead_minutes", 45),
        filled("rules.earliness_minutes", "earliness_minutes", 20),
        filled("rules.lateness_minutes", "lateness_minutes", 12),
        filled("rules.headroom_minutes", "headroom_minutes", 16),
        filled("rules.usual_wait_minutes", "usual_wait_minutes", 10),
        filled("rules.bookings_per_phone", "bookings_per_phone", 3),
        filled("rules.largest_party", "largest_party", 6),
        filled("rules.leave_minutes", "leave_minutes", 3),
        filled("rules.exits", "exits", "counted"),
        filled("rules.lunch", "lunch", "arrived"),
        filled("rules.invitation_minutes", "invitation_minutes", 4),
        filled("rules.invitations", "invitations", 2),
        filled("rules.absent_minutes", "absent_minutes", 14),
        filled("rules.slip_minutes", "slip_minutes", 1),
        filled("rules.pass_minutes", "pass_minutes", 11),
        filled("rules.overdue_minutes", "overdue_minutes", 50),
        filled("rules.due_minutes", "due_minutes", 6),
        filled("rules.window_minutes", "window_minutes", 35),
        filled("rules.walk_in_share", "walk_in_share", 40),
        filled("rules.retention_days", "retention_days", 20),
    ],
    "board": [
        filled("board.message.vi", "message_vi", "Hôm nay nghỉ lúc 16:00"),
        filled("board.message.en", "message_en", "Closing at 16:00 today"),
        filled("board.volume", "volume", 0),
        filled("board.muted", "muted", "11:30-13:30", ["11:30-13:30"]),
        filled("board.top_seconds", "top_seconds", 9),
        filled("board.stale_seconds", "stale_seconds", 60),
        filled("board.screens", "screens", "lobby\ndoor", ["lobby", "door"]),
    ],
    "messages": [
        filled("messages.send", "send-near", False, [k for k in kinds.CONFIGURABLE if k != "near"]),
        filled("messages.carriers", "carriers", "twilio\ngateway", ["twilio", "gateway"]),
        filled("messages.quiet", "quiet", "20:30-07:30"),
        filled("messages.links", "links", "no", False),
        filled("messages.day_before_minutes", "day_before_minutes", 2880),
        filled("messages.hour_before_minutes", "hour_before_minutes", 90),
        filled("messages.near", "near", 4),
    ],
    "texts?id=called": [
        filled("messages.texts.vi", "text_vi", "Số {number} mời tới {counter}.", one="called"),
        filled("messages.texts.en", "text_en", "Number {number}: {counter}.", one="called"),
    ],
    "fairness": [
        filled("fairness.prove_phone", "prove_phone", True),
        filled("fairness.hold_minutes", "hold_minutes", 9),
        filled("fairness.code_tries", "code_tries", 4),
        filled("fairness.codes_per_hour", "codes_per_hour", 2),
        filled("fairness.offer_minutes", "offer_minutes", 11),
        filled("fairness.return_minutes", "return_minutes", 50),
        filled("fairness.new_days", "new_days", "09:00-10:00"),
        filled("fairness.per_person", "per_person", 2),
        filled("fairness.authority", "authority", "da-nang"),
    ],
    "door": [
        filled("door.entry_check", "entry_check", True),
        filled("door.question.vi", "question_vi", "Ông/bà có sốt không?"),
        filled("door.question.en", "question_en", "Do you have a fever?"),
        filled("door.one_number", "one_number", True),
    ],
    "areas?id=hall": [
        filled("area.name.vi", "name_vi", "Sảnh lớn", one="hall"),
        filled("area.name.en", "name_en", "Great hall", one="hall"),
        filled("area.staff.days", "staff-0-first", "mon", "mon-sat", one="hall"),
        filled("area.staff.days", "staff-0-last", "sat", "mon-sat", one="hall"),
        filled("area.staff.from", "staff-0-from", "07:00", one="hall"),
        filled("area.staff.to", "staff-0-to", "17:30", one="hall"),
        filled("area.staff.people", "staff-0-people", 4, one="hall"),
    ],
    "areas?id=": [
        filled("area.id", "id", "annex"),
        filled("area.name.vi", "name_vi", "Nhà phụ", one="annex"),
        filled("area.name.en", "name_en", "Annex", one="annex"),
        filled("area.staff", "staff", 1, one="annex"),
    ],
    "pools?id=desks": [
        filled("pool.planned.days", "planned-0-first", "mon", "mon-fri", one="desks"),
        filled("pool.planned.days", "planned-0-last", "fri", "mon-fri", one="desks"),
        filled("pool.planned.from", "planned-0-from", "07:30", one="desks"),
        filled("pool.planned.to", "planned-0-to", "11:30", one="desks"),
        filled("pool.planned.counters", "planned-0-counters", 3, one="desks"),
    ],
    "pools?id=": [
        filled("pool.id", "id", "two"),
        filled("pool.planned", "planned", 2, one="two"),
        filled("queue.pool", "members-justice", True, "two", one="justice"),
    ],
    "queues?id=": [
        filled("queue.id", "id", "notary"),
        filled("queue.letter", "letter", "C", one="notary"),
        filled("queue.name.vi", "name_vi", "Công chứng", one="notary"),
        filled("queue.name.en", "name_en", "Notary", one="notary"),
        filled("queue.area", "area", "hall", one="notary"),
        filled("queue.planned.days", "planned-0-first", "tue", one="notary"),
        filled("queue.planned.from", "planned-0-from", "07:30", one="notary"),
        filled("queue.planned.to", "planned-0-to", "11:30", one="notary"),
        filled("queue.planned.counters", "planned-0-counters", 2, one="notary"),
        filled("counter.queues", "members-3", True, ["justice", "permits", "notary"], "3"),
    ],
    "queues?id=permits": [
        filled("queue.pool", "pool", "", GONE, one="permits"),
        filled("queue.planned", "planned", 1, one="permits"),
    ],
    "queues?id=guidance": [
        filled("queue.guidance", "guidance", False, GONE, one="guidance"),
    ],
    "counters?id=": [
        filled("counter.id", "id", "4"),
        filled("counter.name.vi", "name_vi", "Quầy 4", one="4"),
        filled("counter.name.en", "name_en", "Counter 4", one="4"),
        filled("counter.where.vi", "where_vi", "Bên trái", one="4"),
        filled("counter.where.en", "where_en", "On the left", one="4"),
        filled("counter.area", "area", "hall", one="4"),
        filled("counter.queues", "queues-permits", True, ["permits"], one="4"),
    ],
    "services?id=": [
        filled("service.id", "id", "birth"),
        filled("service.name.vi", "name_vi", "Đăng ký khai sinh", one="birth"),
        filled("service.name.en", "name_en", "Birth registration", one="birth"),
        filled("service.queue", "queue", "justice", one="birth"),
        filled("service.minutes", "minutes", 20, one="birth"),
        filled("service.field.vi", "field_vi", "Hộ tịch", one="birth"),
        filled("service.field.en", "field_en", "Civil status", one="birth"),
        filled("service.aliases", "aliases", "giấy khai sinh", ["giấy khai sinh"], one="birth"),
        filled("service.papers.vi", "papers_vi", "Giấy chứng sinh", ["Giấy chứng sinh"], "birth"),
        filled("service.papers.en", "papers_en", "Attestation", ["Attestation"], "birth"),
        filled("service.national_code", "national_code", "1.001193", one="birth"),
        filled("service.urgent", "urgent", True, one="birth"),
        filled("service.collects", "collects", True, one="birth"),
        filled("service.in_person", "in_person", True, one="birth"),
        filled("service.scarce", "scarce", True, one="birth"),
        filled("service.channels.channel", "channels-0-channel", "online", one="birth"),
        filled("service.channels.mode", "channels-0-mode", "steered", one="birth"),
        filled("service.channels.url", "channels-0-url", "https://dichvucong.gov.vn", one="birth"),
        filled("service.channels.valid_from", "channels-0-valid_from", NEXT_YEAR, one="birth"),
        filled("service.channels.valid_to", "channels-0-valid_to", date(2027, 6, 30), one="birth"),
    ],
    "rota-rules": [
        filled("rota.leader", "leader", True),
        filled("rota.covered", "covered-guidance", False, ["justice", "permits"]),
        filled("rota.public", "public", "numbers"),
        filled("shift.id", "name_vi-shift", "Ca sáng", "shift-1"),
        filled("shift.name.vi", "name_vi-shift", "Ca sáng"),
        filled("shift.name.en", "name_en-shift", "Morning"),
        filled("shift.from", "from-shift", "07:30"),
        filled("shift.to", "to-shift", "11:30"),
        filled("group.id", "name_vi-group", "Nhóm 1", "group-1"),
        filled("group.name.vi", "name_vi-group", "Nhóm 1"),
        filled("group.name.en", "name_en-group", "Group 1"),
        filled("attendance.id", "place-attendance", "home", "attendance-1"),
        filled("attendance.place", "place-attendance", "home"),
        filled("attendance.minimum", "minimum-attendance", 10),
        filled("attendance.maximum", "maximum-attendance", 50),
        filled("attendance.unit", "unit-attendance", "percent"),
        filled("attendance.valid_from", "valid_from-attendance", NEXT_YEAR),
        filled("attendance.valid_to", "valid_to-attendance", date(2027, 6, 30)),
    ],
    "targets?id=": [
        filled("target.percent", "percent", 40),
        filled("target.service", "service", "copy"),
        filled("target.valid_from", "valid_from", NEXT_YEAR),
        filled("target.valid_to", "valid_to", date(2027, 6, 30)),
    ],
    "printers?id=": [
        filled("printer.id", "id", "door"),
        filled("printer.name.vi", "name_vi", "Máy in ở cửa", one="door"),
        filled("printer.name.en", "name_en", "Printer at the door", one="door"),
        filled("printer.address", "address", "tcp://192.168.1.50:9100", one="door"),
        filled("printer.paper", "paper", 58, one="door"),
        filled("printer.dots", "dots", 400, one="door"),
    ],
    "caps": [
        filled("cap.binds", "binds-hall", "walk-ins", one="hall"),
        filled("cap.maximum", "maximum-hall", 18, one="hall"),
        filled("cap.scope", "scope", "queue:justice", one="queue-justice-1"),
        filled("cap.kind", "scope", "queue:justice", "hour", one="queue-justice-1"),
        filled("cap.id", "scope", "queue:justice", "queue-justice-1"),
        filled("cap.maximum", "maximum", 9, one="queue-justice-1"),
        filled("cap.hour_rule", "hour_rule", "any-60-minutes", one="queue-justice-1"),
        filled("cap.valid_from", "valid_from", date(2027, 1, 1), one="queue-justice-1"),
        filled("cap.valid_to", "valid_to", date(2027, 12, 31), one="queue-justice-1"),
    ],
    "days?id=": [
        filled("planned.day", "day", date(2027, 4, 2)),
        filled("planned.area", "area-hall", 2, one="hall"),
        filled("planned.pool", "pool-desks", 1, one="desks"),
        filled("planned.queue", "queue-permits", 0, one="permits"),
        filled("planned.queue.from", "queue-justice-0-from", "08:00", one="justice"),
        filled("planned.queue.to", "queue-justice-0-to", "10:00", one="justice"),
        filled("planned.queue.counters", "queue-justice-0-counters", 1, one="justice"),
    ],
    "days?id=#by-hours": [
        filled("planned.day", "day", date(2027, 4, 3)),
        filled("planned.area.from", "area-hall-0-from", "08:00", one="hall"),
        filled("planned.area.to", "area-hall-0-to", "10:00", one="hall"),
        filled("planned.area.people", "area-hall-0-people", 5, one="hall"),
        filled("planned.pool.from", "pool-desks-0-from", "08:30", one="desks"),
        filled("planned.pool.to", "pool-desks-0-to", "10:30", one="desks"),
        filled("planned.pool.counters", "pool-desks-0-counters", 3, one="desks"),
    ],
    "opening": [
        filled("hours", "mon", "08:00-11:30", {"mon": ["08:00-11:30"]}),
    ],
    "closures": [
        filled("closed.day", "day", date(2027, 3, 29)),
        filled("closed.until", "until", date(2027, 3, 30), GONE),  # day by day
        filled("closed.day", "until", date(2027, 3, 30)),
        filled("closed.name.vi", "name_vi", "Bảo trì"),
        filled("closed.name.en", "name_en", "Maintenance"),
        filled("open.day", "open_day", date(2027, 4, 24)),
        filled("open.hours", "open_hours", "07:30-11:00", ["07:30-11:00"]),
        filled("urgent_only.valid_from", "urgent_from", date(2027, 4, 1)),
        filled("urgent_only.valid_to", "urgent_to", date(2027, 4, 15)),
    ],
}  # fmt: skip


def keys(struct: type[Struct], path: str = "") -> Iterator[str]:
    """Every key of the office file, as `service.channels.url`."""
    found = inspect.type_info(struct)
    assert isinstance(found, inspect.StructType)
    for key in found.fields:
        yield from _under(key.type, f"{path}{key.encode_name}")


def _under(kind: inspect.Type, path: str) -> Iterator[str]:
    if isinstance(kind, inspect.StructType):
        yield from keys(kind.cls, f"{path}.")
    elif isinstance(kind, inspect.ListType) and isinstance(kind.item_type, inspect.StructType):
        yield from keys(kind.item_type.cls, f"{path}.")
    elif isinstance(kind, inspect.DictType):
        yield from _under(kind.value_type, path)
    elif isinstance(kind, inspect.UnionType):
        for one in kind.types:
            if not isinstance(one, inspect.NoneType):
                yield from _under(one, path)
    else:
        yield path


def test_no_key_of_the_file_is_without_a_form() -> None:
    asked = {path for page in FORMS.values() for path, *_ in page}
    assert set(keys(OfficeFile)) == asked | STAYS


def test_every_key_of_the_file_is_told_of_in_its_description() -> None:
    page = (Path(__file__).parents[2] / "docs" / "office-file.md").read_text()
    told = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"```toml\n(.*?)```", page, re.DOTALL))))
    assert {path.split(".")[-1] for path in keys(OfficeFile)} - told == set()


def test_every_message_that_has_words_can_be_given_others() -> None:
    assert {kind for kind, _ in KINDS} == set(kinds.KINDS) - kinds.NO_WORDS_OF_ITS_OWN


def test_shared_counters_are_called_by_the_queues_that_share_them_and_not_by_their_id() -> None:
    names = ("Hộ tịch", "Chứng thực", "Đất đai, xây dựng", "Cư trú")
    queues = [{"id": name, "name": {"vi": name}, "pool": "desks"} for name in names]
    queues.append({"id": "other", "name": {"vi": "Trả kết quả"}})
    few, many = {"queue": [*queues[:2], queues[-1]]}, {"queue": queues}
    assert shared_by(few, {"id": "desks"}, "vi") == "Hộ tịch; Chứng thực"
    assert shared_by(many, {"id": "desks"}, "vi") == "Hộ tịch; Chứng thực; Đất đai, xây dựng; …"
    assert shared_by({"queue": []}, {"id": "desks"}, "vi") == "desks"


def test_every_form_is_in_the_way_from_page_to_page() -> None:
    assert {page.partition("?")[0] for page in FORMS} <= {end for end, *_ in PAGES}


async def open_all(page: Page) -> None:
    closed = page.locator("main details:not([open]) > summary")
    while await closed.count():
        await closed.first.click()


async def fill_in(page: Page, field: str, value: object) -> None:
    """As a person would: ticked, chosen, or typed."""
    one = page.locator(f'[name="{field}"]')
    kind = await one.evaluate("e => e.type")
    if isinstance(value, bool):
        await one.set_checked(value)
    elif kind.startswith("select"):
        await one.select_option(str(value))
    else:
        await one.fill(str(value))


def said(file: Mapping[str, Any], path: str, one: str) -> list[object]:
    """What the file says there: of one row by its id, or of every row that there is."""
    found: list[Any] = [file]
    for step in path.split("."):
        tables = [cast("dict[str, Any]", x) for x in found if isinstance(x, dict)]
        values: list[Any] = [table[step] for table in tables if step in table]
        values = [x[one] if isinstance(x, dict) and one in x else x for x in values]
        found = []
        for x in values:
            found += x if isinstance(x, list) else [x]
        for n, x in enumerate(found):
            if isinstance(x, dict) and one and cast("dict[str, Any]", x).get("id", one) != one:
                found[n] = None  # another row
    return [x for x in found if x is not None]


@pytest.mark.parametrize("page_name", list(FORMS))
async def test_what_is_filled_in_stands_in_the_file_once_it_is_confirmed(
    browser: Browser, served: Served, pool: db.Pool, page_name: str
) -> None:
    office = await make_office(pool, guidance=True, pool_id="desks")
    token = await token_for(pool, office, "manager")
    async with device(browser, served, token, TABLET, script=False) as page:
        await page.goto(f"/manage/{office.slug}/{page_name}")
        await open_all(page)
        for _path, field, value, _expected, _one in FORMS[page_name]:
            await fill_in(page, field, value)
        await page.locator("main form button").first.click()
        assert "/changes/" in page.url, await page.locator("main").inner_text()
        await page.locator('button[value="apply"]').click()
        assert "did=applied" in page.url
    async with staff(served, pool, office, "manager") as manager:
        text = (await manager.get(f"/manage/{office.slug}/office.toml")).text
        history = await reads.office_version(pool, office.office_id, 2)
    file = tomllib.loads(text)
    for path, _field, _value, expected, one in FORMS[page_name]:
        found = said(file, path, one)
        if expected is GONE:
            assert found == [], path
        elif isinstance(expected, list):
            assert found == expected, path
        elif isinstance(expected, dict):
            assert found[0] == cast("dict[str, Any]", found[0]) | expected, path
        else:
            assert expected in found or str(expected) in found, (path, found)
    assert history is not None
    assert history["before"] != history["file"]
    assert history["actor"] == "manager:the manager"


@pytest.mark.parametrize(
    ("page", "sent", "field", "vi", "en"),
    [
        ("rules", {"booking_days": "400"}, "booking_days", "0 đến 365", "from 0 to 365"),
        ("board", {"message_vi": "Chào", "volume": "50"}, "message_en", "hai thứ tiếng", "both"),
        ("board", {"muted": "trưa", "volume": "50"}, "muted", "không hiểu giờ", "cannot read"),
        ("board", {"screens": "Sảnh", "volume": "50"}, "screens", "chữ thường", "small letters"),
        ("messages", {"quiet": "đêm"}, "quiet", "không hiểu giờ", "cannot read"),
        ("messages", {"carriers": "zalo"}, "carriers", "không có nhà mạng", "no carrier"),
        ("texts", {"one": "called", "text_vi": "{x}", "text_en": "{x}"}, "text_vi", "{x}", "{x}"),
        ("about", {"location_latitude": "99"}, "location_latitude", "theo độ", "in degrees"),
        ("about", {"time_zone": "Asia/Hue"}, "time_zone", "không có múi giờ", "no time zone"),
        ("areas", {"name_vi": "A"}, "name_en", "hai thứ tiếng", "both languages"),
        ("queues", {"letter": "1"}, "letter", "xem gợi ý", "look at the hint"),
        ("queues", {"letter": "A"}, "letter", "đã dùng", "has the letter"),
        ("counters", {}, "queues", "ít nhất một", "at least one"),
        ("services", {"minutes": "0"}, "minutes", "từ 1 đến 480", "from 1 to 480"),
        ("services", {"channels-0-channel": "online"}, "channels-0-channel", "cần có url", "a url"),
        ("services", {"papers_vi": "a\nb"}, "papers_en", "2 dòng", "2 lines"),
        ("printers", {"address": "LPT1"}, "address", "địa chỉ máy in", "no printer"),
        ("printers", {"dots": "401"}, "dots", "chia hết cho 8", "in eights"),
        ("pools", {"planned": "", "planned-0-from": "07:30"}, "planned-0-first", "thứ", "days"),
        ("opening", {"mon": "7-11"}, "mon", "viết như", "write them as"),
        ("caps", {"maximum-hall": "nhiều"}, "maximum-hall", "một số", "a number"),
        ("closures", {"open_day": "2027-05-05"}, "open_day", "hãy ghi giờ", "give it hours"),
        ("closures", {"urgent_from": "2027-05-05"}, "urgent_to", "đủ hai ngày", "both days"),
    ],
)  # fmt: skip
async def test_a_mistake_stands_beside_its_field_in_the_managers_language(
    served: Served, pool: db.Pool, page: str, sent: dict[str, str], field: str, vi: str, en: str
) -> None:
    office = await make_office(pool)
    right = {
        "about": {"name_vi": "A", "name_en": "A", "kind": "office", "time_zone": "UTC"},
        "areas": {"name_en": "", "staff": "0"},
        "queues": {"name_vi": "A", "name_en": "A", "area": "hall", "letter": "C", "planned": "1",
                   "members-3": "1"},
        "counters": {"name_vi": "A", "name_en": "A", "area": "hall"},
        "services": {"name_vi": "A", "name_en": "A", "queue": "justice", "minutes": "5"},
        "printers": {"name_vi": "A", "name_en": "A", "address": "file", "paper": "80", "dots": ""},
        "caps": {"maximum-hall": "20", "maximum-desk": "2"},
    }  # fmt: skip
    async with staff(served, pool, office, "manager") as manager:
        usual = {"board": {"top_seconds": "8", "stale_seconds": "45"}}
        usual["messages"] = {"day_before_minutes": "0", "hour_before_minutes": "0", "near": "3"}
        form = right.get(page, {}) | usual.get(page, {}) | sent
        for language, words in (("vi", vi), ("en", en)):
            where = f"/manage/{office.slug}/{page}?lang={language}"
            answer = await manager.post(where, data=form)
            assert answer.status_code == 422
            beside = re.search(rf'id="{field}-error">(.*?)</p>', answer.text, re.DOTALL)
            assert beside is not None, text_of(answer.text)
            assert words in text_of(beside[1])
            assert f'href="#{field}"' in answer.text
        assert (
            await reads.office_versions(pool, office.office_id) == []
            or len(await reads.office_versions(pool, office.office_id)) == 1
        )


async def test_what_was_typed_stays_when_something_is_wrong(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "manager") as manager:
        sent = {"one": "", "name_vi": "Đăng ký khai sinh", "minutes": "x", "urgent": "1"}
        sent |= {"channels-lines": "2", "channels-1-url": "https://a.vn"}
        page = (await manager.post(f"/manage/{office.slug}/services", data=sent)).text
    assert 'value="Đăng ký khai sinh"' in page
    assert 'value="x"' in page
    assert 'value="https://a.vn"' in page
    assert re.search(r'name="urgent" value="1" checked', page)


async def test_two_managers_never_overwrite_each_other_unseen(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "manager")
    async with (
        staff(served, pool, office, "manager") as other,
        device(browser, served, token, TABLET) as page,
    ):
        await page.goto(f"/manage/{office.slug}/counters?id=1&lang=vi")
        await page.fill('[name="name_vi"]', "Quầy Một")
        sent = {"one": "1", "name_vi": "Quầy 1", "name_en": "Desk 1", "area": "hall"}
        sent |= {"queues-justice": "1", "where_vi": "Tầng 2", "where_en": "Upstairs"}
        answer = await other.post(f"/manage/{office.slug}/counters", data=sent)
        await confirm(other, answer.headers["location"])
        await page.locator("main form button").first.click()
        told = await page.locator("main").inner_text()
        assert "Có người vừa thay đổi mục này" in told
        assert "Tầng 2" in told  # what the other has written
        assert await page.input_value('[name="name_vi"]') == "Quầy Một"
        await page.locator("main form button").first.click()  # seen, and meant
        assert "/changes/" in page.url


async def test_two_managers_at_different_things_are_not_in_each_others_way(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "manager") as one:
        home = f"/manage/{office.slug}"
        shown = (await one.get(f"{home}/board")).text
        version = re.search(r'name="version" value="(\d+)"', shown)
        assert version is not None
        await confirm(one, (await one.post(f"{home}/caps", data={
            "maximum-hall": "19", "maximum-desk": "2"})).headers["location"])  # fmt: skip
        sent = {"version": version[1], "message_vi": "Chào", "message_en": "Hello", "volume": "5",
                "top_seconds": "8", "stale_seconds": "45"}  # fmt: skip
        await confirm(one, (await one.post(f"{home}/board", data=sent)).headers["location"])
        file = tomllib.loads((await one.get(f"{home}/office.toml")).text)
    assert file["board"]["volume"] == 5
    assert [row["maximum"] for row in file["cap"] if row["id"] == "hall"] == [19]


async def test_what_others_still_need_is_not_removed(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "manager") as manager:
        home = f"/manage/{office.slug}"
        for page, one, said_ in (
            ("queues", "permits", "Building permit, Counter 3|Counter 3, Building permit"),
            ("areas", "hall", "There is a cap on it"),
        ):
            answer = await manager.post(f"{home}/{page}", data={"one": one, "act": "drop"})
            assert answer.status_code == 422
            assert re.search(said_, text_of(answer.text))


async def test_removing_a_service_shows_who_is_booked_for_it_and_can_be_undone(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    lobby = Lobby(pool, office)
    await lobby.book("09:00", now="07:00", phone="+84905123456", name="Lê Sáng")
    token = await token_for(pool, office, "manager")
    async with device(browser, served, token, PHONE) as page:
        await page.goto(f"/manage/{office.slug}/services?id=record&lang=vi")
        await page.get_by_role("button", name="Xem điều gì xảy ra nếu bỏ mục này").click()
        await page.locator('button[value="apply"]').click()
        await page.goto(f"/manage/{office.slug}/services")
        assert "Phiếu lý lịch tư pháp" not in await page.locator("main").inner_text()
        await page.goto(f"/manage/{office.slug}/history/1")
        await page.locator("main form button").click()
        await page.locator('button[value="apply"]').click()
        await page.goto(f"/manage/{office.slug}/services")
        assert "Phiếu lý lịch tư pháp" in await page.locator("main").inner_text()


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_every_form_can_be_used_by_everybody_on_a_phone(
    browser: Browser, served: Served, pool: db.Pool, language: str
) -> None:
    office = await make_office(pool, guidance=True, pool_id="desks")
    token = await token_for(pool, office, "manager")
    ways = [*FORMS, *{page.partition("?")[0] for page in FORMS if "?" in page}]
    async with device(browser, served, token, PHONE) as page:
        for way in ways:
            url = f"/manage/{office.slug}/{way}{'&' if '?' in way else '?'}lang={language}"
            await page.goto(url)
            await open_all(page)
            assert await problems(page) == [], url
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE["width"], url
            way_on = await page.locator("details.pages").bounding_box()
            assert way_on is not None
            assert way_on["height"] < 80, "the way from page to page takes a line"
