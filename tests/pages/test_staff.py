"""Signing in with a token, once for a device."""

import re

import httpx2
import pytest
from playwright.async_api import Browser

from queue_service import db, tokens
from tests.devices import PHONE, device, token_for
from tests.offices import LONG_AGO, Office, make_office
from tests.serving import Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def test_a_token_opens_the_page_it_was_asked_for(
    served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "clerk")
    headers = {"sec-fetch-site": "same-origin"}
    async with httpx2.AsyncClient(base_url=served.url, headers=headers) as client:
        path = f"/counter/{office.slug}/1"
        answer = await client.post("/sign-in", data={"token": token, "next": path})
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert (await client.get(path)).status_code == 200
        home = await client.post("/sign-in", data={"token": token, "next": ""})
        assert home.headers["location"] == f"/counter/{office.slug}"
        assert "the clerk" in text_of((await client.get("/sign-in")).text)
        await client.post("/sign-out")
        assert (await client.get(path)).status_code == 303


@pytest.mark.parametrize(
    ("role", "first"), [("manager", "/sign-in"), ("operator", "/hotline"), ("board", "/sign-in")]
)
async def test_who_works_for_several_offices_finds_their_pages_by_name(
    served: Served, pool: db.Pool, office: Office, role: str, first: str
) -> None:
    both = [office.office_id, (await make_office(pool)).office_id]
    token = await tokens.make(pool, LONG_AGO, role, both, "two offices")
    headers = {"sec-fetch-site": "same-origin", "accept-language": "en"}
    async with httpx2.AsyncClient(base_url=served.url, headers=headers) as client:
        home = await client.post("/sign-in", data={"token": token, "next": ""})
        assert home.headers["location"] == first
        page = (await client.get("/sign-in")).text
        links = re.findall(r'<li><a href="([^"]+)">([^<]*)</a></li>', page)
        assert links
        for link, name in links:
            assert not name.startswith("/")
            answer = await client.get(link.replace("&amp;", "&"))
            assert answer.status_code == 200, link


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "/\\evil.example"])
async def test_signing_in_never_leads_away_from_here(
    served: Served, pool: db.Pool, office: Office, away: str
) -> None:
    token = await token_for(pool, office, "helper")
    async with httpx2.AsyncClient(base_url=served.url) as client:
        answer = await client.post("/sign-in", data={"token": token, "next": away})
        assert answer.headers["location"] == f"/door/{office.slug}"


@pytest.mark.parametrize("token", ["", "short", "x" * 32, "ố" * 40, "x" * 5000])
async def test_a_wrong_token_opens_nothing(served: Served, token: str) -> None:
    async with httpx2.AsyncClient(base_url=served.url, headers={"accept-language": "en"}) as client:
        answer = await client.post("/sign-in", data={"token": token})
    assert answer.status_code == 422
    assert "does not open anything" in text_of(answer.text)
    assert "set-cookie" not in answer.headers


async def test_a_token_of_one_office_opens_no_other(
    served: Served, pool: db.Pool, office: Office
) -> None:
    other = await make_office(pool)
    token = await token_for(pool, office, "kiosk")
    async with httpx2.AsyncClient(base_url=served.url, cookies={"token": token}) as client:
        assert (await client.get(f"/kiosk/{office.slug}")).status_code == 200
        assert (await client.get(f"/kiosk/{other.slug}")).status_code == 403


async def test_signing_in_can_be_used_by_everybody(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "manager")
    async with device(browser, served, "", PHONE) as page:
        await page.goto(f"/counter/{office.slug}")
        assert await problems(page) == []
        await page.get_by_label("Khóa").fill("not a key of this office")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".problem")
        assert await problems(page) == []
        await page.get_by_label("Khóa").fill(token)
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Chọn quầy").wait_for()
        assert await problems(page) == []
        await page.goto("/sign-in")
        assert await problems(page) == []
