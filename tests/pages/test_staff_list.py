"""The list of staff comes in as a table: what it changes is seen first, mistakes by their line."""

import re
import unicodedata
from html import unescape
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser

from queue_service import db, reads
from tests.devices import PHONE, TABLET, device, staff, token_for
from tests.offices import make_office
from tests.pages.test_changes import field
from tests.people import person
from tests.rota import Rota, day, make_rota
from tests.serving import Served, text_of
from tests.test_accessibility import problems
from tests.test_catalogue import as_csv, as_xlsx

pytestmark = pytest.mark.anyio

HEAD = ["Họ và tên", "Chức vụ", "Tổ", "Lĩnh vực", "Phụ trách", "Ngày cuối"]
AN = ["Nguyễn Văn An", "Công chức hộ tịch", "Tổ A", "justice", "x", ""]
BINH = ["Trần Thị Bình", "", "Tổ B", "justice; permits", "", "31/12/2026"]


async def send(manager: httpx2.AsyncClient, rota: Rota, data: bytes) -> httpx2.Response:
    files: Any = {"file": ("can-bo.csv", data, "text/csv")}
    return await manager.post(f"/manage/{rota.lobby.office.slug}/staff-list", files=files)


async def confirm(manager: httpx2.AsyncClient, rota: Rota, looked: str) -> httpx2.Response:
    sent = {"mark": field(looked, "mark"), "table": unescape(table(looked))}
    url = f"/manage/{rota.lobby.office.slug}/staff-list/keep"
    return await manager.post(url, data=sent, follow_redirects=True)


def table(looked: str) -> str:
    found = re.search(r'name="table" value="([^"]*)"', looked)
    assert found is not None
    return found[1]


async def people(rota: Rota) -> dict[str, dict[str, Any]]:
    seen = await reads.rota(rota.pool, rota.office_id, rota.lobby.at("06:00"), day(0), day(0))
    assert seen is not None
    return {one["name"]: one for one in seen["staff"]}


@pytest.mark.parametrize("made", [as_csv, as_xlsx])
async def test_a_table_becomes_the_list_once_what_it_changes_was_seen(
    served: Served, pool: db.Pool, made: Any
) -> None:
    rota = await make_rota(pool, {"Lê Thị Chi": "b", "Trần Thị Bình": "a"})
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        looked = await send(manager, rota, made(HEAD, AN, BINH))
        assert looked.status_code == 200, text_of(looked.text)
        shown = text_of(looked.text)
        assert "Nguyễn Văn An new" in shown
        assert "Staff group: Group A → Group B" in shown
        assert "Not in the table, so they stay on the list as they are: Lê Thị Chi" in shown
        assert set(await people(rota)) == {"Lê Thị Chi", "Trần Thị Bình"}  # nothing is kept yet
        assert "Saved." in text_of((await confirm(manager, rota, looked.text)).text)
        again = text_of((await send(manager, rota, made(HEAD, AN, BINH))).text)
        assert "Nothing changes." in again
    found = await people(rota)
    an, binh = found["Nguyễn Văn An"], found["Trần Thị Bình"]
    assert (an["group_id"], an["leads"], an["queues"]) == ("a", True, ["justice"])
    assert (binh["group_id"], binh["left_on"]) == ("b", "2026-12-31")
    assert set(found) == {"Lê Thị Chi", "Trần Thị Bình", "Nguyễn Văn An"}


async def test_what_a_table_does_not_say_stays_as_it_is(served: Served, pool: db.Pool) -> None:
    rota = await make_rota(pool, {})
    await rota.hire("Nguyễn Văn An", "b", title="Phó giám đốc", leads=True)
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        looked = await send(manager, rota, as_csv(["name", "group"], ["Nguyễn Văn An", "a"]))
        await confirm(manager, rota, looked.text)
    an = (await people(rota))["Nguyễn Văn An"]
    assert (an["group_id"], an["title"], an["leads"]) == ("a", "Phó giám đốc", True)
    assert an["queues"] == ["justice", "permits"]


