"""The list of staff as CSV or XLSX; every mistake with its line.

Somebody is known by name, however it is typed, or by the account that is theirs alone. Where the
two disagree nobody is guessed at: it is a mistake. A column that is missing says nothing: there
the list stays as it is. Who is not in the table stays too.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from queue_service import names
from queue_service.offices import sheet
from queue_service.offices.problems import FileError, Problem

Person = dict[str, Any]
Wrong = Callable[[str, str], None]

MOST_ROWS = 500
MOST_SAID = 100  # mistakes told of at once
LONGEST = 80

# What the head of a column may say, without marks and in small letters.
HEADS: dict[str, tuple[str, ...]] = {
    "name": ("name", "ho ten", "ho va ten", "ten"),
    "title": ("position", "title", "chuc vu", "chuc danh"),
    "group": ("group", "to", "nhom"),
    "area": ("room", "area", "phong", "khu vuc"),
    "queues": ("fields", "field", "queues", "linh vuc", "hang"),
    "leads": ("leads", "leader", "phu trach", "lanh dao"),
    "account": ("account", "login", "tai khoan", "ten dang nhap"),
    "left_on": ("last day", "left on", "left_on", "ngay cuoi", "ngay lam viec cuoi"),
}
# A group, room or field is called by its id or by its name in either language.
CALLED = {
    "group": ("groups", "group_id", "tổ", "group"),
    "area": ("areas", "area", "khu vực", "room"),
    "queues": ("queues", "queue", "lĩnh vực", "field"),
}


@dataclass(frozen=True)
class Known:
    """What the office has: api.rota as `seen`, and account ids by login."""

    seen: Mapping[str, Any]
    accounts: Mapping[str, str]

    def called(self, column: str) -> dict[str, str]:
        part, key = CALLED[column][:2]
        return {
            sheet.plain(row[name]): row[key]
            for row in self.seen[part]
            for name in (key, "name_en", "name_vi")
        }


@dataclass(frozen=True)
class Line:
    """Somebody as the table has them, beside what the list says now; None: somebody new."""

    staff_id: str
    person: Person
    before: Person | None
    alike: tuple[str, ...] = ()  # who on the list, of another name, differs in marks alone

    @property
    def other(self) -> bool:
        return self.person != self.before


def read(data: bytes, name: str, known: Known) -> list[Line]:
    """Everybody in the table, or `FileError` with everything that is wrong."""
    table = sheet.rows(data, name)
    columns, first = sheet.head(table, HEADS, ("name",))
    if not first:
        vi, en = "thiếu dòng tiêu đề có cột “Họ tên”", "there is no head with a column “name”"
        raise FileError(name, [Problem(1, vi, en)])
    problems: list[Problem] = []
    lines: list[Line] = []
    met: dict[object, int] = {}
    for number, cells in enumerate(table[first:], first + 1):
        if not any(cell.strip() for cell in cells):
            continue

        def wrong(vi: str, en: str, number: int = number) -> None:
            problems.append(Problem(number, vi, en))

        said = {
            column: unicodedata.normalize("NFC", cells[at]) if at < len(cells) else ""
            for column, at in columns.items()
        }
        member = _member(said, known, wrong)
        # who is new is known by name and account, for two of one name may come at once
        one = member["staff_id"] if member else (names.same(said["name"]), _login(said))
        if said["name"].strip() and one in met:
            name_ = sheet.name(said["name"])
            vi, en = f"đã có ở dòng {met[one]}", f"stands in line {met[one]} already"
            wrong(f"“{name_}” {vi}", f"“{name_}” {en}")
        met.setdefault(one, number)
        lines.append(_line(said, member, known, wrong))
    if not lines and not problems:
        problems.append(Problem(first, "không có ai trong bảng", "there is nobody in it"))
    if len(lines) > MOST_ROWS:
        vi, en = f"nhiều hơn {MOST_ROWS} người", f"more than {MOST_ROWS} people"
        problems.append(Problem(first, vi, en))
    if problems:
        raise FileError(name, problems[:MOST_SAID])
    return lines


def as_text(data: bytes, name: str) -> str:
    """The table once more, for a form to carry until it is confirmed."""
    text = io.StringIO()
    csv.writer(text).writerows(sheet.rows(data, name))
    return text.getvalue()


def _login(said: Mapping[str, str]) -> str:
    return said.get("account", "").strip().casefold()


def _member(said: Mapping[str, str], known: Known, wrong: Wrong) -> Mapping[str, Any] | None:
    """Who on the list is meant; None where it is somebody new."""
    staff, name, account = known.seen["staff"], sheet.name(said["name"]), _login(said)
    account_id = known.accounts.get(account)
    theirs = next((one for one in staff if account_id and one["account_id"] == account_id), None)
    called = [one for one in staff if names.same(one["name"]) == names.same(name)]
    if theirs in called or (theirs and not called):
        return theirs
    if theirs:
        wrong(
            f"tài khoản “{account}” là của {theirs['name']}, không phải của “{name}”",
            f"the account “{account}” is {theirs['name']}'s, and not that of “{name}”",
        )
    elif len(called) > 1:
        wrong(
            f"danh sách có {len(called)} người tên “{name}”: xin ghi tài khoản của người này, "
            "hoặc sửa từng người trên trang",
            f"{len(called)} on the list are called “{name}”: please give this one's account, or "
            "change them one by one",
        )
    elif called and account_id and called[0]["account_id"]:
        wrong(
            f"“{name}” trong danh sách đăng nhập bằng tài khoản khác: "
            "xin sửa hoặc thêm người này trên trang",
            f"“{name}” on the list signs in with another account: "
            "please change or add this person on the page",
        )
    return called[0] if called else None


def _line(
    said: Mapping[str, str], member: Mapping[str, Any] | None, known: Known, wrong: Wrong
) -> Line:
    before = _person(member, known) if member else None
    areas = known.seen["areas"]
    usual = {**_nobody(), "area": areas[0]["area"] if areas else None}
    person: Person = {**(before or usual)}
    if not sheet.name(said["name"]):
        wrong("thiếu họ tên", "the name is missing")
    for column, vi, en in (("name", "họ tên", "the name"), ("title", "chức vụ", "the position")):
        text = person[column] = sheet.name(said.get(column, person[column]))
        if len(text) > LONGEST or not text.isprintable():
            wrong(f"{vi} quá dài hoặc có ký tự lạ", f"{en} is too long or no plain text")
    for column in ("group", "area"):
        if column in said:
            found = _called(column, [said[column]], known, wrong)
            person[column] = found[0] if found else None
    if "queues" in said:
        person["queues"] = _called(
            "queues", said["queues"].replace("\n", ";").split(";"), known, wrong
        )
    if "leads" in said:
        person["leads"] = sheet.yes(said["leads"])
        if person["leads"] is None:
            text = said["leads"].strip()[:40]
            wrong(f"“{text}” không phải x hay để trống", f"“{text}” is not x")
    if login := said.get("account", "").strip():
        person["account_id"] = known.accounts.get(login.casefold())
        if person["account_id"] is None:
            wrong(f"không có tài khoản “{login[:40]}”", f"there is no account “{login[:40]}”")
    elif "account" in said:
        person["account_id"] = None
    if "left_on" in said:
        text = said["left_on"].strip()[:40]
        day = sheet.day(text)
        person["left_on"] = day.isoformat() if day else None
        if text and day is None:
            vi, en = "không phải ngày như 31/12/2026", "is no day such as 2026-12-31"
            wrong(f"“{text}” {vi}", f"“{text}” {en}")
    return Line(
        str(member["staff_id"] if member else uuid4()),
        person,
        before,
        () if member else _alike(person["name"], known),
    )


def _alike(name: str, known: Known) -> tuple[str, ...]:
    bare = names.fold(name)
    return tuple(one["name"] for one in known.seen["staff"] if names.fold(one["name"]) == bare)


def _nobody() -> Person:
    more = {"group": None, "area": None, "account_id": None, "left_on": None}
    return {"name": "", "title": "", "queues": [], "leads": False, **more}


def _person(member: Mapping[str, Any], known: Known) -> Person:
    there = {row["queue"] for row in known.seen["queues"]}
    return {
        **{name: member[name] for name in _nobody() if name in member},
        "group": member["group_id"],
        "area": member["area_id"],
        "queues": sorted(there & set(member["queues"])),
    }


def _called(column: str, names: Sequence[str], known: Known, wrong: Wrong) -> list[str]:
    called, found = known.called(column), list[str]()
    vi, en = CALLED[column][2:]
    for text in (" ".join(name.split()) for name in names):
        if not text:
            continue
        one = called.get(sheet.plain(text))
        if one is None:
            rows = known.seen[CALLED[column][0]]
            there = {one: ", ".join(row[f"name_{one}"] for row in rows) for one in ("vi", "en")}
            wrong(
                f"không có {vi} “{text[:40]}”; có: {there['vi'] or '–'}",
                f"there is no {en} “{text[:40]}”; there are: {there['en'] or '–'}",
            )
        else:
            found.append(one)
    return sorted(set(found))
