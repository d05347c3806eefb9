"""A manager changes the office in the browser: sees what it does, confirms, and people answer."""

import re
from uuid import UUID

import httpx2
import pytest
from playwright.async_api import Browser

from queue_service import db, reads, tickets
from tests.changes import fully_booked, most_expected
from tests.devices import PHONE, device, staff, token_for
from tests.lobby import Lobby
from tests.offices import Office, make_office
from tests.serving import BEGINS, Citizen, Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


async def confirm(manager: httpx2.AsyncClient, where: str) -> httpx2.Response:
    """Presses the button under the list as it is shown."""
    shown = (await manager.get(where)).text
    sent = {"act": "apply", "seen": field(shown, "seen"), "key": field(shown, "key")}
    return await manager.post(where, data=sent, follow_redirects=True)


async def test_a_cap_lowered_over_a_fully_booked_day_goes_by_the_pages(
    served: Served, pool: db.Pool, owner: db.Connection, citizen: Citizen
) -> None:
    short = dict.fromkeys(range(1, 7), (("07:30", "09:00"),))
    office = await make_office(pool, planned=10, hours=short)
    today, tomorrow = Lobby(pool, office), Lobby(pool, office, days=1)
    booked = await fully_booked(today, tomorrow)
    async with staff(served, pool, office, "manager") as manager:
        caps = (await manager.get(f"/manage/{office.slug}/caps")).text
        assert "People present: Hall" in caps
        sent = {"maximum-hall": "10", "maximum-desk": "2", "note": "Directive 16"}
        answer = await manager.post(f"/manage/{office.slug}/caps", data=sent)
        assert answer.status_code == 303, text_of(answer.text)
        where = answer.headers["location"]
        shown = text_of((await manager.get(where)).text)
        assert "Cap people in Hall, at most: 20 → 10" in shown
        assert re.search(r"\d+ bookings no longer fit", shown)
        made = text_of((await confirm(manager, where)).text)
        assert "Everybody on the list gets a message now" in made
        assert await most_expected(owner, office, "area:hall", BEGINS) == 10
        change = await reads.office_change(pool, office.office_id, UUID(where.split("/")[-1]))
        assert change is not None
        move = change["moves"][0]
        visit = next(one for one in booked if one["visit_id"] == move["visit_id"])
        path = f"/t/{ticket_token(office, visit)}"
        seen = await citizen.see(path)
        assert "The office had to change your time" in seen
        form = (await citizen.client.get(path)).text
        pressed = await citizen.client.post(
            f"{path}/accept", data={"key": field(form, "key")}, follow_redirects=True
        )
        assert "We expect you at the new time" in text_of(pressed.text)
        assert "agreed" in text_of((await manager.get(where)).text)
        history = text_of((await manager.get(f"/manage/{office.slug}/history")).text)
        assert "Directive 16" in history
        assert re.search(r"· manager: \S", history)  # the role in words, not "manager:login"
    assert await today.differences("08:10") == []


def ticket_token(office: Office, visit: dict[str, str]) -> str:
    return tickets.make_token(office.office_id, bytes.fromhex(visit["token"]))


async def test_an_older_version_is_restored_through_the_same_page(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "manager") as manager:
        home = f"/manage/{office.slug}"
        sent = {"message_vi": "Hôm nay đông", "message_en": "Busy today", "volume": "60"}
        sent |= {"top_seconds": "8", "stale_seconds": "45"}
        answer = await manager.post(f"{home}/board", data=sent)
        await confirm(manager, answer.headers["location"])
        board = await reads.board(pool, office.office_id, BEGINS)
        assert "Hôm nay đông" in str(board)
        answer = await manager.post(f"{home}/history/1")
        assert answer.status_code == 303
        again = {"act": "again", "most_days": "3"}  # thought over once more, it says the same
        await manager.post(answer.headers["location"], data=again)
        shown = await confirm(manager, answer.headers["location"])
        assert (await manager.get(f"{home}/history/{10**20}")).status_code == 404
        for language, why in (("en", "As in version 1"), ("vi", "Như phiên bản 1")):
            manager.headers["accept-language"] = language
            for url in (shown.url, f"{home}/history", f"{home}/history/3"):
                assert why in text_of((await manager.get(url)).text), (language, url)
        assert "Hôm nay đông" not in str(await reads.board(pool, office.office_id, BEGINS))