async def test_each_mistake_is_named_with_its_line_and_nobody_is_kept(
    served: Served, pool: db.Pool
) -> None:
    rota = await make_rota(pool, {})
    wrong = (
        [*AN[:2], "Tổ Z", "câu cá", "có lẽ", "31/13/2026"],
        ["", *BINH[1:]],
        ["x" * 81, *BINH[1:]],
        AN,
    )
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        answer = await send(manager, rota, as_csv(HEAD, *wrong))
        assert answer.status_code == 422
        shown = text_of(answer.text)
        assert "Line 2: there is no group “Tổ Z”; there are: Group A, Group B" in shown
        assert "Line 2: there is no field “câu cá”" in shown
        assert "Line 2: “có lẽ” is not x" in shown
        assert "Line 2: “31/13/2026” is no day" in shown
        assert "Line 3: the name is missing" in shown
        assert "Line 4: the name is too long" in shown
        assert "Line 5: “Nguyễn Văn An” stands in line 2 already" in shown
        for data, said in (
            (b"", "Please choose a file."),
            (b"a,b\n1,2\n", "no head with a column “name”"),
            ("họ tên\nÁ".encode("utf-16"), "not UTF-8"),
            (b"PK\x03\x04nothing", "the sheet cannot be read"),
        ):
            answer = await send(manager, rota, data)
            assert answer.status_code == 422
            assert said in text_of(answer.text)
    assert await people(rota) == {}


async def test_two_of_one_name_are_not_guessed_at(served: Served, pool: db.Pool) -> None:
    rota = await make_rota(pool, {"Nguyễn Văn An": "a", "An": "b"})
    await rota.hire("An", "b", name="Nguyễn Văn An")
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        answer = await send(manager, rota, as_csv(HEAD, AN))
    assert "2 on the list are called “Nguyễn Văn An”" in text_of(answer.text)


@pytest.mark.parametrize(
    "typed",
    [
        "NGUYỄN THỊ HOÀ",
        unicodedata.normalize("NFD", "Nguyễn Thị Hòa"),
        " Nguyễn  Thị\u00a0Hòa ",
    ],
)
async def test_one_name_typed_otherwise_is_one_person_and_the_look_beforehand_says_so(
    served: Served, pool: db.Pool, typed: str
) -> None:
    rota = await make_rota(pool, {"Nguyễn Thị Hòa": "a"})
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        looked = await send(manager, rota, as_csv(["name", "group"], [typed, "b"]))
        shown = text_of(looked.text)
        assert "on the list" in shown
        assert "Staff group: Group A → Group B" in shown
        assert ("Name: Nguyễn Thị Hòa → NGUYỄN THỊ HOÀ" in shown) == typed.startswith("NGUYỄN")
        await confirm(manager, rota, looked.text)
    [only] = (await people(rota)).values()
    assert (only["staff_id"], only["group_id"]) == (str(rota.people["Nguyễn Thị Hòa"]), "b")


async def test_a_name_that_differs_in_marks_alone_is_somebody_else_and_is_pointed_out(
    served: Served, pool: db.Pool
) -> None:
    rota = await make_rota(pool, {"Nguyễn Văn Ân": "a"})
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        looked = await send(manager, rota, as_csv(["name", "group"], ["Nguyen Van An", "b"]))
        assert "On the list is Nguyễn Văn Ân. If that is the same person" in text_of(looked.text)
        await confirm(manager, rota, looked.text)
    assert set(await people(rota)) == {"Nguyễn Văn Ân", "Nguyen Van An"}


async def test_an_account_tells_two_of_one_name_apart_and_knows_who_has_another_name_now(
    served: Served, pool: db.Pool
) -> None:
    rota = await make_rota(pool, {})
    office = rota.lobby.office
    first, second, third = [await person(pool, office) for _ in range(3)]
    await rota.hire("1", "a", name="Nguyễn Văn An", account_id=str(first.account_id))
    await rota.hire("2", "a", name="Nguyễn Văn An", account_id=str(second.account_id))
    head = ["name", "account", "group"]
    async with staff(served, pool, office, "manager") as manager:
        looked = await send(
            manager,
            rota,
            as_csv(
                head,
                ["Nguyễn Văn An", second.login, "b"],
                ["Nguyễn Văn An Bình", first.login, "a"],
            ),
        )
        assert "Name: Nguyễn Văn An → Nguyễn Văn An Bình" in text_of(looked.text)
        await confirm(manager, rota, looked.text)
        found = await people(rota)
        assert {name: one["staff_id"] for name, one in found.items()} == {
            "Nguyễn Văn An Bình": str(rota.people["1"]),
            "Nguyễn Văn An": str(rota.people["2"]),
        }
        for login, said in (
            (third.login, "“Nguyễn Văn An” on the list signs in with another account"),
            (first.login, "is Nguyễn Văn An Bình's, and not that of “Nguyễn Văn An”"),
        ):
            looked = await send(manager, rota, as_csv(head, ["Nguyễn Văn An", login, "b"]))
            assert looked.status_code == 422
            assert f"Line 2: {said}" in text_of(looked.text).replace(f"the account “{login}” ", "")


