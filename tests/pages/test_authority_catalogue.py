"""The catalogue by the pages, and the urgent list on paper and inside other websites."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser

from queue_service import db
from queue_service.settings import Settings, SettingsError, load
from tests.authority import in_force, make_authority, measure, work
from tests.devices import PHONE, TABLET
from tests.offices import File, make_office
from tests.pages.test_authority import account, choose, confirm, speaker
from tests.people import PASSWORD
from tests.serving import BEGINS, Citizen, Served, serve, text_of
from tests.test_accessibility import problems
from tests.test_catalogue import BIRTH, COPY, HEAD, as_csv, as_xlsx

pytestmark = pytest.mark.anyio

# After what the served clock says meanwhile.
LATER = BEGINS + timedelta(minutes=5)


def births(file: File) -> None:
    file["services"][1] |= {"national_code": "1.001193"}


async def upload(client: httpx2.AsyncClient, authority: str, data: bytes) -> httpx2.Response:
    files: Any = {"file": ("danh-muc.csv", data, "text/csv")}
    return await client.post(f"/authority/{authority}/catalogue", files=files)


async def test_a_catalogue_goes_by_the_pages_from_the_table_to_the_citizen(
    served: Served, pool: db.Pool, citizen: Citizen
) -> None:
    office = await make_office(pool, change=births)
    authority = await make_authority(pool, office)
    async with speaker(served, pool, authority) as client:
        shown = text_of((await upload(client, authority, as_xlsx(HEAD, BIRTH, COPY))).text)
        assert "Imported: 2 new, 0 changed." in shown
        assert "1 office has not got the latest" in shown
        other = [*COPY[:3], "sao y; chứng thực giấy tờ", "20", "x"]
        shown = text_of((await upload(client, authority, as_xlsx(HEAD, other))).text)
        assert "everyday names: công chứng → chứng thực giấy tờ" in shown
        assert "minutes: – → 20" in shown
        assert "urgent: no → yes" in shown
        await upload(client, authority, as_xlsx(HEAD, COPY))
        found = await client.get(f"/authority/{authority}/catalogue?q=sao%20y")
        assert "Chứng thực bản sao" in text_of(found.text)
        assert "Đăng ký khai sinh" not in text_of(found.text)
        where = f"/authority/{authority}/direct?act=pass_on"
        where = (await choose(client, where, office)).headers["location"]
        await work(pool, LATER)
        await confirm(client, where)
        await work(pool, LATER)
        home = text_of((await client.get(f"/authority/{authority}")).text)
        assert "not yet the latest" not in home
    assert "record" in (await citizen.client.get(f"/o/{office.slug}?q=làm khai sinh")).text


async def test_a_table_with_mistakes_takes_nothing_in_and_names_each_line(
    served: Served, pool: db.Pool
) -> None:
    authority = await make_authority(pool)
    async with speaker(served, pool, authority) as client:
        wrong = as_csv(
            HEAD, BIRTH, ["khai tử", "Khai tử", "", "", "", ""], ["1.000656", "", "", "", "", ""]
        )
        answer = await upload(client, authority, wrong)
        assert answer.status_code == 422
        shown = text_of(answer.text)
        assert "Line 3: “khai tử” is no code such as 1.001193" in shown
        assert "Line 4: the name is missing" in shown
        assert "(0)" in shown
        assert (await upload(client, authority, b"")).status_code == 422


async def test_a_calendar_with_a_mistake_is_asked_again_and_a_good_one_leads_on(
    served: Served, pool: db.Pool
) -> None:
    authority = await make_authority(pool, await make_office(pool))
    url = f"/authority/{authority}/shared"
    async with speaker(served, pool, authority) as client:
        text = '[[closed]]\nday = 2026-09-02\nname.vi = "Quốc khánh"\nname.en = "National Day"\n'
        answer = await client.post(url, data={"text": text + "hello = 1\n"})
        assert answer.status_code == 422
        assert "Line 5" in text_of(answer.text)
        answer = await client.post(url, data={"text": text})
        assert answer.headers["location"] == f"/authority/{authority}/direct?act=pass_on"
        assert "Quốc khánh" in (await client.get(url)).text


async def test_the_urgent_list_is_for_everybody_and_names_the_days(
    served: Served, pool: db.Pool, citizen: Citizen
) -> None:
    office = await make_office(pool, change=births)
    authority = await make_authority(pool, office)
    async with speaker(served, pool, authority) as client:
        await upload(client, authority, as_csv(HEAD, BIRTH, COPY))
    url = f"/urgent/{authority}"
    shown = await citizen.see(url)
    assert "Everything is handled in person now." in shown
    assert "Đăng ký khai sinh 1.001193" in shown
    assert "Chứng thực bản sao" not in shown
    rules = {"urgent_only": True, "urgent_codes": ["2.000815"]}
    await in_force(pool, authority, measure(rules), [office], BEGINS)
    shown = await citizen.see(url)
    assert "to Friday 10 April 2026, that day included" in shown
    assert "Chứng thực bản sao 2.000815" in shown
    assert "Đăng ký khai sinh" not in shown
    assert await citizen.see(f"{url}/embed")
    await citizen.see("/urgent/nowhere", 404)


async def test_other_websites_show_the_list_only_where_the_setting_names_them(
    served: Served, settings: Settings, pool: db.Pool
) -> None:
    authority = await make_authority(pool)
    url = f"/urgent/{authority}"
    async with httpx2.AsyncClient(base_url=served.url) as client:
        shut = await client.get(f"{url}/embed")
    assert "frame-ancestors 'none'" in shut.headers["content-security-policy"]
    assert shut.headers["x-frame-options"] == "DENY"
    sites = "https://danang.gov.vn https://*.danang.gov.vn"
    async with (
        serve(replace(settings, embed_in=sites), pool) as opened,
        httpx2.AsyncClient(base_url=opened.url) as client,
    ):
        shown = await client.get(f"{url}/embed")
        assert f"frame-ancestors {sites}" in shown.headers["content-security-policy"]
        assert "x-frame-options" not in shown.headers
        for other in (url, "/sign-in", "/"):  # nothing else
            headers = (await client.get(other)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-frame-options"] == "DENY"


@asynccontextmanager
async def portal(shown: list[str]) -> AsyncGenerator[str, None]:
    """A website of somebody else that shows an address inside its page; where it is."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = f'<!doctype html><iframe src="{shown[0]}"></iframe>'.encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(body)}"
        writer.write(f"{head}\r\nconnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_browser_shows_the_list_inside_a_site_that_is_named_and_in_no_other(
    browser: Browser, settings: Settings, pool: db.Pool
) -> None:
    authority, shown = await make_authority(pool), [""]
    async with portal(shown) as site:
        for named, seen in ((site, True), ("https://other.example", False)):
            async with serve(replace(settings, embed_in=named), pool) as served:
                shown[0] = f"{served.url}/urgent/{authority}/embed"
                context = await browser.new_context()
                page = await context.new_page()
                await page.goto(site, wait_until="networkidle")
                assert await page.frames[1].locator("main h1").count() == int(seen), named
                await context.close()


