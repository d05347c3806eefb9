"""Devices: let in by the code on their screen, each with a key of its own, withdrawn on a page."""

import re

import pytest
from playwright.async_api import Browser, expect

from queue_service import db, reads, tokens
from tests.devices import KIOSK, PHONE, device, staff, token_for
from tests.offices import LONG_AGO, Office, make_office
from tests.people import visitor
from tests.serving import Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def test_a_kiosk_is_let_in_by_its_code_and_put_out_again_on_the_page(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    key = await token_for(pool, office, "manager")
    async with (
        device(browser, served, "", KIOSK) as screen,
        device(browser, served, key, PHONE) as manager,
    ):
        await screen.goto("/pair")
        assert await problems(screen) == []
        code = await screen.locator(".number").inner_text()
        assert re.fullmatch(r"\d{3} \d{3}", code)
        await manager.goto(f"/manage/{office.slug}/devices")
        assert await problems(manager) == []
        await manager.get_by_label("Vị trí đặt thiết bị").fill("Cửa chính")
        await manager.get_by_label("Mã trên màn hình").fill(code)
        await manager.get_by_role("button", name="Cho vào").click()
        await expect(manager.locator(".people")).to_contain_text("Cửa chính")
        await screen.wait_for_url(f"**/kiosk/{office.slug}", timeout=30_000)
        assert await problems(manager) == []
        await manager.get_by_role("button", name="Thu hồi khóa Cửa chính").click()
        await expect(manager.locator("main")).not_to_contain_text("Cửa chính")
        await screen.goto(f"/kiosk/{office.slug}")
        await expect(screen).to_have_url(re.compile("/sign-in"))


async def test_a_key_used_from_a_second_device_is_refused_and_told_to_the_manager(
    served: Served, pool: db.Pool, office: Office
) -> None:
    key = await tokens.make(
        pool, LONG_AGO, "kiosk", [office.office_id], "Cửa chính", one_device=True
    )
    path, form = f"/kiosk/{office.slug}", {"token": key, "next": ""}
    async with visitor(served) as first, visitor(served) as second:
        assert (await first.post("/sign-in", data=form)).status_code == 303
        answer = await second.post("/sign-in", data=form)
        assert answer.status_code == 422
        assert "belongs to another device" in text_of(answer.text)
        stolen = await second.get(path, headers={"cookie": f"token={key}"})
        assert stolen.status_code == 403
        assert "belongs to another device" in text_of(stolen.text)
        sent = {"authorization": f"Bearer {key}"}
        call = await second.get(f"/api/v1/offices/{office.slug}/revocations", headers=sent)
        assert (call.status_code, call.json()["code"]) == (403, "token_elsewhere")
        assert (await first.get(path)).status_code == 200
    async with staff(served, pool, office, "manager") as manager:
        page = text_of((await manager.get(f"/manage/{office.slug}/devices")).text)
        assert "tried on another device" in page
        trail = text_of((await manager.get(f"/manage/{office.slug}/audit")).text)
        assert "key tried on another device" in trail


async def test_a_manager_lets_nothing_into_another_office_and_withdraws_none_of_its_keys(
    served: Served, pool: db.Pool, office: Office
) -> None:
    other = await make_office(pool)
    key = await token_for(pool, other, "kiosk")
    row = await reads.token(pool, tokens.sha_of(key))
    assert row is not None
    async with staff(served, pool, office, "manager") as manager:
        path = f"/manage/{office.slug}/devices"
        answer = await manager.post(path, data={"withdraw": row["token_id"]})
        assert answer.status_code == 404
        assert await tokens.look_up(pool, key) is not None
        for role in ("manager", "admin", ""):
            form = {"code": "123456", "role": role, "label": "x"}
            assert (await manager.post(path, data=form)).status_code == 422, role
        wrong = await manager.post(path, data={"code": "", "role": "kiosk", "label": "x"})
        assert "No device shows this code" in text_of(wrong.text)
