"""The manager's statistics: figures, pictures and files of chosen days, and nobody named."""

import csv
import io
import zipfile
from collections.abc import Callable
from uuid import uuid4

import httpx2
import pytest
from playwright.async_api import Browser, ViewportSize

from queue_service import commands, db, tokens
from tests.devices import PHONE, TABLET, device, staff, token_for
from tests.lobby import Lobby
from tests.offices import LONG_AGO, File, Office, make_office
from tests.serving import Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio

DAYS = "from=2026-03-30&to=2026-03-31"


async def busy(pool: db.Pool, office: Office, days: int = -1, permits: int = 1) -> Lobby:
    """A day on which so many came for a copy and one for a permit; all are served by half past."""
    lobby = Lobby(pool, office, days)
    for counter in ("1", "3"):
        await lobby.do("open_counter", "07:30", counter)
    for n in range(12):
        hour, minute = 8 + n // 6, n % 6 * 9
        visit = await lobby.walk_in(f"{hour:02d}:{minute:02d}")
        number = visit["visit"]["number"]
        await lobby.do("call_number", f"{hour:02d}:{minute + 3:02d}", "1", number)
        await lobby.do("serve", f"{hour:02d}:{minute + 3:02d}", visit)
        await lobby.do("finish", f"{hour:02d}:{minute + 7:02d}", visit)
    for _ in range(permits):
        await lobby.walk_in("10:30", "permit")
    await lobby.settle("18:30")
    await commands.count_days(pool, office.office_id, lobby.at("18:30"), 30)
    return lobby


async def test_a_manager_reads_what_two_days_came_to(
    served: Served, pool: db.Pool, office: Office
) -> None:
    await busy(pool, office, permits=0)
    async with staff(served, pool, office, "manager") as manager:
        answer = await manager.get(f"/manage/{office.slug}/statistics?{DAYS}")
    assert answer.status_code == 200, text_of(answer.text)
    text = text_of(answer.text)
    assert "Visits 12 People 12 Services done 12 Half waited at most 4 minutes" in text
    assert "Certified copy 12 12 4 4 5 5" in text
    assert 'alt="Visits by hour of the day.' in answer.text


async def test_a_service_that_one_person_came_for_is_not_told_of(
    served: Served, pool: db.Pool, office: Office
) -> None:
    await busy(pool, office)
    async with staff(served, pool, office, "manager") as manager:
        page = text_of((await manager.get(f"/manage/{office.slug}/statistics?{DAYS}")).text)
        sheet = (await manager.get(f"/manage/{office.slug}/statistics/services.csv?{DAYS}")).content
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(sheet.decode("utf-8-sig")))}
    assert rows["Building permit"][0] == "too few to show"
    # alone, it could be told from the sum
    assert rows["Certified copy"][0] == "too few to show"
    assert "Building permit too few to show" in page


async def test_a_name_that_is_a_formula_is_text_in_every_file(
    served: Served, pool: db.Pool
) -> None:
    evil = '=HYPERLINK("http://evil.example";"click")'

    def named(file: File) -> None:
        file["services"][0]["name_en"] = evil
        file["services"][1]["name_en"] = "@SUM(1+1)"

    office = await make_office(pool, change=named)
    await busy(pool, office)
    async with staff(served, pool, office, "manager") as manager:
        base = f"/manage/{office.slug}/statistics"
        sheet = (await manager.get(f"{base}/services.csv?{DAYS}")).content
        book = (await manager.get(f"{base}/all.xlsx?{DAYS}")).content
    cells = [cell for row in csv.reader(io.StringIO(sheet.decode("utf-8-sig"))) for cell in row]
    assert f"'{evil}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        written = {name: parts.read(name).decode() for name in parts.namelist()}
    assert "HYPERLINK" in written["xl/sharedStrings.xml"]
    assert not [name for name, text in written.items() if "<f>" in text or "<hyperlink" in text]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("from=2026-03-31&to=2026-03-01", "The first day is after the last"),
        ("from=yesterday", "Please give both days"),
        ("from=1026-03-31&to=2026-03-31", "more than 1100 days"),
        ("from=2026-02-30&to=2026-03-31", "Please give both days"),
    ],
)
async def test_days_that_make_no_sense_are_told_beside_the_form(
    served: Served, pool: db.Pool, office: Office, query: str, told: str
) -> None:
    async with staff(served, pool, office, "manager") as manager:
        answer = await manager.get(f"/manage/{office.slug}/statistics?{query}")
        file = await manager.get(f"/manage/{office.slug}/statistics/all.xlsx?{query}")
    assert answer.status_code == 422
    assert told in text_of(answer.text)
    assert file.status_code == 422


