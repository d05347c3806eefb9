"""Twilio calls the real service, signed as its own library signs: texts and telephone calls."""

import re
import secrets
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx2
import pytest
from playwright.async_api import Browser
from twilio.request_validator import RequestValidator  # pyright: ignore[reportMissingTypeStubs]

from queue_service import commands, reads
from queue_service.settings import Settings
from tests.serving import serve
from tests.texts.conftest import NOW, City
from tests.texts.kiosk import enters
from tests.texts.test_conversation import ISSUE, code_in

pytestmark = pytest.mark.anyio

SECRET = "the secret of an account that does not exist"
PUBLIC = "https://hen.example"


@dataclass
class Twilio:
    """Posts as Twilio does; what comes back is TwiML."""

    client: httpx2.AsyncClient
    number: str

    async def post(
        self, address: str, fields: Mapping[str, str], secret: str = SECRET
    ) -> httpx2.Response:
        sign = RequestValidator(secret).compute_signature  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]
        signature = str(sign(f"{PUBLIC}{address}", dict(fields)))  # pyright: ignore[reportUnknownArgumentType]
        return await self.client.post(
            address, data=dict(fields), headers={"x-twilio-signature": signature}
        )

    async def text(self, body: str, message_id: str = "") -> str:
        sid = message_id or f"SM{secrets.token_hex(16)}"
        fields = {"MessageSid": sid, "From": self.number, "To": "+84236000000", "Body": body}
        answer = await self.post("/twilio/sms", fields)
        assert answer.status_code == 200, answer.text
        return ElementTree.fromstring(answer.text).findtext("Message") or ""


@pytest.fixture
async def twilio(city: City, tmp_path: Path) -> AsyncGenerator[Twilio, None]:
    shift = round((NOW - datetime.now(UTC)).total_seconds())
    settings = Settings(
        database_url=city.url,
        data_dir=tmp_path,
        ticket_secret="for tests only, for tests only, for tests only",
        public_url=PUBLIC,
        clock_shift=shift,
        twilio_auth_token=SECRET,
        hotline_number="02361022",
    )
    async with (
        serve(settings, city.pool) as served,
        httpx2.AsyncClient(base_url=served.url) as client,
    ):
        yield Twilio(client, f"+84905{secrets.randbelow(10**6):06}")


async def test_a_text_posted_by_twilio_books_and_the_code_works_at_the_door(
    city: City, twilio: Twilio
) -> None:
    said = await twilio.text(ISSUE)
    assert "31/03/2020" in said
    assert "08:30" in said
    came = NOW.replace(hour=8, minute=25) + timedelta(days=1)
    decision = await commands.arrive(city.pool, 1, came, "kiosk:door", None, None, code_in(said))
    assert decision["decision"] == "enter"


async def test_the_code_of_a_text_by_twilio_lets_its_sender_in_at_the_kiosk(
    browser: Browser, city: City, twilio: Twilio, tmp_path: Path
) -> None:
    await enters(browser, city, tmp_path, code_in(await twilio.text(ISSUE)))


async def test_twilio_delivering_a_text_twice_books_once(city: City, twilio: Twilio) -> None:
    first, again = await twilio.text(ISSUE, "SMtwice"), await twilio.text(ISSUE, "SMtwice")
    assert first == again
    found = await reads.find_visits(city.pool, 1, NOW, twilio.number)
    assert len(found) == 1


async def test_what_twilio_did_not_sign_books_nothing(city: City, twilio: Twilio) -> None:
    fields = {"MessageSid": "SMforged", "From": twilio.number, "Body": ISSUE}
    forged = await twilio.post("/twilio/sms", fields, secret="a guess")
    assert forged.status_code == 403
    unsigned = await twilio.client.post("/twilio/sms", data=fields)
    assert unsigned.status_code == 403
    assert await reads.find_visits(city.pool, 1, NOW, twilio.number) == []


async def test_a_signature_is_good_for_its_own_words_alone(city: City, twilio: Twilio) -> None:
    fields = {"MessageSid": "SMmine", "From": twilio.number, "Body": "HG 0001000000"}
    sign = RequestValidator(SECRET).compute_signature  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]
    signature = str(sign(f"{PUBLIC}/twilio/sms", fields))  # pyright: ignore[reportUnknownArgumentType]
    headers = {"x-twilio-signature": signature}
    other = {**fields, "Body": ISSUE}
    answer = await twilio.client.post("/twilio/sms", data=other, headers=headers)
    assert answer.status_code == 403


async def test_a_text_without_end_is_refused_before_it_is_read(twilio: Twilio) -> None:
    fields = {"MessageSid": "SMlong", "From": twilio.number, "Body": "HG " + "a" * 100_000}
    assert (await twilio.post("/twilio/sms", fields)).status_code == 413


async def test_a_caller_is_led_on_to_an_address_that_twilio_signs_too(twilio: Twilio) -> None:
    fields = {"CallSid": "CA1", "From": twilio.number}
    first = ElementTree.fromstring((await twilio.post("/twilio/voice", fields)).text)
    gather = first.find("Gather")
    assert gather is not None
    following = urlsplit(gather.get("action", ""))
    address = f"{following.path}?{following.query}"
    second = await twilio.post(address, {**fields, "Digits": "1"})
    assert "Trung tâm Hành chính thành phố Đà Nẵng" in second.text
    person = await twilio.post(address, {**fields, "Digits": "0"})
    assert ElementTree.fromstring(person.text).findtext("Dial") == "02361022"
    assert (await twilio.client.post(address, data=fields)).status_code == 403


async def test_a_call_that_twilio_carries_is_walked_through_to_a_booking(
    city: City, twilio: Twilio
) -> None:
    """Each step is posted, signed, to the address that the step before named."""
    fields = {"CallSid": f"CA{secrets.token_hex(16)}", "From": twilio.number}
    address, heard, ends = "/twilio/voice", "", False
    sought = ("Đặt lịch hẹn", "Trung tâm Hành chính", "lý lịch tư pháp số 1", "nhất:", "Đồng ý đặt")
    for wanted in ("", *sought):
        pressed = {"Digits": key_to(heard, wanted)} if wanted else {}
        said = ElementTree.fromstring((await twilio.post(address, {**fields, **pressed})).text)
        heard = " ".join(say.text or "" for say in said.iter("Say"))
        gather, ends = said.find("Gather"), said.find("Hangup") is not None
        if gather is not None:
            following = urlsplit(gather.get("action", ""))
            address = f"{following.path}?{following.query}"
    assert ends
    [visit] = await reads.find_visits(city.pool, 1, NOW, twilio.number)
    said_twice = re.findall(r"\d, \d, \d, \d\. \d, \d, \d\. \d, \d, \d", heard)
    assert [re.sub(r"\D", "", code) for code in said_twice] == [visit["code"]] * 2
    assert (visit["state"], visit["channel"]) == ("booked", "voice")


def key_to(heard: str, wanted: str) -> str:
    """The key that the voice names after these words."""
    found = re.search(rf"{wanted}[^.]*? bấm (\d)", heard)
    assert found, heard
    return found[1]


async def test_without_a_secret_there_is_no_such_address(
    city: City, tmp_path: Path, twilio: Twilio
) -> None:
    settings = Settings(
        database_url=city.url,
        data_dir=tmp_path,
        ticket_secret="for tests only, for tests only, for tests only",
        public_url=PUBLIC,
    )
    async with (
        serve(settings, city.pool) as served,
        httpx2.AsyncClient(base_url=served.url) as client,
    ):
        answer = await client.post("/twilio/sms", data={"Body": ISSUE})
    assert answer.status_code == 404
