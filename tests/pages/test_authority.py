"""An authority puts a preset in force at its offices, and cannot miss where it is not."""

import re
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx2
import pytest
from playwright.async_api import Browser

from queue_service import commands, db, passwords, reads
from tests.authority import make_authority, work
from tests.devices import PHONE, TABLET, staff
from tests.lobby import Lobby
from tests.offices import LONG_AGO, Office, make_office
from tests.people import PASSWORD, sign_in, visitor
from tests.serving import BEGINS, Citizen, Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def account(pool: db.Pool, authority: str) -> str:
    login, account_id = f"so.{secrets.token_hex(4)}", uuid4()
    await commands.add_account(
        pool, LONG_AGO, "test", account_id, login, "Sở Nội vụ", "authority", [], authority
    )
    kept = await passwords.make(PASSWORD)
    await commands.set_password(pool, LONG_AGO, "test", account_id, kept)
    return login


@asynccontextmanager
async def speaker(
    served: Served, pool: db.Pool, authority: str
) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """Who speaks for the authority, signed in."""
    async with visitor(served) as client:
        answer = await sign_in(client, await account(pool, authority))
        assert answer.headers["location"] == "/authority"
        yield client


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


async def preset(client: httpx2.AsyncClient, authority: str, **fields: str) -> str:
    """A new one by the form; the address where its offices are chosen."""
    made = await client.post(f"/authority/{authority}/presets")
    sent = {"name_vi": "Chỉ thị 16", "name_en": "Directive 16", **fields}
    answer = await client.post(made.headers["location"], data=sent)
    assert answer.status_code == 303, text_of(answer.text)
    return answer.headers["location"]


async def choose(
    client: httpx2.AsyncClient, where: str, *offices: Office, **fields: str
) -> httpx2.Response:
    shown = (await client.get(where)).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown))
    days = {"valid_from": "2026-04-01", "valid_to": "2026-04-10", "most_days": "30"}
    which = {"which": "chosen", "office": [str(office.office_id) for office in offices]}
    return await client.post(where.split("?")[0], data={**hidden, **days, **which, **fields})


async def confirm(client: httpx2.AsyncClient, where: str) -> None:
    shown = (await client.get(where)).text
    sent = {"act": "confirm", "seen": field(shown, "seen")}
    answer = await client.post(where, data=sent)
    assert "did=confirmed" in answer.headers["location"]


async def test_a_preset_goes_by_the_pages_from_the_form_to_the_people(
    served: Served, pool: db.Pool, citizen: Citizen
) -> None:
    offices = [await make_office(pool) for _ in range(3)]
    tomorrow = Lobby(pool, offices[0], days=1)
    for n in range(4):
        await Lobby(pool, offices[0]).book_group(
            [tomorrow.request("09:00", phone=f"+849051234{n}0")]
        )
    authority = await make_authority(pool, *offices)
    async with speaker(served, pool, authority) as client:
        where = await preset(client, authority, area="2", urgent_only="1")
        answer = await choose(client, where, *offices[:2], note="Công văn 12")
        assert answer.status_code == 303, text_of(answer.text)
        where = answer.headers["location"]
        assert "Under way: 0 of 2" in text_of((await client.get(where)).text)
        await work(pool, BEGINS)
        shown = text_of((await client.get(where)).text)
        assert "Make it so at 2 offices" in shown
        assert re.search(r"\d bookings no longer fit", shown)
        change = re.search(r"/manage/[^\"]+/changes/[^\"]+", (await client.get(where)).text)
        assert change is not None
        assert "This comes from the authority" in text_of((await client.get(change[0])).text)
        assert "In force No preset" in text_of((await client.get(f"/authority/{authority}")).text)
        await confirm(client, where)
        await work(pool, BEGINS)
        assert "Done at all 2 offices." in text_of((await client.get(where)).text)
        home = text_of((await client.get(f"/authority/{authority}")).text)
        assert "Directive 16 Wednesday 1 April 2026 – Friday 10 April 2026 · 2 offices" in home
        # the citizen of one sees it, of the other not
        for office, open_ in ((offices[0], False), (offices[2], True)):
            times = f"/api/v1/offices/{office.slug}/slots?service=copy&from=2026-04-01&days=1"
            assert bool((await citizen.client.get(times)).json()) == open_


async def test_half_done_is_said_first_and_tried_again_there_alone(
    served: Served, pool: db.Pool
) -> None:
    crowded, usual = await make_office(pool, staff=6), await make_office(pool)
    authority = await make_authority(pool, crowded, usual)
    async with speaker(served, pool, authority) as client:
        where = await preset(client, authority, area="5")
        where = (await choose(client, where, which="all")).headers["location"]
        await work(pool, BEGINS)
        await confirm(client, where)
        await work(pool, BEGINS)
        shown = text_of((await client.get(where)).text)
        assert "NOT done at 1 office." in shown
        assert "leaves nobody room beside the 6 staff planned here" in shown
        home = text_of((await client.get(f"/authority/{authority}")).text)
        assert "Not done everywhere yet: in force at 1 · failed at 1" in home
        standing = await reads.standing_file(pool, crowded.office_id)
        assert standing is not None
        for row in standing["plans"]:
            row["amount"] = min(row["amount"], 2)
        await commands.import_office(pool, crowded.office_id, BEGINS, "admin", standing)
        await client.post(where, data={"act": "retry"})
        await work(pool, BEGINS)
        assert "Make it so at 1 office" in text_of((await client.get(where)).text)
        await confirm(client, where)
        await work(pool, BEGINS)
        assert "Done at all 2 offices." in text_of((await client.get(where)).text)


