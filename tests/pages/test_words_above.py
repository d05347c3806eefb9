"""What a province says once: the line on the screens and the question at the entry check."""

import tomllib
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser

from queue_service import commands, db, offices, reads
from tests.authority import confirm as confirm_directive
from tests.authority import direct, make_authority, work
from tests.devices import PHONE, TABLET, device, staff, token_for
from tests.offices import DAY, File, Office, make_office
from tests.pages.test_authority import speaker
from tests.pages.test_changes import confirm
from tests.serving import BEGINS, Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio

LATER = BEGINS + timedelta(minutes=5)  # after what the served clock says meanwhile
LINE = {"message_vi": "Nghỉ lễ 30/4 và 1/5", "message_en": "Closed on 30 April and 1 May"}
ASKED = {"question_vi": "Ông/bà có sốt không?", "question_en": "Do you have a fever?"}
OWN = {"message_vi": "Quầy 3 chuyển sang phòng B", "message_en": "Counter 3 is in room B now"}


async def say(client: httpx2.AsyncClient, authority: str, **words: str) -> httpx2.Response:
    return await client.post(f"/authority/{authority}/shared", data={"text": "", **words})


async def pass_on(pool: db.Pool, authority: str, *of: Office) -> None:
    directive_id = await direct(pool, authority, None, of, LATER, "pass_on")
    await work(pool, LATER)
    await confirm_directive(pool, directive_id, LATER)
    await work(pool, LATER)


async def shown(pool: db.Pool, office: Office) -> dict[str, str]:
    """What the screens of the office have, out of the tables its lobby reads."""
    file = await reads.office_file(pool, office.office_id)
    assert file is not None
    return {name: {**file["board"], **file["door"]}[name] for name in (*LINE, *ASKED)}


def line_of_its_own(file: File) -> None:
    usual: dict[str, Any] = {
        "volume": 80,
        "muted": [],
        "top_seconds": 8,
        "stale_seconds": 45,
        "screens": [],
    }
    file["board"] = usual | OWN


async def test_a_line_of_the_province_is_on_every_screen_but_where_an_office_has_its_own(
    served: Served, pool: db.Pool
) -> None:
    plain, own = await make_office(pool), await make_office(pool, change=line_of_its_own)
    authority = await make_authority(pool, plain, own)
    async with speaker(served, pool, authority) as client:
        answer = await say(client, authority, **LINE, **ASKED)
        assert answer.headers["location"].endswith("act=pass_on")
        assert (await shown(pool, plain))["message_vi"] == ""  # nothing before it is passed on
        await pass_on(pool, authority, plain, own)
        assert await shown(pool, plain) == LINE | ASKED
        assert await shown(pool, own) == OWN | ASKED
        await say(client, authority, **{**LINE, "message_vi": "Nghỉ lễ đến hết 3/5"}, **ASKED)
        await pass_on(pool, authority, plain, own)
        assert (await shown(pool, plain))["message_vi"] == "Nghỉ lễ đến hết 3/5"
        await say(client, authority)
        await pass_on(pool, authority, plain, own)
    assert set((await shown(pool, plain)).values()) == {""}
    assert (await shown(pool, own))["message_vi"] == OWN["message_vi"]


async def test_a_file_taken_away_and_put_in_again_goes_on_following_the_province(
    served: Served, pool: db.Pool, office: Office
) -> None:
    authority = await make_authority(pool, office)
    async with speaker(served, pool, authority) as client:
        await say(client, authority, **LINE)
        await pass_on(pool, authority, office)
        standing = await reads.standing_file(pool, office.office_id)
        assert standing is not None
        text = offices.write(office.office_id, standing, DAY)
        assert tomllib.loads(text)["board"]["message"]["vi"] == LINE["message_vi"]
        document = offices.read_text(text, "again", DAY).document
        await commands.import_office(pool, office.office_id, LATER, "test", document)
        await say(client, authority, message_vi="Mới", message_en="New")
        await pass_on(pool, authority, office)
    assert (await shown(pool, office))["message_vi"] == "Mới"


async def test_who_leaves_the_province_keeps_what_the_screens_say(
    served: Served, pool: db.Pool, office: Office
) -> None:
    authority = await make_authority(pool, office)
    async with speaker(served, pool, authority) as client:
        await say(client, authority, **LINE)
        await pass_on(pool, authority, office)
    await commands.place_office(pool, office.office_id, LATER, "admin:test", None)
    standing = await reads.standing_file(pool, office.office_id)
    assert standing is not None
    assert standing["board"]["message_vi"] == LINE["message_vi"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"message_en": ""}, "in both languages"),
        ({"message_vi": "x" * 501}, "too long"),
        ({"message_vi": "Nghỉ\x07 lễ"}, "one line of plain text"),
    ],
)
async def test_a_line_that_no_screen_could_show_is_named_and_what_was_typed_stays(
    served: Served, pool: db.Pool, wrong: dict[str, str], said: str
) -> None:
    authority = await make_authority(pool)
    async with speaker(served, pool, authority) as client:
        answer = await say(client, authority, **{**LINE, **wrong}, **ASKED)
        assert answer.status_code == 422
        assert said in text_of(answer.text)
        assert ASKED["question_vi"] in answer.text
        assert LINE["message_vi"] not in (await client.get(f"/authority/{authority}/shared")).text


@pytest.mark.parametrize("size", [PHONE, TABLET])
async def test_a_manager_sees_whose_words_they_are_says_others_and_goes_back(
    browser: Browser, served: Served, pool: db.Pool, office: Office, size: Any
) -> None:
    authority = await make_authority(pool, office)
    text = '[texts.called]\nvi = "Moi so {number} den {counter}."\nen = "{number}: to {counter}."\n'
    async with speaker(served, pool, authority) as client:
        await say(client, authority, **LINE, text=text)
        await pass_on(pool, authority, office)
    token = await token_for(pool, office, "manager")
    async with device(browser, served, token, size, script=size is PHONE) as page:
        home = f"/manage/{office.slug}"
        await page.goto(f"{home}/texts?lang=vi")
        assert "lời văn của Tỉnh thử" in await page.locator("main").inner_text()
        await page.goto(f"{home}/texts?id=called")
        assert "Moi so {number} den {counter}." in await page.locator("main").inner_text()
        assert await page.input_value("#text_vi") == ""
        for said, stands in ((OWN, OWN), (dict.fromkeys(OWN, ""), LINE)):
            await page.goto(f"{home}/board")
            assert LINE["message_vi"] in await page.locator("main").inner_text()
            if size is PHONE:  # axe needs script
                assert await problems(page) == []
            for name, words in said.items():
                await page.fill(f"#{name}", words)
            await page.locator("main form button").first.click()
            await page.locator('button[value="apply"]').click()
            await page.wait_for_url("**did=applied")
            assert (await shown(pool, office))["message_vi"] == stands["message_vi"]


async def test_where_no_authority_says_anything_the_form_is_as_it_was(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "manager") as manager:
        page = text_of((await manager.get(f"/manage/{office.slug}/board")).text)
        assert "Left empty: none." in page
        sent = {"message_vi": "A", "message_en": "B", "volume": "80", "top_seconds": "8"}
        sent |= {"stale_seconds": "45"}
        where = (await manager.post(f"/manage/{office.slug}/board", data=sent)).headers["location"]
        await confirm(manager, where)
    assert (await shown(pool, office))["message_en"] == "B"
