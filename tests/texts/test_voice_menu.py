"""A caller walks through the menu by keys, as Twilio would post them."""

import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest

from queue_service import commands, reads
from queue_service.group_commit import Groups
from queue_service.settings import Settings
from queue_service.voice.menu import Call, Menu
from tests.texts.conftest import City

pytestmark = pytest.mark.anyio

OPERATOR = "02361022"
SPOKEN_CODE = r"(?:\d, ){3}\d\. (?:\d, ){2}\d\. (?:\d, ){2}\d"  # in groups, as it is written


class Caller:
    """Hears the menu and presses keys; `heard` is what the voice said last."""

    def __init__(self, city: City, number: str = "") -> None:
        groups = Groups(city.pool, city.clock, Settings())  # pyright: ignore[reportArgumentType]
        self.menu = Menu(city.pool, city.clock, groups, "/twilio/voice", OPERATOR)  # pyright: ignore[reportArgumentType]
        self.number = number or f"+84905{secrets.randbelow(10**6):06}"
        self.call_id, self.next, self.heard, self.spoken = secrets.token_hex(8), "", "", ""

    async def press(self, *keys: str) -> str:
        for key in keys:
            query = dict(parse_qsl(urlsplit(self.next).query))
            said = await self.menu.answer(Call(self.call_id, self.number, key, query))
            root = ElementTree.fromstring(said)
            gather = root.find("Gather")
            self.next = gather.get("action", "") if gather is not None else ""
            says = list(root.iter("Say"))
            self.heard = " ".join(say.text or "" for say in says)
            self.spoken = says[0].get("language", "")
            self.dialled = root.findtext("Dial")
        return self.heard

    async def call(self) -> str:
        return await self.press("")


def key_for(heard: str, name: str) -> Iterator[str]:
    yield from re.findall(rf"{name}: bấm (\d)", heard)


async def test_a_caller_books_hears_the_code_twice_and_it_works_at_the_door(
    city: City,
) -> None:
    caller = Caller(city)
    await caller.call()
    assert caller.spoken == "vi-VN"
    await caller.press("1")
    [office] = key_for(caller.heard, "Trung tâm Hành chính thành phố Đà Nẵng")
    await caller.press(office)
    [service] = key_for(caller.heard, "Cấp Phiếu lý lịch tư pháp số 1")
    await caller.press(service)
    assert "8 giờ 30, thứ Hai, ngày 30 tháng 3: bấm 1" in caller.heard
    await caller.press("1")
    assert "Cấp Phiếu lý lịch tư pháp số 1" in caller.heard
    last = caller.next
    booked = await caller.press("1")
    first, second = re.findall(SPOKEN_CODE, booked)
    assert first == second
    code = re.sub(r"\D", "", first)
    caller.next = last
    assert await caller.press("1") == booked
    came = city.clock.now().replace(hour=8, minute=25)
    decision = await commands.arrive(city.pool, 1, came, "kiosk:door", None, None, code)
    assert decision["decision"] == "enter"
    where = Caller(city)
    await where.call()
    city.clock.moment = came
    assert "A, 0, 0, 1" in await where.press("3", code)


async def test_only_the_phone_that_booked_cancels(city: City) -> None:
    caller = Caller(city)
    await caller.call()
    booked = await caller.press("1", "1", "1", "1", "1")
    found = re.search(SPOKEN_CODE, booked)
    assert found, booked
    code = re.sub(r"\D", "", found[0])
    stranger, again = Caller(city), Caller(city, caller.number)
    for one in (stranger, again):
        await one.call()
        await one.press("2", code)
    office = int(code[:4])
    [visit] = await reads.find_visits(city.pool, office, city.clock.now(), None, code)
    assert stranger.next
    assert not again.next
    assert visit["state"] == "cancelled"


@pytest.mark.parametrize(
    "keys", [[], ["1"], ["1", "1"], ["1", "1", "1"], ["1", "1", "1", "1"], ["2"], ["3"]]
)
@pytest.mark.parametrize("useless", ["", "7", "#", "999999999999", "abc"])
async def test_silence_and_nonsense_end_with_an_operator(
    city: City,
    keys: list[str],
    useless: str,
) -> None:
    caller = Caller(city)
    await caller.call()
    await caller.press(*keys)
    for _ in range(4):
        if caller.dialled is None:
            await caller.press(useless)
    assert caller.dialled == OPERATOR


async def test_the_code_also_comes_by_text_but_to_no_landline(city: City) -> None:
    mobile, landline = Caller(city), Caller(city, f"+84236{secrets.randbelow(10**6) + 3000000}")
    for one in (mobile, landline):
        await one.call()
        await one.press("1", "1", "1", "1", "1")
        assert len(re.findall(SPOKEN_CODE, one.heard)) == 2
    assert "tin nhắn" in mobile.heard
    assert "tin nhắn" not in landline.heard
    jobs = await commands.claim_jobs(city.pool, 1, city.clock.now(), 50)
    [visit] = await reads.find_visits(city.pool, 1, city.clock.now(), mobile.number)
    told = [job["visit_id"] for job in jobs if job["kind"] == "confirmation"]
    assert visit["visit_id"] in told


