"""The organisation's own sign-in, against a real provider in a process of its own."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx2
import pytest
from playwright.async_api import Browser, expect

from queue_service import commands, db, openid, reads
from queue_service.doctor import FINE, WRONG, look_at_openid
from queue_service.settings import Settings
from tests.devices import PHONE, device
from tests.offices import LONG_AGO, Office
from tests.openid_provider import CLIENT, PEOPLE, SECRET
from tests.pages.test_second_factor import enter_code, with_a_phone
from tests.people import person, visitor
from tests.service import free_port
from tests.serving import BEGINS, Served, serve, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def issuer(anyio_backend: object) -> AsyncGenerator[str, None]:
    port = free_port()
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.openid_provider", str(port)
    )
    issuer = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(60), httpx2.AsyncClient() as client:
            while True:
                try:
                    await client.get(f"{issuer}/.well-known/openid-configuration")
                    break
                except httpx2.HTTPError:
                    assert running.returncode is None
                    await asyncio.sleep(0.1)
        yield issuer
    finally:
        running.terminate()
        await running.wait()


@pytest.fixture(scope="module")
def configured(common: Settings, issuer: str) -> Settings:
    port = free_port()
    return replace(
        common,
        public_url=f"http://127.0.0.1:{port}",
        port=port,
        openid_issuer=issuer,
        openid_client_id=CLIENT,
        openid_client_secret=SECRET,
        openid_name="Tỉnh",
        openid_email="on",
    )


@pytest.fixture(scope="module")
async def at(configured: Settings, pool: db.Pool) -> AsyncGenerator[Served, None]:
    """Reached at the very address that the provider sends people back to."""
    async with serve(configured, pool, configured.port) as served:
        yield served


@pytest.fixture
async def faulty(issuer: str) -> AsyncGenerator[httpx2.AsyncClient, None]:
    async with httpx2.AsyncClient(base_url=issuer) as client:
        yield client
        await client.post("/fault", content="")


async def link(pool: db.Pool, issuer: str, office: Office, who: str) -> str:
    """A clerk whose account an administrator has linked; earlier tests' links are taken away."""
    subject = openid.subject_of(issuer, PEOPLE[who]["sub"])
    before = await reads.account(pool, BEGINS, subject=subject)
    if before is not None:
        await commands.set_account(pool, LONG_AGO, "test", UUID(before["account_id"]), subject="")
    clerk = await person(pool, office, password="")
    await commands.set_account(pool, LONG_AGO, "test", clerk.account_id, subject=subject)
    return clerk.login


async def come_back(client: httpx2.AsyncClient, who: str, wish: str = "") -> str:
    """To the provider, signed in there, and the address that the browser is sent back to."""
    away = await client.get("/sign-in/openid", params={"next": wish})
    assert away.status_code == 303, text_of(away.text)
    async with httpx2.AsyncClient() as browser:  # another site: it has none of our cookies
        answer = await browser.post(away.headers["location"], data={"who": who})
    return answer.headers["location"]


async def test_a_linked_clerk_signs_in_and_comes_to_the_page_that_was_asked_for(
    at: Served, pool: db.Pool, issuer: str, office: Office
) -> None:
    login = await link(pool, issuer, office, "ha")
    async with visitor(at) as client:
        address = await come_back(client, "ha", f"/counter/{office.slug}/2")
        answer = await client.get(address)
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            f"/counter/{office.slug}/2",
        )
        assert (await client.get(answer.headers["location"])).status_code == 200
        assert login in text_of((await client.get("/sign-in")).text)
        # Neither the code nor the note opens a second time.
        again = await client.get(address)
        assert again.status_code == 409


async def test_what_is_asked_of_the_provider_has_state_nonce_and_a_challenge(
    at: Served, issuer: str
) -> None:
    async with visitor(at) as client:
        asked: list[dict[str, list[str]]] = []
        for _ in range(2):
            away = (await client.get("/sign-in/openid")).headers["location"]
            assert away.startswith(f"{issuer}/authorize?")
            asked.append(parse_qs(urlsplit(away).query))
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name][0]) >= 43
    assert asked[0]["code_challenge_method"] == ["S256"]
    assert asked[0]["redirect_uri"] == [at.settings.address + openid.BACK]
    assert asked[0]["response_type"] == ["code"]


