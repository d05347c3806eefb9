"""A manager takes a service over from the authority's catalogue, all but what differs."""

from typing import Any

import pytest
from playwright.async_api import Browser

from queue_service import commands, db, reads
from queue_service.offices import catalogue
from tests.authority import make_authority
from tests.devices import PHONE, TABLET, device, staff, token_for
from tests.offices import LONG_AGO, Office
from tests.pages.test_changes import confirm
from tests.serving import Served, text_of
from tests.test_accessibility import problems
from tests.test_catalogue import BIRTH, COPY, HEAD, as_csv

pytestmark = pytest.mark.anyio

HEADS = [*HEAD, "Tên tiếng Anh", "Giấy tờ", "Giấy tờ (tiếng Anh)", "Địa chỉ"]
PAPERS = ["Giấy chứng sinh; Căn cước", "Attestation; Identity card"]
MORE = ["Birth registration", *PAPERS, "https://dichvucong.gov.vn/khai-sinh"]


async def above(pool: db.Pool, office: Office) -> str:
    authority = await make_authority(pool, office)
    rows = catalogue.read(
        as_csv(HEADS, [*BIRTH, *MORE], [*COPY, "Certified copy", "", "", ""]), "x"
    )
    await commands.keep_procedures(pool, LONG_AGO, "test", authority, rows)
    return authority


async def services(pool: db.Pool, office: Office) -> dict[str, dict[str, Any]]:
    file = await reads.standing_file(pool, office.office_id)
    assert file is not None
    return {row["service_id"]: row for row in file["services"]}


@pytest.mark.parametrize("size", [PHONE, TABLET])
async def test_a_service_is_found_chosen_and_keeps_only_what_differs(
    browser: Browser, served: Served, pool: db.Pool, owner: db.Connection, office: Office, size: Any
) -> None:
    authority = await above(pool, office)
    token = await token_for(pool, office, "manager")
    async with device(browser, served, token, size, script=size is PHONE) as page:
        await page.goto(f"/manage/{office.slug}/services?lang=vi")
        await page.get_by_role("link", name="Thêm từ danh mục").click()
        await page.fill('[name="q"]', "lam KHAI sinh")  # an everyday name, without marks
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/catalogue?q=*")
        found = await page.locator("main .list").inner_text()
        assert "Đăng ký khai sinh" in found
        assert "Chứng thực" not in found
        if size is PHONE:
            assert await problems(page) == []
        await page.get_by_role("link", name="Đăng ký khai sinh").click()
        assert await page.input_value('[name="name_en"]') == "Birth registration"
        assert await page.input_value('[name="papers_vi"]') == "Giấy chứng sinh\nCăn cước"
        await page.select_option('[name="queue"]', "justice")
        await page.fill('[name="minutes"]', "25")  # slower here than the catalogue says
        if size is PHONE:
            assert await problems(page) == []
        await page.locator("main form button").first.click()
        await page.locator('button[value="apply"]').click()
        assert "did=applied" in page.url
    birth = (await services(pool, office))["dang-ky-khai-sinh"]
    assert birth["national_code"] == "1.001193"
    assert birth["minutes"] == 25
    kept = await owner.fetchval(
        "select s from queue.layers, jsonb_array_elements(own -> 'services') as s "
        "where office_id = $1 and s ->> 'service_id' = 'dang-ky-khai-sinh'",
        office.office_id,
    )
    assert kept["minutes"] == 25
    assert not {"name_vi", "name_en", "field_vi", "papers_vi", "urgent"} & set(kept)
    again = [*BIRTH[:1], "Đăng ký khai sinh (mới)", *BIRTH[2:], *MORE]
    rows = catalogue.read(as_csv(HEADS, again), "x")
    await commands.keep_procedures(pool, LONG_AGO, "test", authority, rows)
    birth = (await services(pool, office))["dang-ky-khai-sinh"]
    assert birth["name_vi"] == "Đăng ký khai sinh (mới)"
    assert birth["minutes"] == 25


@pytest.mark.parametrize("words", ["2.000815", "sao y", "CHUNG thuc", "cong chung", "thực chứng"])
async def test_words_find_it_by_code_by_name_and_by_everyday_name(
    served: Served, pool: db.Pool, office: Office, words: str
) -> None:
    await above(pool, office)
    async with staff(served, pool, office, "manager") as manager:
        page = await manager.get(f"/manage/{office.slug}/catalogue", params={"q": words})
    assert "Certified copy 2.000815" in text_of(page.text)
    assert "Birth registration" not in text_of(page.text)


async def test_what_the_office_has_already_is_said_and_leads_there(
    served: Served, pool: db.Pool, office: Office
) -> None:
    await above(pool, office)
    async with staff(served, pool, office, "manager") as manager:
        home = f"/manage/{office.slug}"
        sent = {"name_vi": "A", "name_en": "A", "queue": "justice", "minutes": "5"}
        sent |= {"national_code": "2.000815", "id": "sao-y"}
        where = (await manager.post(f"{home}/services", data=sent)).headers["location"]
        await confirm(manager, where)
        page = (await manager.get(f"{home}/catalogue?q=sao+y")).text
    assert "here already" in text_of(page)
    assert f'href="{home}/services?id=sao-y"' in page


async def test_without_an_authority_or_the_right_there_is_nothing_to_choose(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "manager") as manager:
        home = f"/manage/{office.slug}"
        assert "From the catalogue" not in text_of((await manager.get(f"{home}/services")).text)
        assert "no authority" in text_of((await manager.get(f"{home}/catalogue")).text)
        answer = await manager.get(f"{home}/services?id=&code=1.001193")
        assert answer.status_code == 404
    async with staff(served, pool, office, "clerk") as clerk:
        assert (await clerk.get(f"{home}/catalogue")).status_code == 403