@pytest.mark.parametrize(
    "keys", [["1"], ["1", "1"], ["1", "1", "1"], ["1", "1", "1", "1"], ["2"], ["3"]]
)
async def test_zero_leads_to_an_operator_at_every_step_which_says_so(
    city: City, keys: list[str]
) -> None:
    caller = Caller(city)
    await caller.call()
    await caller.press(*keys)
    assert "tổng đài viên" in caller.heard
    await caller.press("0")
    assert caller.dialled == OPERATOR


async def test_nine_leads_on_through_services_and_times_and_round_again(city: City) -> None:
    caller = Caller(city)
    await caller.call()
    await caller.press("1", "1")
    services = caller.heard
    assert await caller.press("9") != services
    for _ in range(20):
        if caller.heard == services:
            break
        await caller.press("9")
    assert caller.heard == services  # nobody is sent to an operator for listening on
    await caller.press("1")
    first = caller.heard
    assert await caller.press("9") != first
    [at] = re.findall(r"(\d+ giờ \d\d)[^:]*: bấm 2", caller.heard)[:1]
    await caller.press("2")
    assert at in caller.heard


async def test_eight_leads_to_the_next_day_and_round_again(city: City) -> None:
    caller = Caller(city)
    await caller.call()
    await caller.press("1", "1", "1")
    first = caller.heard
    assert "ngày 30 tháng 3" in first
    assert "ngày 31 tháng 3" in await caller.press("8")
    assert "ngày 30 tháng 3" not in caller.heard
    for _ in range(40):
        if caller.heard == first:
            break
        await caller.press("8")
    assert caller.heard == first


async def test_the_star_leads_back_one_step_from_everywhere(city: City) -> None:
    caller = Caller(city)
    heard = [await caller.call()]
    heard += [await caller.press("1") for _ in range(4)]
    assert all("Quay lại, bấm phím sao" in said for said in heard[1:])
    for said in heard[-2::-1]:
        assert await caller.press("*") == said
    for step in ("2", "3"):
        await caller.press(step)
        assert await caller.press("*") == heard[0]


async def test_the_other_language_is_offered_in_that_language(city: City) -> None:
    caller = Caller(city)
    assert "For English, press 8." in await caller.call()
    assert "Nghe tiếng Việt, bấm 8." in await caller.press("8")


async def test_another_time_is_offered_when_the_chosen_one_is_taken_meanwhile(city: City) -> None:
    caller = Caller(city)
    await caller.call()
    await caller.press("1", "1", "1", "1")
    city.clock.moment += timedelta(hours=2)  # the caller thought it over for long
    await caller.press("1")
    assert caller.next
    assert not re.search(SPOKEN_CODE, caller.heard)
    await caller.press("1", "1")
    assert re.search(SPOKEN_CODE, caller.heard)


async def test_an_operator_at_any_moment_and_english_on_demand(city: City) -> None:
    caller = Caller(city)
    await caller.call()
    assert "press 1" in await caller.press("8")
    assert caller.spoken == "en-US"
    await caller.press("1", "0")
    assert caller.dialled == OPERATOR


async def test_who_hides_the_number_or_makes_up_an_address_is_safe(city: City) -> None:
    hidden = Caller(city, "anonymous")
    await hidden.call()
    assert hidden.dialled == OPERATOR
    for query in (
        "step=confirm&office=1&service=x&at=9",
        "step=time&office=99999999",
        "step=x&page=-1",
        "step=confirm&office=1&service=criminal-record-1&at=2020-03-31",
    ):
        caller = Caller(city)
        caller.next = f"/twilio/voice?{query}"
        await caller.press("1")
        assert caller.heard


async def test_who_hangs_up_halfway_leaves_nothing_behind(city: City) -> None:
    caller = Caller(city)
    await caller.call()
    await caller.press("1", "1", "1", "1")
    assert await reads.find_visits(city.pool, 1, city.clock.now(), caller.number) == []


async def test_who_wants_another_time_is_where_the_times_were_left_and_hears_no_stroke(
    city: City,
) -> None:
    caller = Caller(city)
    heard = [await caller.call(), await caller.press("1"), await caller.press("1")]
    await caller.press("1", "8")
    later = await caller.press("8")
    assert "ngày 1 tháng 4" in later
    heard += [later, await caller.press("2")]
    assert await caller.press("2") == later
    await caller.press("2")
    assert await caller.press("*") == later
    assert not any("ông/bà" in said.lower() for said in heard)