async def test_nobody_is_let_in_with_what_another_browser_began(
    at: Served, pool: db.Pool, issuer: str, office: Office
) -> None:
    await link(pool, issuer, office, "ha")
    async with visitor(at) as thief, visitor(at) as victim, visitor(at) as nobody:
        address = await come_back(thief, "ha")
        await victim.get("/sign-in/openid")
        assert (await victim.get(address)).status_code == 403  # not their state
        assert (await nobody.get(address)).status_code == 409
        for client in (victim, nobody):
            assert "session" not in dict(client.cookies)


async def test_an_answer_in_the_name_of_another_provider_is_refused(
    at: Served, pool: db.Pool, issuer: str, office: Office
) -> None:
    await link(pool, issuer, office, "ha")
    async with visitor(at) as client:
        address = await come_back(client, "ha")
        mixed = address.replace(f"iss={issuer}".replace(":", "%3A").replace("/", "%2F"), "iss=x")
        assert mixed != address
        assert (await client.get(mixed)).status_code == 403


@pytest.mark.parametrize(
    "fault",
    [
        "nonce",
        "no nonce",
        "audience",
        "issuer",
        "expired",
        "access token",
        "foreign key",
        "changed",
        "no signature",
        "secret as key",
        "public key as secret",
    ],
)
async def test_an_id_token_with_a_fault_lets_nobody_in(
    at: Served,
    pool: db.Pool,
    issuer: str,
    office: Office,
    faulty: httpx2.AsyncClient,
    fault: str,
) -> None:
    await link(pool, issuer, office, "ha")
    await faulty.post("/fault", content=fault)
    async with visitor(at) as client:
        answer = await client.get(await come_back(client, "ha"))
        assert answer.status_code == 502
        assert "did not work" in text_of(answer.text)
        assert "session" not in dict(client.cookies)


async def test_a_new_key_of_the_provider_is_fetched_when_it_comes(
    at: Served, pool: db.Pool, issuer: str, office: Office, faulty: httpx2.AsyncClient
) -> None:
    await link(pool, issuer, office, "ha")
    for _ in range(2):
        async with visitor(at) as client:
            assert (await client.get(await come_back(client, "ha"))).status_code == 303
        await faulty.post("/rotate")


async def test_who_is_unknown_or_withdrawn_is_told_so_and_by_which_name(
    at: Served, pool: db.Pool, issuer: str, office: Office
) -> None:
    login = await link(pool, issuer, office, "ha")
    found = await reads.account(pool, BEGINS, login=login)
    assert found is not None
    mine = UUID(found["account_id"])
    await commands.set_account(pool, LONG_AGO, "test", mine, disabled=True)
    for _ in ("withdrawn", "unlinked"):
        async with visitor(at) as client:
            answer = await client.get(await come_back(client, "ha"))
            assert answer.status_code == 403
            page = text_of(answer.text)
            assert "Nobody here has this account" in page
            assert "u-1003" in page
            assert "session" not in dict(client.cookies)
        await commands.set_account(pool, LONG_AGO, "test", mine, disabled=False, subject="")


async def test_who_says_no_at_the_provider_is_not_signed_in(at: Served) -> None:
    async with visitor(at) as client:
        answer = await client.get(await come_back(client, "nobody"))
        assert answer.status_code == 403
        assert "did not sign you in" in text_of(answer.text)