async def test_what_is_in_force_is_extended_and_ended_from_the_first_page(
    served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool)
    authority = await make_authority(pool, office)
    home = f"/authority/{authority}"
    async with speaker(served, pool, authority) as client:

        async def make(where: str, **fields: str) -> None:
            answer = await choose(client, where, office, **fields)
            assert answer.status_code == 303, text_of(answer.text)
            await work(pool, BEGINS)
            await confirm(client, answer.headers["location"])
            await work(pool, BEGINS)

        await make(await preset(client, authority, area="5"))
        links = re.findall(rf'"({home}/direct\?measure=[^"]+)"', (await client.get(home)).text)
        extend, end = (link.replace("&amp;", "&") for link in links)
        await make(extend, valid_to="2026-04-24")
        assert "– Friday 24 April 2026 · 1 office" in text_of((await client.get(home)).text)
        await make(end)
        assert "No preset is in force" in text_of((await client.get(home)).text)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name_vi": ""}, "give it a name"),
        ({"area": "many"}, "give a number"),
        ({"area": "-1"}, "give a number"),
        ({"area": ""}, "says nothing yet"),
        ({"urgent_only": "1", "urgent_codes": "1.001193\nkhai sinh"}, "no national code: khai"),
        ({"closed": "1"}, "say why"),
    ],
)
async def test_a_preset_with_a_mistake_is_asked_again(
    served: Served, pool: db.Pool, sent: dict[str, str], said: str
) -> None:
    authority = await make_authority(pool)
    async with speaker(served, pool, authority) as client:
        where = (await client.post(f"/authority/{authority}/presets")).headers["location"]
        answer = await client.post(where, data={"name_vi": "Chỉ thị", "area": "5", **sent})
        assert answer.status_code == 422
        assert said in text_of(answer.text)
        assert "There is none yet" in text_of(
            (await client.get(f"/authority/{authority}/presets")).text
        )


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"which": "chosen"}, "at least one office"),
        ({"valid_to": "2026-03-30"}, "That day is over"),
        ({"valid_to": "31/12"}, "This is no day"),
        ({"valid_to": "2026-03-31"}, "comes before the first"),
        ({"valid_to": "2029-01-01"}, "At most a year"),
        ({"most_days": "soon"}, "number of days"),
    ],
)
async def test_days_and_offices_with_a_mistake_are_asked_again(
    served: Served, pool: db.Pool, office: Office, sent: dict[str, str], said: str
) -> None:
    authority = await make_authority(pool, office)
    async with speaker(served, pool, authority) as client:
        where = await preset(client, authority, area="5")
        answer = await choose(client, where, **{"which": "all", **sent})
        assert answer.status_code == 422
        assert said in text_of(answer.text)
        found = await reads.authority(pool, authority)
        assert found is not None
        assert found["directives"] == []


async def test_who_speaks_for_one_authority_sees_nothing_of_another(
    served: Served, pool: db.Pool, office: Office
) -> None:
    mine, theirs = (
        await make_authority(pool, await make_office(pool)),
        await make_authority(pool, office),
    )
    async with speaker(served, pool, theirs) as other:
        where = await preset(other, theirs, area="5")
        where = (await choose(other, where, office)).headers["location"]
    async with speaker(served, pool, mine) as client:
        for url in (f"/authority/{theirs}", f"/authority/{theirs}/presets", where):
            assert (await client.get(url)).status_code == 404
        assert (await client.post(where, data={"act": "drop"})).status_code == 404
        # nor by way of their own authority
        own = where.replace(theirs, mine)
        assert (await client.post(own, data={"act": "drop"})).status_code == 404
        assert (await client.get(f"/manage/{office.slug}/history")).status_code == 403
        answer = await choose(client, await preset(client, mine, area="5"), office)
        assert answer.status_code == 404


async def test_a_manager_cannot_take_a_directive_apart(
    served: Served, pool: db.Pool, office: Office
) -> None:
    authority = await make_authority(pool, office)
    async with speaker(served, pool, authority) as client:
        where = await preset(client, authority, area="5")
        where = (await choose(client, where, office)).headers["location"]
        await work(pool, BEGINS)
        found = re.search(r"/manage/[^\"]+/changes/[^\"]+", (await client.get(where)).text)
        assert found is not None
    async with staff(served, pool, office, "manager") as manager:
        answer = await manager.post(found[0], data={"act": "drop"})
        assert answer.status_code == 409
        assert "comes from the authority" in text_of(answer.text)


async def test_every_page_can_be_used_by_everybody(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    crowded, usual = await make_office(pool, staff=6), await make_office(pool)
    authority = await make_authority(pool, crowded, usual)
    login = await account(pool, authority)
    home = f"/authority/{authority}"
    async with visitor(served) as client:
        await sign_in(client, login)
        where = await preset(client, authority, area="5", urgent_only="1")
        directive = (await choose(client, where, which="all")).headers["location"]
        await work(pool, BEGINS)
        await confirm(client, directive)
        await work(pool, BEGINS)
        shown = (await client.get(f"{home}/presets")).text
        edited = re.search(rf"{home}/presets/[^\"]+", shown)
        assert edited is not None
    urls = (home, f"{home}/presets", edited[0], where, directive)
    for size in (PHONE, TABLET):
        context = await browser.new_context(viewport=size, base_url=served.url, locale="vi-VN")
        page = await context.new_page()
        await page.goto("/sign-in")
        await page.fill("#login", login)
        await page.fill("#password", PASSWORD)
        await page.get_by_role("button", name="Đăng nhập", exact=True).click()
        for url in urls:
            await page.goto(url)
            assert await problems(page) == [], url
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], url
        await context.close()
