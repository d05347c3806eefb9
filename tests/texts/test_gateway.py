"""A local gateway calls the real service, signed; and carriers tell what became of a message."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from playwright.async_api import Browser

from queue_service import commands, db, reads
from queue_service.outgoing.carrier import Outgoing
from queue_service.outgoing.dialect import SIGNATURE, TIMESTAMP, signature
from queue_service.sender import Sender
from queue_service.settings import Settings
from tests.serving import serve
from tests.texts.conftest import NOW, City
from tests.texts.kiosk import enters
from tests.texts.test_conversation import ISSUE, code_in
from tests.texts.test_twilio import PUBLIC, Twilio
from tests.texts.test_twilio import SECRET as TWILIO_SECRET

pytestmark = pytest.mark.anyio

SECRET = "a secret of the gateway"


@dataclass
class Gateway:
    client: httpx2.AsyncClient
    number: str
    settings: Settings

    async def post(
        self,
        address: str,
        fields: Mapping[str, object] | bytes,
        secret: str = SECRET,
        moment: float | None = None,
    ) -> httpx2.Response:
        body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        timestamp = str(int(time.time() if moment is None else moment))
        headers = {TIMESTAMP: timestamp, SIGNATURE: signature(secret, timestamp, body)}
        return await self.client.post(
            address, content=body, headers={**headers, "content-type": "application/json"}
        )

    async def text(self, text: str) -> httpx2.Response:
        fields = {"id": secrets.token_hex(8), "from": self.number, "text": text}
        return await self.post("/gateway/sms", fields)


@pytest.fixture
async def gateway(city: City, tmp_path: Path) -> AsyncGenerator[Gateway, None]:
    settings = Settings(
        database_url=city.url,
        data_dir=tmp_path,
        ticket_secret="for tests only, for tests only, for tests only",
        public_url=PUBLIC,
        clock_shift=round((NOW - datetime.now(UTC)).total_seconds()),
        twilio_auth_token=TWILIO_SECRET,
        gateway_url="http://127.0.0.1:9/send",
        gateway_secret=SECRET,
        gateway_words="delivered=DELIVRD, failed=UNDELIV",
    )
    async with (
        serve(settings, city.pool) as served,
        httpx2.AsyncClient(base_url=served.url) as client,
    ):
        yield Gateway(client, f"0905{secrets.randbelow(10**6):06}", settings)


async def test_a_text_through_the_gateway_books_and_the_code_works_at_the_door(
    city: City, gateway: Gateway
) -> None:
    answer = await gateway.text(ISSUE)
    assert answer.status_code == 200
    said = answer.json()
    assert said["to"] == gateway.number
    assert "31/03/2020" in said["text"]
    came = NOW.replace(hour=8, minute=25) + timedelta(days=1)
    code = code_in(said["text"])
    decision = await commands.arrive(city.pool, 1, came, "kiosk:door", None, None, code)
    assert decision["decision"] == "enter"


async def test_the_code_of_a_text_by_the_gateway_lets_its_sender_in_at_the_kiosk(
    browser: Browser, city: City, gateway: Gateway, tmp_path: Path
) -> None:
    said = (await gateway.text(ISSUE)).json()["text"]
    await enters(browser, city, tmp_path, code_in(said))


async def test_what_the_gateway_did_not_sign_or_signed_long_ago_books_nothing(
    city: City, gateway: Gateway
) -> None:
    fields = {"id": "1", "from": gateway.number, "text": ISSUE}
    assert (await gateway.post("/gateway/sms", fields, secret="a guess")).status_code == 403
    assert (await gateway.client.post("/gateway/sms", json=fields)).status_code == 403
    old = await gateway.post("/gateway/sms", fields, moment=time.time() - 301)
    assert old.status_code == 403
    assert (await gateway.post("/gateway/sms", fields, moment=10**13)).status_code == 403
    assert await reads.find_visits(city.pool, 1, NOW, f"+84{gateway.number[1:]}") == []


async def test_a_replayed_text_is_refused_even_when_two_come_at_once(gateway: Gateway) -> None:
    fields = {"id": "1", "from": gateway.number, "text": "HG 0001000000"}
    moment = time.time()
    answers = await asyncio.gather(
        *(gateway.post("/gateway/sms", fields, moment=moment) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]


async def test_what_makes_no_sense_is_refused_and_never_answered(gateway: Gateway) -> None:
    for body in (b"[]", b"{", b"\xff\xfe", b'"HG"', b"", b'{"id": {}, "text": []}'):
        assert (await gateway.post("/gateway/sms", body)).status_code == 422
    nobody = {"id": "2", "from": "VIETTEL", "text": ISSUE}
    assert (await gateway.post("/gateway/sms", nobody)).status_code == 204
    long = {"id": "3", "from": gateway.number, "text": "a" * 100_000}
    assert (await gateway.post("/gateway/sms", long)).status_code == 413


async def test_a_gateway_that_reads_no_answers_is_sent_them_as_messages(
    city: City, gateway: Gateway
) -> None:
    """Once, however often the text is delivered."""
    settings = replace(gateway.settings, gateway_replies="message")
    async with (
        serve(settings, city.pool) as served,
        httpx2.AsyncClient(base_url=served.url) as client,
    ):
        deaf = Gateway(client, gateway.number, settings)
        fields = {"id": "9", "from": gateway.number, "text": ISSUE}
        for moment in (time.time(), time.time() - 1):
            answer = await deaf.post("/gateway/sms", fields, moment=moment)
            assert (answer.status_code, answer.text) == (204, "")
    jobs = await commands.claim_jobs(city.pool, 1, city.clock.now() + timedelta(minutes=2), 9)
    [job] = [job for job in jobs if job["kind"] == "answer"]
    assert "31/03/2020" in job["facts"]["text"]
    assert job["facts"]["carriers"] == ["gateway"]


class Post:
    name, medium = "twilio", "text"

    def __init__(self, name: str) -> None:
        self.name = name

    async def send(self, message: Outgoing) -> str:
        return f"{self.name}-id"

    async def find(self, message: Outgoing, since: datetime) -> list[str]:
        return []

    async def close(self) -> None:
        """Nothing is open."""


async def sent_by(city: City, name: str, *others: str) -> str:
    """A confirmation that a carrier took; our reference of it."""
    phone = city.phone()
    await phone.text(ISSUE)
    async with db.owner(city.url.replace("queue_app@", "postgres@")) as owner:
        await owner.execute("update queue.visit set channel = 'web'")
    [job] = await commands.claim_jobs(city.pool, 1, NOW, 1)
    carriers = [Post(one) for one in (name, *others)]
    ended = await Sender(city.pool, city.clock, carriers).do(1, job)  # pyright: ignore[reportArgumentType]
    assert ended.outcome == "done"
    await commands.finish_job(
        city.pool, 1, NOW, UUID(job["job_id"]), job["attempts"], ended.outcome
    )
    return f"1-{job['job_id']}"


async def state_of(city: City, reference: str) -> tuple[str, str]:
    async with db.owner(city.url.replace("queue_app@", "postgres@")) as owner:
        row = await owner.fetchrow(
            "select m.state, j.outcome from queue.message as m "
            "join queue.job as j on j.office_id = m.office_id and j.job_id = m.message_id "
            "where m.message_id = $1",
            UUID(reference[2:]),
        )
    assert row is not None
    return row["state"], row["outcome"]


async def test_twilio_tells_that_a_message_arrived(city: City, gateway: Gateway) -> None:
    reference = await sent_by(city, "twilio")
    twilio = Twilio(gateway.client, "+84905000000")
    address = f"/twilio/status?message={reference}"
    fields = {"MessageSid": "twilio-id", "MessageStatus": "delivered"}
    assert (await twilio.post(address, fields, secret="a guess")).status_code == 403
    assert await state_of(city, reference) == ("sent", "done")
    for status in ("sent", "delivered", "delivered", "failed"):
        answer = await twilio.post(address, {**fields, "MessageStatus": status})
        assert answer.status_code == 204
    assert await state_of(city, reference) == ("delivered", "done")


async def test_a_message_that_failed_on_its_way_goes_to_the_next_carrier(
    city: City, gateway: Gateway
) -> None:
    reference = await sent_by(city, "twilio", "gateway")
    twilio = Twilio(gateway.client, "+84905000000")
    fields = {"MessageSid": "twilio-id", "MessageStatus": "undelivered", "ErrorCode": "30005"}
    answer = await twilio.post(f"/twilio/status?message={reference}", fields)
    assert answer.status_code == 204
    assert await state_of(city, reference) == ("sending", "failed")
    later = city.clock.now() + timedelta(minutes=2)  # the server's clock goes on meanwhile
    [job] = await commands.claim_jobs(city.pool, 1, later, 1)
    carriers = [Post("twilio"), Post("gateway")]
    ended = await Sender(city.pool, city.clock, carriers).do(1, job)  # pyright: ignore[reportArgumentType]
    assert ended.outcome == "done"
    found = await reads.sent_message(city.pool, "gateway", "gateway-id")
    assert found == {"office_id": 1, "message_id": reference[2:]}


async def test_the_gateway_tells_by_its_own_id_or_by_our_reference(
    city: City, gateway: Gateway
) -> None:
    reference = await sent_by(city, "gateway")
    unknown = await gateway.post("/gateway/status", {"id": "no-such", "status": "DELIVRD"})
    assert unknown.status_code == 404
    said = {"id": "gateway-id", "status": "delivrd"}
    assert (await gateway.post("/gateway/status", said)).status_code == 204
    assert await state_of(city, reference) == ("delivered", "done")
    again = {"id": "gateway-id", "reference": reference, "status": "UNDELIV"}
    assert (await gateway.post("/gateway/status", again)).status_code == 204
    assert await state_of(city, reference) == ("delivered", "done")


async def test_a_word_that_comes_before_the_answer_settles_an_open_call(
    city: City, gateway: Gateway
) -> None:
    """The worker was killed between calling the carrier and noting its answer."""
    await city.phone().text(ISSUE)
    [job] = await commands.claim_jobs(city.pool, 1, NOW, 1)
    job_id = UUID(job["job_id"])
    await commands.write_message(city.pool, 1, NOW, job_id, 1, "+84905000001", "vi", "Xin chào")
    await commands.begin_sending(city.pool, 1, NOW, job_id, 1, "gateway")
    said = {"id": "G7", "reference": f"1-{job_id}", "status": "sent"}
    assert (await gateway.post("/gateway/status", said)).status_code == 204
    [again] = await commands.claim_jobs(city.pool, 1, NOW + timedelta(minutes=6), 1)
    ended = await Sender(city.pool, city.clock, [Post("gateway")]).do(1, again)  # pyright: ignore[reportArgumentType]
    assert ended.outcome == "done"
    assert await reads.sent_message(city.pool, "gateway", "gateway-id") is None