async def test_the_form_adds_one_person_however_often_it_is_pressed_and_asks_about_a_namesake(
    served: Served, pool: db.Pool
) -> None:
    rota = await make_rota(pool, {})
    new = f"/manage/{rota.lobby.office.slug}/staff/new"
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        sent = {"name": "Nguyễn Thị Hòa", "area": "hall"}
        first = {**sent, "staff_id": field((await manager.get(new)).text, "staff_id")}
        for _ in range(2):
            assert (await manager.post(new, data=first)).status_code == 303
        assert len(await people(rota)) == 1
        again = {
            "name": "nguyễn thị hoà",
            "staff_id": field((await manager.get(new)).text, "staff_id"),
        }
        asked = await manager.post(new, data=again)
        assert asked.status_code == 409
        assert "Nguyễn Thị Hòa is on the list already." in text_of(asked.text)
        assert len(await people(rota)) == 1
        assert field(asked.text, "staff_id") == again["staff_id"]
        assert (await manager.post(new, data={**again, "other": "1"})).status_code == 303
    assert len(await people(rota)) == 2


async def test_who_changed_the_list_meanwhile_is_not_overwritten(
    served: Served, pool: db.Pool
) -> None:
    rota = await make_rota(pool, {"Trần Thị Bình": "a"})
    async with staff(served, pool, rota.lobby.office, "manager") as manager:
        looked = await send(manager, rota, as_csv(HEAD, AN, BINH))
        await rota.hire("Trần Thị Bình", "b", title="Giám đốc")
        answer = await confirm(manager, rota, looked.text)
        assert answer.status_code == 409
        assert "Somebody has changed the list of staff since you looked." in text_of(answer.text)
        assert "Position: Giám đốc → –" in text_of(answer.text)
        assert set(await people(rota)) == {"Trần Thị Bình"}
        assert "Saved." in text_of((await confirm(manager, rota, answer.text)).text)
    assert set(await people(rota)) == {"Trần Thị Bình", "Nguyễn Văn An"}


async def test_a_clerk_or_a_manager_elsewhere_takes_in_nobody(
    served: Served, pool: db.Pool
) -> None:
    rota, elsewhere = await make_rota(pool, {}), await make_office(pool)
    for office, role in ((rota.lobby.office, "clerk"), (elsewhere, "manager")):
        async with staff(served, pool, office, role) as client:
            assert (await send(client, rota, as_csv(HEAD, AN))).status_code == 403
            sent = {"mark": "x", "table": "name\nAn"}
            url = f"/manage/{rota.lobby.office.slug}/staff-list/keep"
            assert (await client.post(url, data=sent)).status_code == 403
    assert await people(rota) == {}


@pytest.mark.parametrize("size", [PHONE, TABLET])
async def test_it_goes_by_the_browser_with_script_and_without(
    browser: Browser, served: Served, pool: db.Pool, size: Any
) -> None:
    rota = await make_rota(pool, {"Trần Thị Bình": "a"})
    token = await token_for(pool, rota.lobby.office, "manager")
    async with device(browser, served, token, size, script=size is PHONE) as page:
        await page.goto(f"/manage/{rota.lobby.office.slug}/staff?lang=vi")
        await page.get_by_text("Nhập danh sách từ bảng").click()
        for table in (as_csv(HEAD, AN, ["", *BINH[1:]]), as_csv(HEAD, AN, BINH)):
            await page.set_input_files("#file", {"name": "a.csv", "mimeType": "", "buffer": table})
            await page.locator("form:has(#file) button").click()
            if size is PHONE:
                assert await problems(page) == []
        assert await page.locator("h1").inner_text() == "Bảng này sẽ thay đổi gì"
        await page.get_by_role("button", name="Nhập vào danh sách").click()
        await page.wait_for_url("**/staff?did=kept")
    assert set(await people(rota)) == {"Trần Thị Bình", "Nguyễn Văn An"}
