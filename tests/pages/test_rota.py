"""A manager plans who works when in the browser, is told each broken rule, and publishes."""

import csv
import re
from uuid import uuid4

import httpx2
import pytest
from playwright.async_api import Browser

from queue_service import db, reads
from tests.devices import PHONE, TABLET, device, staff, token_for
from tests.lobby import Lobby
from tests.offices import Office, make_office
from tests.pages.test_changes import confirm
from tests.people import person, sign_in, visitor
from tests.rota import Rota, attendance, day, make_rota, with_rota
from tests.serving import Citizen, Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio

NAMES = ("Nguyễn Văn An", "Trần Thị Bình", "Lê Thị Chi", "Phạm Văn Dũng")


async def rota_of(pool: db.Pool, **more: object) -> Rota:
    """An office with a rota under way: two groups of two, one of whom leads in each."""
    rota = await make_rota(pool, {}, **more)
    for n, name in enumerate(NAMES):
        await rota.hire(name, "ab"[n // 2], title="Công chức hộ tịch", leads=n % 2 == 0)
    return rota


def path(rota: Rota, end: str = "rota") -> str:
    return f"/manage/{rota.lobby.office.slug}/{end}"


async def publish(manager: httpx2.AsyncClient, rota: Rota, first: int, last: int) -> str:
    """By the pages: what it would do, then yes."""
    sent = {"publish": "1", "first": str(day(first)), "last": str(day(last))}
    answer = await manager.post(path(rota), data=sent)
    assert answer.status_code == 303, text_of(answer.text)
    made = await confirm(manager, answer.headers["location"])
    assert made.status_code == 200
    return text_of(made.text)


async def test_a_manager_plans_a_week_by_turns_and_publishes_it(
    served: Served, pool: db.Pool
) -> None:
    rota = await rota_of(pool, leader=True)
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        turns = {"first": str(day(0)), "last": str(day(3)), "turn": "day", "first_group": "a"}
        sent = {**turns, "together": "1", "others": "home", "plan": "1"}
        answer = await manager.post(path(rota), data=sent, follow_redirects=True)
        seen = text_of(answer.text)
        assert "Planned. Nothing is published yet" in seen
        assert "Office: 2" in seen
        assert "not published" in seen
        assert "was published with it" in await publish(manager, rota, 0, 3)
        seen = text_of((await manager.get(path(rota))).text)
        assert "published" in seen
        assert "No rule is broken" in seen
        assert "Not planned yet: Saturday" in seen
        manager.headers["accept-language"] = "vi"  # and who reads Vietnamese reads it so
        history = text_of((await manager.get(path(rota, "history"))).text)
        assert "Lịch trực từ Thứ Ba, 31/03/2026 đến Thứ Sáu, 03/04/2026" in history
        assert "Rota" not in history
    assert (await rota.planned(1))["staff:hall"][0][2] == 2
    assert await rota.there(1) == sorted(NAMES[2:])


async def test_a_rota_that_empties_the_office_or_a_field_is_refused_day_by_day_in_plain_words(
    served: Served, pool: db.Pool
) -> None:
    rota = await rota_of(pool)
    await rota.turns(0, 2)
    await rota.plan(1, dict.fromkeys(NAMES, "home"), "afternoon")
    await rota.hire(NAMES[0], "a", queues=["justice"])
    await rota.hire(NAMES[1], "a", queues=["justice"])
    sent = {"publish": "1", "first": str(day(0)), "last": str(day(2))}
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        answer = await manager.post(path(rota), data=sent)
        assert answer.status_code == 409
        seen = text_of(answer.text)
        assert "This rota breaks a rule of the office. Nothing was published." in seen
        assert "13:30–17:00: nobody is in the office." in seen
        assert "07:30–11:30, 13:30–17:00: nobody in the office covers Permits." in seen
        headers = {"accept-language": "vi"}
        said = text_of((await manager.post(path(rota), data=sent, headers=headers)).text)
        assert "13:30–17:00: không có ai tại cơ quan." in said
        assert "không có ai tại cơ quan phụ trách lĩnh vực Giấy phép." in said
    assert await rota.planned(0) == await rota.planned(1) == await rota.planned(2) == {}
    assert [one["published"] for one in await rota.days(0, 2)] == [None, None, None]


async def test_one_day_is_changed_on_its_page_which_says_what_it_breaks(
    served: Served, pool: db.Pool
) -> None:
    rota = await rota_of(pool, attendance=[attendance("in", "office", minimum=2)])
    await rota.turns()
    duty = f"duty.{rota.people[NAMES[0]]}.morning"
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        where = path(rota, f"rota/{day(0)}")
        assert "This day keeps all rules" in text_of((await manager.get(where)).text)
        answer = await manager.post(where, data={duty: "home"}, follow_redirects=True)
        seen = text_of(answer.text)
        assert "Saved. Nothing is published by it yet." in seen
        assert "07:30–11:30: 1 in the office, at least 2 are needed." in seen
        assert (await manager.post(where, data={duty: "moon"})).status_code == 422
        assert (await manager.get(path(rota, "rota/yesterday"))).status_code == 422
    assert await rota.there() == [NAMES[1]]


async def test_who_is_booked_is_seen_before_a_rota_with_fewer_people_is_published(
    served: Served, pool: db.Pool
) -> None:
    rota = await rota_of(pool)
    tomorrow = Lobby(pool, rota.lobby.office, days=1)
    asked = [tomorrow.request("09:00", name=f"Khách {n}") for n in range(2)]
    assert [said for said, _ in await rota.lobby.book_group(asked)] == ["booked", "booked"]
    await rota.plan(1, {NAMES[0]: "office"})
    sent = {"publish": "1", "first": str(day(1)), "last": str(day(1))}
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        answer = await manager.post(path(rota), data=sent)
        shown = await manager.get(answer.headers["location"])
        seen = text_of(shown.text)
        assert "1 booking no longer fits" in seen
        assert "is published with it" in seen
        again = {"act": "again", "most_days": "3"}
        looked = await manager.post(answer.headers["location"], data=again, follow_redirects=True)
        assert "is published with it" in text_of(looked.text)
        made = await confirm(manager, answer.headers["location"])
        assert "was published with it" in text_of(made.text)
    assert (await rota.of_day(1))["published"] is not None
    assert await rota.lobby.differences("08:30") == []


async def test_staff_are_kept_by_the_pages_and_mistakes_are_named(
    served: Served, pool: db.Pool
) -> None:
    rota = await make_rota(pool, {})
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        new = path(rota, "staff/new")
        assert "Add somebody" in text_of((await manager.get(new)).text)
        wrong = await manager.post(new, data={"name": " ", "group": "a"})
        assert wrong.status_code == 422
        sent = {"name": "Nguyễn Văn An", "group": "a", "area": "hall", "queue.justice": "1"}
        kept = await manager.post(new, data={**sent, "leads": "1"}, follow_redirects=True)
        seen = text_of(kept.text)
        assert "Saved." in seen
        assert "Nguyễn Văn An" in seen
        assert "Justice" in seen
        [who] = re.findall(r"/staff/([0-9a-f-]{36})", kept.text)
        leave = {"staff": who, "first": str(day(1)), "last": str(day(2))}
        answer = await manager.post(path(rota, "staff"), data=leave, follow_redirects=True)
        assert "On leave" in text_of(answer.text)
        bad = await manager.post(path(rota, "staff"), data={**leave, "last": str(day(0))})
        assert bad.status_code == 422
        dropped = {"staff": who, "first": str(day(1)), "drop": "1"}
        answer = await manager.post(path(rota, "staff"), data=dropped, follow_redirects=True)
        assert "Leave taken back" in text_of(answer.text)
        assert (await manager.get(path(rota, f"staff/{rota.office_id}"))).status_code == 404


async def test_the_rules_are_a_form_whose_change_is_shown_before_it_holds(
    served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool)
    async with staff(served, pool, office, "manager") as manager:
        where = f"/manage/{office.slug}/rota-rules"
        assert "Rules of the rota" in text_of((await manager.get(where)).text)
        sent = {
            "leader": "1", "covered-justice": "1", "public": "names",
            "name_vi-shift": "Sáng", "name_en-shift": "Morning",
            "from-shift": "07:30", "to-shift": "11:30",
            "name_vi-group": "Tổ A",
            "place-attendance": "home", "maximum-attendance": "50", "unit-attendance": "percent",
        }  # fmt: skip
        wrong = await manager.post(where, data={**sent, "to-shift": "07:00"})
        assert wrong.status_code == 422
        assert "07:30-07:00 ends too early" in text_of(wrong.text)
        answer = await manager.post(where, data=sent)
        assert answer.status_code == 303, text_of(answer.text)
        shown = text_of((await manager.get(answer.headers["location"])).text)
        assert "+ Staff group Tổ A" in shown
        await confirm(manager, answer.headers["location"])
    file = await reads.office_file(pool, office.office_id)
    assert file is not None
    assert file["rota"] == {"leader": True, "covered": ["justice"], "public": "names"}
    assert [(row["starts"], row["ends"]) for row in file["shifts"]] == [("07:30:00", "11:30:00")]
    assert file["attendance"][0]["maximum"] == 50


@pytest.mark.parametrize("public", ["no", "numbers", "names"])
async def test_the_lists_are_published_as_far_as_the_office_wants(
    served: Served, pool: db.Pool, citizen: Citizen, public: str
) -> None:
    rota = await rota_of(pool, public=public)
    await rota.turns(0, 1)
    await rota.publish(0, 0)
    slug = rota.lobby.office.slug
    async with httpx2.AsyncClient(
        base_url=served.url, headers={"accept-language": "en"}
    ) as anybody:
        page = await anybody.get(f"/o/{slug}/rota")
        table = await anybody.get(f"/o/{slug}/rota.csv")
        now = await anybody.get(f"/o/{slug}/now")
    assert ("Who is on duty" in now.text) is (public != "no")
    if public == "no":
        assert (page.status_code, table.status_code) == (404, 404)
        return
    seen = text_of(page.text)
    rows = list(csv.reader(table.text.lstrip("\ufeff").splitlines()))
    assert (NAMES[0] in seen) is (public == "names")
    assert "2026-04-01" not in table.text  # planned and not published
    if public == "numbers":
        assert [row[4:] for row in rows[1:3]] == [["In the office", "2"], ["At home", "2"]]
        assert not any(name in page.text + table.text for name in NAMES)
    else:
        assert rows[1][4:] == ["In the office", NAMES[0], "Công chức hộ tịch", "Justice, Permits"]
        await rota.leave(NAMES[0], 0, 0)
        assert NAMES[0] not in (await citizen.see(f"/o/{slug}/rota"))
    for staff_id in rota.people.values():
        assert str(staff_id) not in page.text + table.text


async def test_a_clerk_who_is_not_on_duty_is_told_and_may_still_open_a_counter(
    served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, change=with_rota())
    rota = Rota(Lobby(pool, office))
    clerk = await person(pool, office)
    await rota.hire("An", "a", account_id=str(clerk.account_id))
    await rota.hire("Chi", "b")
    await rota.turns(0, 0, first_group="b")
    told = "does not have you in the office now"
    async with visitor(served) as browser:
        await sign_in(browser, clerk.login)
        assert told not in text_of((await browser.get(f"/counter/{office.slug}")).text)
        await rota.publish()
        assert told in text_of((await browser.get(f"/counter/{office.slug}")).text)
        assert told in text_of((await browser.get(f"/counter/{office.slug}/1")).text)
        assert told in text_of((await browser.get(f"/tablet/{office.slug}")).text)
        open_it = f"/tablet/{office.slug}/counter/1/open"
        answer = await browser.post(open_it, data={"key": str(uuid4())}, follow_redirects=True)
        assert answer.status_code == 200
        assert told not in text_of(answer.text)  # who works has read it
        await rota.plan(0, {"An": "office"})
        await rota.publish()
        assert told not in text_of((await browser.get(f"/counter/{office.slug}")).text)


async def test_the_managers_list_goes_into_a_file(served: Served, pool: db.Pool) -> None:
    rota = await rota_of(pool)
    await rota.hire("=1+1", "a")
    await rota.turns()
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        answer = await manager.get(f"{path(rota, 'rota.csv')}?from={day(0)}")
    rows = list(csv.reader(answer.text.lstrip("\ufeff").splitlines()))
    assert len(rows) == 1 + 5 * 2
    assert any(row[5] == "'=1+1" for row in rows)
    assert {row[7] for row in rows[1:]} == {"not published"}


@pytest.mark.parametrize("viewport", [PHONE, TABLET], ids=["phone", "tablet"])
async def test_the_pages_can_be_used_by_everybody(
    browser: Browser, served: Served, pool: db.Pool, viewport: object
) -> None:
    rota = await rota_of(pool, public="names", leader=True)
    await rota.turns(0, 3)
    await rota.publish(0, 1)
    await rota.leave(NAMES[3], 1, 2)
    await rota.plan(2, dict.fromkeys(NAMES, "home"))
    office: Office = rota.lobby.office
    token = await token_for(pool, office, "manager")
    size = PHONE if viewport == PHONE else TABLET
    async with device(browser, served, token, size) as page:
        ends = ("rota", f"rota/{day(2)}", "staff", f"staff/{rota.people[NAMES[0]]}", "rota-rules")
        for where in (*(f"/manage/{office.slug}/{end}" for end in ends), f"/o/{office.slug}/rota"):
            answer = await page.goto(where)
            assert answer is not None
            assert answer.status == 200, where
            assert await problems(page) == [], where
            wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, where


async def test_a_published_day_is_withdrawn_by_the_pages_and_every_list_says_so(
    served: Served, pool: db.Pool, citizen: Citizen
) -> None:
    rota = await rota_of(pool, public="names")
    office = rota.lobby.office
    async with staff(served, pool, office, "manager") as manager:
        await rota.turns(1, 2)
        assert "See what withdrawing would do" not in (await manager.get(path(rota))).text
        await publish(manager, rota, 1, 2)
        sent = {"withdraw": "1", "first": str(day(1)), "last": str(day(1))}
        where = (await manager.post(path(rota), data=sent)).headers["location"]
        shown = text_of((await manager.get(where)).text)
        assert "is withdrawn with it" in shown
        assert "was withdrawn" not in await citizen.see(f"/o/{office.slug}/rota")
        assert "was withdrawn with it" in text_of((await confirm(manager, where)).text)
        assert "Withdrawn" in text_of((await manager.get(path(rota, f"rota/{day(1)}"))).text)
        bad = await manager.post(path(rota), data={**sent, "last": str(day(0))})
        assert bad.status_code == 422
        again = await manager.post(path(rota), data=sent)
        assert again.status_code == 409
        assert "Nothing is published for these days." in text_of(again.text)
    page = await citizen.see(f"/o/{office.slug}/rota")
    assert "The list of this day was withdrawn" in page
    table = (await citizen.client.get(f"/o/{office.slug}/rota.csv")).text
    assert f"{day(1)},,,,was withdrawn,,," in table
