"""A box without a key is let in by the code on its own screen, as every other device is."""

import asyncio
import os
import re
import subprocess
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.async_api import Browser, expect

from queue_service import db, pairing, reads, tokens
from queue_service.first_page import FirstPage
from queue_service.hub_line import HubLine
from queue_service.settings import Settings
from tests.cable import cable
from tests.devices import PHONE, TABLET, device, staff, token_for
from tests.floors import empty_database
from tests.offices import Office, make_office
from tests.service import Running, answering, free_port, start
from tests.serving import Served, serve, shows, text_of
from tests.test_accessibility import problems
from tests.test_box import ended, folder, of_box
from tests.test_deploy import DEPLOY

__all__ = ["folder"]

pytestmark = pytest.mark.anyio

CODE = re.compile(r"(\d{3}) (\d{3})")


def box_of(served: Served, office: Office, url: str, mine: db.Database) -> dict[str, str]:
    """The environment of a box that has no key."""
    usual = of_box(office, url, "", served.settings.clock_shift)
    return usual | {
        "DATABASE_URL": mine.app_url,
        "DATABASE_OWNER_URL": mine.owner_url,
        "PORT": str(free_port()),
    }


@pytest.fixture
def started() -> Generator[list[subprocess.Popen[bytes]], None, None]:
    """Processes that are stopped in the end, whatever happens."""
    some: list[subprocess.Popen[bytes]] = []
    yield some
    for process in some:
        process.terminate()
    for process in some:
        process.wait(30)


@pytest.mark.timeout(300)
async def test_a_box_shows_a_code_and_serves_once_a_manager_has_typed_it(
    browser: Browser,
    served: Served,
    pool: db.Pool,
    database: db.Database,
    folder: Path,
    started: list[subprocess.Popen[bytes]],
) -> None:
    office = await make_office(pool)
    manager_s = await token_for(pool, office, "manager")
    async with empty_database(database) as mine, cable(urlsplit(served.url).port or 0) as line:
        environment = box_of(served, office, line.url, mine)
        line.cut()
        process = start(folder, environment, ["box"])
        started.append(process)
        box = Running(process, f"http://127.0.0.1:{environment['PORT']}")
        await shows(box.url, "The central service cannot be asked")
        async with (
            device(browser, replace(served, url=box.url), "", PHONE) as screen,
            device(browser, served, manager_s, TABLET) as manager,
        ):
            await screen.goto("/")
            assert await problems(screen) == []
            line.heal()
            code = screen.locator(".number")
            await expect(code).to_have_text(CODE, timeout=60_000)
            assert await problems(screen) == []
            # whatever a kiosk opens meanwhile says the same, and that it is to come again
            async with httpx2.AsyncClient(base_url=box.url) as client:
                early = await client.get(f"/kiosk/{office.slug}")
                assert (early.status_code, bool(CODE.search(early.text))) == (503, True)
                assert "default-src 'none'" in early.headers["content-security-policy"]

            await manager.goto(f"/manage/{office.slug}/devices")
            await manager.get_by_label("Mã trên màn hình").fill(await code.inner_text())
            await manager.get_by_label("Vị trí đặt thiết bị").fill("Hộp ở phòng máy")
            await manager.get_by_role("button", name="Cho vào").click()
            await expect(manager.locator("form .problem, .error").first).to_contain_text("tại chỗ")
            await manager.get_by_label("Vai trò").select_option("box")
            await manager.get_by_role("button", name="Cho vào").click()
            await expect(manager.locator(".people")).to_contain_text("Hộp ở phòng máy")
            assert await problems(manager) == []
            # the page on the box goes on by itself, to what it is for
            gone_on = expect(screen.locator("h1"))
            await gone_on.not_to_have_text("Cho máy này vào hệ thống", timeout=60_000)
        await answering(box, 60)
        floor = await reads.floor(pool, office.office_id, office.at("08:00"))
        assert floor
        assert floor["box"] == "Hộp 1"

        kept = folder / pairing.TOKEN_FILE
        assert kept.stat().st_mode & 0o777 == 0o600
        assert [name for name in os.listdir(folder) if "token" in name] == [kept.name]
        key = kept.read_text()
        assert await tokens.look_up(pool, key)
        async with db.owner(database.owner_url) as owner:
            said = await owner.fetch("select * from ops.pairing")
            assert key not in str([dict(row) for row in said])

        # with its key it starts again without anybody, cable or not
        process.terminate()
        assert await box.ended(30) == 0
        line.cut()
        process = start(folder, environment, ["box"])
        started.append(process)
        await answering(Running(process, box.url), 60)

        # a second machine is let in by a code, too, but does not begin while this one serves
        async with empty_database(database) as other:
            second = box_of(served, office, served.url, other) | {"BOX_NAME": "Hộp 2"}
            (folder / "b").mkdir()
            started.append(start(folder / "b", second, ["box"]))
            there = f"http://127.0.0.1:{second['PORT']}"
            text = await shows(there, "Let this box in")
            found = CODE.search(await shows_code(there))
            assert found, text
            async with staff(served, pool, office, "manager") as manager:
                form = {"code": found[0], "role": "box", "label": "Hộp 2"}
                path = f"/manage/{office.slug}/devices"
                done = await manager.post(path, data=form, follow_redirects=True)
                assert "As long as Hộp 1 has the floor" in text_of(done.text)
            await shows(there, "Another machine looks after this office: Hộp 1.")


async def shows_code(url: str) -> str:
    async with asyncio.timeout(60):
        while True:
            text = await shows(url, "Let this box in")
            if CODE.search(text):
                return text
            await asyncio.sleep(0.2)