async def test_over_all_offices_stand_those_of_the_sign_in_and_no_other(
    served: Served, pool: db.Pool, office: Office
) -> None:
    def renamed(name: str) -> Callable[[File], None]:
        def rename(file: File) -> None:
            file["office"]["name_en"] = name

        return rename

    names = [f"Named {uuid4().hex[:6]}" for _ in range(3)]
    made = [await make_office(pool, change=renamed(name)) for name in names]
    for one in made:
        await busy(pool, one)
    token = await tokens.make(pool, LONG_AGO, "manager", [o.office_id for o in made[:2]], "two")
    headers = {"accept-language": "en", "sec-fetch-site": "same-origin"}
    async with httpx2.AsyncClient(
        base_url=served.url, headers=headers, cookies={"token": token}
    ) as manager:
        text = text_of((await manager.get(f"/manage/statistics?{DAYS}")).text)
        denied = await manager.get(f"/manage/{made[2].slug}/statistics?{DAYS}")
    assert f"{names[0]} 13" in text
    assert f"{names[1]} 13" in text
    assert "Visits 26" in text
    assert names[2] not in text
    assert denied.status_code == 403


@pytest.mark.parametrize("size", [PHONE, TABLET])
async def test_statistics_can_be_used_by_everybody(
    browser: Browser, served: Served, pool: db.Pool, office: Office, size: ViewportSize
) -> None:
    for days in (-4, -3, -1):
        lobby = await busy(pool, office, days)
        told = {"day": str(lobby.at("08:00").date()), "service_id": "copy", "way": "online"}
        number, at = office.office_id, office.at("09:00", 1)
        await commands.keep_filed(pool, number, at, "manager:Hà", [{**told, "count": 9}])
        await commands.count_days(pool, number, office.at("09:00", 1), 30)
    token = await token_for(pool, office, "manager")
    first = office.at("00:00", -20)
    async with device(browser, served, token, size) as page:
        for path in (f"/manage/{office.slug}/statistics", "/manage/statistics"):
            await page.goto(f"{path}?from={first.date()}&to=2026-03-31")
            assert await problems(page) == []
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], path
            shown = await page.eval_on_selector_all(
                "img.chart", "all => all.map(one => one.naturalWidth > 100 && one.alt.length > 10)"
            )
            assert len(shown) >= 3
            assert all(shown)
        await page.goto(f"/manage/{office.slug}/filed")
        assert await problems(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]


async def filed(manager: httpx2.AsyncClient, office: Office, table: str) -> httpx2.Response:
    file = {"file": ("filed.csv", table.encode(), "text/csv")}
    return await manager.post(f"/manage/{office.slug}/filed", files=file)


async def test_what_was_handled_elsewhere_is_taken_in_and_shown_beside_its_target(
    served: Served, pool: db.Pool
) -> None:
    def aiming(file: File) -> None:
        every = {"service_id": "", "percent": 60, "valid_from": "2026-01-01"}
        copies = {"service_id": "copy", "percent": 80, "valid_from": "-infinity"}
        file["targets"] = [{**one, "valid_to": "infinity"} for one in (every, copies)]

    office = await make_office(pool, change=aiming)
    lobby = await busy(pool, office, permits=0)
    async with staff(served, pool, office, "manager") as manager:
        page = await manager.get(f"/manage/{office.slug}/filed")
        assert "30/03/2026" not in page.text  # English is asked for
        wrong = await filed(manager, office, "day,service,way,count\n2026-03-30,copy,online,x\n")
        assert wrong.status_code == 422
        assert "Line 2: “x” is no number of them" in text_of(wrong.text)
        table = "day,service,way,count\n2026-03-30,copy,online,20\n2026-03-30,permit,post,8\n"
        told = await filed(manager, office, table)
        assert "1 day imported; 1 day differs from before." in text_of(told.text)
        again = await filed(manager, office, table)
        assert "1 day imported; nothing has changed." in text_of(again.text)
        await commands.count_days(pool, office.office_id, lobby.at("19:00"), 30)
        page = await manager.get(f"/manage/{office.slug}/statistics?{DAYS}")
        base = f"/manage/{office.slug}/statistics"
        sheet = (await manager.get(f"{base}/targets.csv?{DAYS}")).content.decode("utf-8-sig")
    text = text_of(page.text)
    assert "All together 28 12 70 Certified copy 20 12 62 Building permit 8 0 100" in text
    assert "Online: 20; By public post: 8." in text
    rows = {row[0]: row[3:] for row in csv.reader(io.StringIO(sheet))}
    assert rows["All services together"] == ["60", "70", "reached"]
    assert rows["Certified copy"] == ["80", "62", "not reached"]


async def test_without_a_file_the_page_says_so_and_a_clerk_may_not_open_it(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "manager") as manager:
        answer = await manager.post(f"/manage/{office.slug}/filed", data={"nothing": "1"})
    assert answer.status_code == 422
    assert "Please choose a file." in text_of(answer.text)
    async with staff(served, pool, office, "clerk") as clerk:
        assert (await clerk.get(f"/manage/{office.slug}/filed")).status_code == 403