async def test_the_file_that_is_saved_changes_nothing_when_it_is_put_in_again(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "manager") as manager:
        home = f"/manage/{office.slug}"
        saved = (await manager.get(f"{home}/office.toml")).text
        answer = await manager.post(f"{home}/file", data={"text": saved.replace("\n", "\r\n")})
        assert answer.status_code == 303, text_of(answer.text)
        assert "Nothing changes." in text_of((await manager.get(answer.headers["location"])).text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("maximum = 20", "maximum = -1", "Line"),
        ("maximum = 20", "maximum = 3", "leave nobody room"),
        ('letter = "A"', 'letter = "A', "not TOML"),
        ("number =", "number = 9", "which stays"),
        ("[hours]", "[[closed]]\nday = 2026-03-01\nname.vi='x'\nname.en='x'\n[hours]", "is over"),
    ],
)
async def test_what_is_wrong_with_a_file_is_said_by_its_line(
    served: Served, pool: db.Pool, old: str, new: str, said: str
) -> None:
    office = await make_office(pool, staff=3)
    async with staff(served, pool, office, "manager") as manager:
        home = f"/manage/{office.slug}"
        saved = (await manager.get(f"{home}/office.toml")).text
        if old == "number =":
            old, new = f"number = {office.office_id}", f"number = {office.office_id % 9000 + 1}"
        assert old in saved
        answer = await manager.post(f"{home}/file", data={"text": saved.replace(old, new, 1)})
        assert answer.status_code == 422
        assert re.search(r"Line \d+ ", text_of(answer.text))
        assert said in text_of(answer.text)
        versions = await reads.office_versions(pool, office.office_id)
        assert len(versions) == 1


async def test_a_closed_morning_moves_only_the_morning(
    served: Served, pool: db.Pool, office: Office
) -> None:
    lobby = Lobby(pool, office)
    await lobby.book("09:00", now="07:00", phone="+84905123456", name="Lê Sáng")
    await lobby.book("15:00", now="07:00", phone="+84905123457", name="Trần Chiều")
    async with staff(served, pool, office, "manager") as manager:
        home = f"/manage/{office.slug}"
        sent = {"day": "2026-03-31", "from": "08:30", "to": "11:30", "name_vi": "Họp"}
        answer = await manager.post(f"{home}/closures", data=sent)
        shown = text_of((await manager.get(answer.headers["location"])).text)
        assert "1 booking no longer fits" in shown
        assert "Lê Sáng" in shown
        assert "Trần Chiều" not in shown


async def test_a_day_that_is_closed_stands_on_the_page_and_is_opened_again(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "manager") as manager:
        url = f"/manage/{office.slug}/closures"
        answer = await manager.post(url, data={"day": "2026-04-02", "name_vi": "Sửa mái nhà"})
        await confirm(manager, answer.headers["location"])
        shown = (await manager.get(url)).text
        assert "Sửa mái nhà" in text_of(shown)
        answer = await manager.post(url, data={field_of(shown): "1"})
        await confirm(manager, answer.headers["location"])
        assert "Sửa mái nhà" not in text_of((await manager.get(url)).text)


def field_of(page: str) -> str:
    """The box that takes a closed day back."""
    [name] = re.findall(r'name="(drop-closed-[^"]+)"', page)
    return name


@pytest.mark.parametrize(
    ("page", "sent", "said"),
    [
        ("closures", {"day": "2026-03-30", "name_vi": "Lễ"}, "is over"),
        ("closures", {"day": "31/3", "name_vi": "Lễ"}, "no day"),
        ("closures", {"day": "2026-04-01"}, "say why"),
        ("caps", {"maximum-hall": "many", "maximum-desk": "2"}, "give a number"),
        ("board", {"message_vi": "Chào", "volume": "50"}, "both languages"),
        ("opening", {"mon": "7-11"}, "write them as"),
    ],
)
async def test_what_cannot_be_understood_is_asked_again(
    served: Served, pool: db.Pool, office: Office, page: str, sent: dict[str, str], said: str
) -> None:
    async with staff(served, pool, office, "manager") as manager:
        answer = await manager.post(f"/manage/{office.slug}/{page}", data=sent)
    assert answer.status_code == 422
    assert said in text_of(answer.text)


async def test_every_page_can_be_used_by_everybody(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    lobby = Lobby(pool, office)
    await lobby.book("10:00", now="07:00", phone="+84905123456")
    token = await token_for(pool, office, "manager")
    home = f"/manage/{office.slug}"
    async with staff(served, pool, office, "manager") as manager:
        sent = {"day": "2026-03-31", "name_vi": "Nghỉ"}
        change = (await manager.post(f"{home}/closures", data=sent)).headers["location"]
    pages = ("closures", "caps", "opening", "services", "services?id=copy", "board")
    ways = [f"{home}/{page}" for page in (*pages, "file", "history", "history/1")]
    async with device(browser, served, token, PHONE, script=False) as page:
        for url in (home, *ways, change):
            shown = await page.goto(url)
            assert shown is not None
            assert shown.status == 200, url
    async with device(browser, served, token, PHONE) as page:
        for url in (home, *ways, change):
            await page.goto(url)
            assert await problems(page) == [], url
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE["width"], url