async def test_a_withdrawn_key_is_replaced_by_a_code_while_the_box_goes_on(
    served: Served, pool: db.Pool, folder: Path
) -> None:
    office = await make_office(pool)
    mine = replace(
        served.settings, data_dir=folder, box_hub=served.url, box_office=office.slug, box_token=""
    )
    said: list[str] = []
    (folder / pairing.TOKEN_FILE).write_text("one that was withdrawn")
    asking = asyncio.create_task(pairing.let_in(mine, FirstPage(mine, said.append)))
    code = await told(said)
    assert pairing.kept(mine) == "one that was withdrawn"  # until there is another
    async with staff(served, pool, office, "manager") as manager:
        form = {"code": code, "role": "box", "label": "Hộp"}
        answer = await manager.post(f"/manage/{office.slug}/devices", data=form)
        assert answer.status_code == 303
        assert await asyncio.wait_for(asking, 60) == pairing.kept(mine)
        async with HubLine(replace(mine, box_token=pairing.kept(mine))) as line:
            assert (await line.ask("GET", "floor"))["at_box"] is False
        # a code lets in once
        answer = await manager.post(f"/manage/{office.slug}/devices", data=form)
        assert answer.status_code == 404


async def test_the_key_of_an_installed_box_is_replaced_by_one_command(
    served: Served, pool: db.Pool, folder: Path
) -> None:
    office = await make_office(pool)
    place, data = folder / "etc/queue-service", folder / "var/lib/queue-service"
    command = DEPLOY / "install-box"
    environment = {**os.environ, "DESTDIR": str(folder)}
    done = await asyncio.create_subprocess_exec(
        *(command, served.url, office.slug), env=environment, stdin=subprocess.PIPE
    )
    await done.communicate(b"one that was withdrawn")
    assert (done.returncode, (place / "token").exists()) == (0, True)
    pairs = await asyncio.create_subprocess_exec(
        *(command, "--pair"), env=environment, stdout=subprocess.PIPE
    )
    assert pairs.stdout
    async with asyncio.timeout(60):
        while not (found := CODE.search((await pairs.stdout.readline()).decode())):
            pass
    async with staff(served, pool, office, "manager") as manager:
        form = {"code": found[0], "role": "box", "label": "Hộp"}
        await manager.post(f"/manage/{office.slug}/devices", data=form)
    await asyncio.wait_for(pairs.communicate(), 60)
    assert pairs.returncode == 0
    assert await tokens.look_up(pool, (data / pairing.TOKEN_FILE).read_text())
    assert (place / "box").read_text() == f"BOX_HUB={served.url}\nBOX_OFFICE={office.slug}\n"
    assert not (place / "token").exists()


async def told(said: list[str]) -> str:
    async with asyncio.timeout(60):
        while not (found := CODE.search(" ".join(said))):
            await asyncio.sleep(0.05)
    return found[0]


async def test_the_power_fails_at_the_moment_a_box_is_let_in(
    served: Served, pool: db.Pool, folder: Path
) -> None:
    office = await make_office(pool)
    mine = replace(
        served.settings, data_dir=folder, box_hub=served.url, box_office=office.slug, box_token=""
    )
    said: list[str] = []
    asking = asyncio.create_task(pairing.let_in(mine, FirstPage(mine, said.append)))
    code = await told(said)
    asking.cancel()
    await asyncio.wait({asking})
    async with staff(served, pool, office, "manager") as manager:
        form = {"code": code, "role": "box", "label": "Hộp"}
        await manager.post(f"/manage/{office.slug}/devices", data=form)
    token = await asyncio.wait_for(pairing.let_in(mine, FirstPage(mine, said.append)), 60)
    assert token
    assert await tokens.look_up(pool, token)


async def test_who_asks_for_codes_again_and_again_is_told_to_wait(
    settings: Settings, pool: db.Pool
) -> None:
    office = await make_office(pool)
    path = f"/api/v1/offices/{office.slug}/pairings"
    async with (
        serve(replace(settings, failed_codes_per_hour=3), pool) as there,
        httpx2.AsyncClient(base_url=there.url, headers={"x-forwarded-for": "192.0.2.77"}) as client,
    ):

        async def ask(key: str) -> httpx2.Response:
            return await client.post(path, json={"key": key})

        first = await ask("0" * 64)
        for number in range(1, 3):
            assert (await ask(f"{number:064}")).status_code == 200
        refused = await ask(f"{3:064}")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")
        assert int(refused.headers["retry-after"]) >= 1
        # whoever has a code may go on looking whether somebody has said yes
        again = await ask("0" * 64)
        assert again.json() == first.json()
        assert again.json()["state"] == "waiting"
        for nonsense in ("", "x" * 64, "0" * 63, 7, None):
            answer = await client.post(path, json={"key": nonsense})
            assert answer.status_code == 422
        nowhere = await client.post("/api/v1/offices/no-such/pairings", json={"key": "0" * 64})
        assert nowhere.json()["code"] == "no_such_office"


async def test_a_box_of_no_office_says_so(
    served: Served, folder: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    environment = {
        "BOX_HUB": served.url,
        "BOX_OFFICE": "no-such-office",
        "PORT": str(free_port()),
    }
    box = start(folder, environment, ["box"])
    started.append(box)
    url = f"http://127.0.0.1:{environment['PORT']}"
    await shows(url, "The central service has no office no-such-office.")
    assert "TÊN" in await shows(url, "Hệ thống trung tâm không có nơi giao dịch", language="vi")
    box.terminate()
    assert await Running(box, url).ended(60) == 0
    status, said = await asyncio.to_thread(ended, folder, {"BOX_HUB": served.url})
    assert (status, "missing: BOX_OFFICE" in said) == (2, True)