async def test_a_verified_address_links_an_account_once_and_an_unverified_one_never(
    at: Served, pool: db.Pool, owner: db.Connection, issuer: str, office: Office
) -> None:
    for who in ("lan", "minh"):
        await owner.execute(
            "update ops.account set login = 'gone.' || left(account_id::text, 8), subject = null "
            "where login = $1",
            PEOPLE[who]["email"],
        )
        clerk = await person(pool, office, password="")
        await owner.execute(
            "update ops.account set login = $2 where account_id = $1",
            clerk.account_id,
            PEOPLE[who]["email"],
        )
    async with visitor(at) as client:
        assert (await client.get(await come_back(client, "minh"))).status_code == 403
    async with visitor(at) as client:
        assert (await client.get(await come_back(client, "lan"))).status_code == 303
    found = await reads.account(pool, BEGINS, login="lan@ward.example")
    assert found is not None
    assert found["subject"] == openid.subject_of(issuer, "u-1001")
    # The address is handed on: whoever has it now is somebody else.
    await owner.execute(
        "update ops.account set subject = $2 where account_id = $1",
        found["account_id"],
        openid.subject_of(issuer, "u-1"),
    )
    async with visitor(at) as client:
        assert (await client.get(await come_back(client, "lan"))).status_code == 403


async def test_a_second_factor_is_asked_for_here_too(
    at: Served, pool: db.Pool, issuer: str, office: Office
) -> None:
    await link(pool, issuer, office, "ha")
    clerk = await person(pool, office)
    phone, _ = await with_a_phone(at, clerk)
    subject = openid.subject_of(issuer, "u-1003")
    before = await reads.account(pool, BEGINS, subject=subject)
    assert before is not None
    await commands.set_account(pool, LONG_AGO, "test", UUID(before["account_id"]), subject="")
    await commands.set_account(pool, LONG_AGO, "test", clerk.account_id, subject=subject)
    async with visitor(at) as client:
        answer = await client.get(await come_back(client, "ha"))
        assert answer.headers["location"] == "/sign-in/code"
        assert "session" not in dict(client.cookies)
        assert (await enter_code(client, phone.code())).status_code == 303


async def test_two_accounts_are_never_linked_to_one_person(
    pool: db.Pool, issuer: str, office: Office
) -> None:
    one, other = await person(pool, office), await person(pool, office)
    subject = openid.subject_of(issuer, "u-7" + one.login)
    await commands.set_account(pool, BEGINS, "test", one.account_id, subject=subject)
    with pytest.raises(db.Refused, match="subject_taken"):
        await commands.set_account(pool, BEGINS, "test", other.account_id, subject=subject)


async def test_without_a_provider_there_is_no_such_way_in(served: Served) -> None:
    async with visitor(served) as client:
        assert "/sign-in/openid" not in (await client.get("/sign-in")).text
        for path in ("/sign-in/openid", openid.BACK):
            assert (await client.get(path)).status_code == 404


async def test_doctor_says_whether_the_provider_answers(configured: Settings, issuer: str) -> None:
    def look(one: Settings) -> list[str]:
        return [finding.level for finding in look_at_openid(one)]

    assert (await asyncio.to_thread(look, configured))[0] == FINE
    gone = replace(configured, openid_issuer=f"http://127.0.0.1:{free_port()}")
    assert await asyncio.to_thread(look, gone) == [WRONG]
    named = replace(configured, openid_issuer=issuer + "/")
    assert await asyncio.to_thread(look, named) == [WRONG]


@pytest.mark.parametrize("script", [True, False])
async def test_in_a_browser_to_the_provider_and_back(
    browser: Browser, at: Served, pool: db.Pool, issuer: str, office: Office, script: bool
) -> None:
    await link(pool, issuer, office, "ha")
    async with device(browser, at, "", PHONE, script=script) as page:
        await page.goto(f"/counter/{office.slug}/1")
        assert not script or await problems(page) == []
        await page.get_by_role("link", name="Đăng nhập bằng Tỉnh").click()
        await page.get_by_label("Who").fill("ha")
        await page.get_by_role("button", name="Yes").click()
        await expect(page.get_by_role("heading", name="Quầy 1")).to_be_visible()
        await page.get_by_role("button", name="Mở quầy").click()
        await expect(page.get_by_role("button", name="Gọi số tiếp theo")).to_be_visible()
