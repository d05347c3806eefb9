"""1,800 procedures of a table are passed on to offices that differ, and each keeps its own word."""

import time
from typing import Any

import pytest

from queue_service import commands, db, offices, reads
from queue_service.offices import FileError
from queue_service.offices.catalogue import read
from tests.authority import ACTOR, confirm, direct, make_authority, states, work
from tests.offices import DAY, LONG_AGO, File, Office, make_office
from tests.test_catalogue import as_csv, as_xlsx

pytestmark = pytest.mark.anyio

HEAD = ["Mã thủ tục", "Tên thủ tục", "Lĩnh vực", "Tên thường gọi", "Số phút", "Địa chỉ"]
MANY = 1800
OWN = "Tên riêng của xã"


def table(**changed: str) -> list[list[str]]:
    """A national list: every row with everyday names, every third to be had online."""
    rows = [
        [
            f"1.{n:06}",
            f"Thủ tục số {n}",
            "Hộ tịch",
            f"việc {n}; giấy {n}",
            "",
            f"https://dvc.example/{n}" if n % 3 == 0 else "",
        ]
        for n in range(MANY)
    ]
    for n, minutes in changed.items():
        rows[int(n.removeprefix("row"))][4] = minutes
    return [HEAD, *rows]


def offering(first: int, many: int = 150) -> Any:
    """Offers some of the list, of which the first is called by another name here."""

    def change(file: File) -> None:
        usual = file["services"][0]
        file["services"] += [
            usual
            | {
                "service_id": f"s{n}",
                "national_code": f"1.{n:06}",
                "name_vi": OWN if n == first else f"Thủ tục số {n}",
                "position": 10 + n,
            }
            for n in range(first, first + many)
        ]

    return change


async def pass_on(pool: db.Pool, authority: str, all_: list[Office], now: str) -> float:
    at, began = all_[0].at(now), time.monotonic()
    directive_id = await direct(pool, authority, None, all_, at, "pass_on")
    await work(pool, at)
    await confirm(pool, directive_id, at)
    await work(pool, at)
    assert set((await states(pool, directive_id)).values()) == {"applied"}
    return time.monotonic() - began


async def service(pool: db.Pool, office: Office, number: int) -> dict[str, Any]:
    file = await reads.office_file(pool, office.office_id)
    assert file is not None
    return next(one for one in file["services"] if one["service_id"] == f"s{number}")


def test_a_list_of_1800_says_the_same_as_csv_and_xlsx_and_names_its_mistakes_by_line() -> None:
    rows = table()
    assert read(as_csv(*rows), "a") == read(as_xlsx(*rows), "b")
    wrong = table(row1233="nhiều", row1500="-5")
    for data in (as_csv(*wrong), as_xlsx(*wrong)):
        with pytest.raises(FileError) as caught:
            read(data, "danh-muc")
        assert [one.line for one in caught.value.problems] == [1235, 1502]


async def test_it_reaches_every_office_and_a_second_time_only_what_changed(pool: db.Pool) -> None:
    mine = [await make_office(pool, change=offering(first)) for first in (0, 100, 1650)]
    authority = await make_authority(pool, *mine)
    rows = read(as_csv(*table()), "danh-muc")
    told = await commands.keep_procedures(pool, LONG_AGO, ACTOR, authority, rows)
    assert (told["added"], told["changed"]) == (MANY, 0)
    took = await pass_on(pool, authority, mine, "07:10")
    print(f"\n{MANY} procedures passed on to {len(mine)} offices in {took:.1f} s")
    for office, first in zip(mine, (0, 100, 1650), strict=True):
        assert (await service(pool, office, first))["name_vi"] == OWN
        other = await service(pool, office, first + 149)
        assert other["aliases"] == [f"việc {first + 149}", f"giấy {first + 149}"]
        file = await reads.office_file(pool, office.office_id)
        assert file is not None
        online = [row for row in file["channels"] if row["channel"] == "online"]
        assert len(online) == 50

    # the next list differs in one row: one office has it, and it alone is changed by it
    again = table()
    again[1 + 200][3] = "việc 200; giấy mới"
    rows = read(as_xlsx(*again), "danh-muc")
    told = await commands.keep_procedures(pool, mine[0].at("07:11"), ACTOR, authority, rows)
    assert (told["added"], told["changed"]) == (0, 1)
    stood = [await reads.office_file(pool, office.office_id) for office in mine]
    await pass_on(pool, authority, mine, "07:12")
    now = [await reads.office_file(pool, office.office_id) for office in mine]
    lines = [
        offices.said("vi", was, is_, DAY) if was and is_ else []
        for was, is_ in zip(stood, now, strict=True)
    ]
    said = "tên thường gọi: việc 200, giấy 200 → việc 200, giấy mới"
    assert lines == [[], [f"~ Thủ tục Thủ tục số 200, {said}"], []]