@pytest.mark.parametrize(
    "sites", ["danang.gov.vn", "https://a; script-src *", "*", "https://a.vn/x", "'self'"]
)
def test_a_setting_that_could_open_more_is_refused(
    sites: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBED_IN", sites)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="EMBED_IN"):
        load()


async def test_on_paper_it_is_the_list_whole_and_nothing_else(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    authority = await make_authority(pool, await make_office(pool))
    long = "Cấp bản sao có chứng thực từ bản chính của cơ quan có thẩm quyền"
    rows = [[f"1.{n:06}", f"{long} số {n}", "Chứng thực", "", "", "x"] for n in range(90)]
    async with speaker(served, pool, authority) as client:
        await upload(client, authority, as_csv(HEAD, *rows))
    context = await browser.new_context(locale="vi-VN", viewport={"width": 680, "height": 1000})
    page = await context.new_page()
    await page.goto(f"{served.url}/urgent/{authority}")
    await page.emulate_media(media="print")
    assert await page.locator("ul.urgent li:visible").count() == 90
    for gone in (".top", ".skip", ".no-print"):
        assert await page.locator(f"{gone}:visible").count() == 0, gone
    assert await page.get_by_text(f"/urgent/{authority}").is_visible()  # where the newest stands
    assert await page.evaluate("document.documentElement.scrollWidth") <= 680  # A4, 15 mm of edge
    rules = "getComputedStyle(document.querySelector('ul.urgent li')).breakInside"
    assert await page.evaluate(rules) == "avoid"
    sheet = await page.pdf(format="A4")
    assert 2 <= len(re.findall(rb"/Type /Page\b", sheet)) <= 6
    await context.close()


async def test_every_page_can_be_used_by_everybody(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, change=births)
    authority = await make_authority(pool, office)
    login = await account(pool, authority)
    home = f"/authority/{authority}"
    async with speaker(served, pool, authority) as client:
        await upload(client, authority, as_csv(HEAD, BIRTH, COPY))
    rules = {"urgent_only": True, "urgent_codes": ["1.001193", "2.000815"]}
    await in_force(pool, authority, measure(rules), [office], BEGINS)
    urls = (f"{home}/catalogue", f"{home}/shared", f"{home}/direct?act=pass_on")
    public = (f"/urgent/{authority}", f"/urgent/{authority}/embed")
    for size in (PHONE, TABLET):
        context = await browser.new_context(viewport=size, base_url=served.url, locale="vi-VN")
        page = await context.new_page()
        await page.goto("/sign-in")
        await page.fill("#login", login)
        await page.fill("#password", PASSWORD)
        await page.get_by_role("button", name="Đăng nhập", exact=True).click()
        for url in (*urls, *public):
            await page.goto(url)
            assert await problems(page) == [], url
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], url
        await context.close()
