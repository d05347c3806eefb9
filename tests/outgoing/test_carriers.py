"""Each carrier against a server that keeps what it was sent: what it takes and how it refuses."""

import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest

from queue_service.outgoing.carrier import (
    CannotAsk,
    Carrier,
    Outgoing,
    Passing,
    Permanent,
    Unknown,
)
from queue_service.outgoing.dialect import SIGNATURE, TIMESTAMP, Dialect, signature
from queue_service.outgoing.gateway import Gateway
from queue_service.outgoing.installed import carriers
from queue_service.outgoing.twilio import TwilioText, TwilioVoice
from queue_service.settings import Settings
from tests.outgoing.standin import Fault, Standin, standing_in
from tests.service import free_port

pytestmark = pytest.mark.anyio

ACCOUNT, TOKEN, SECRET = "AC" + "0" * 32, "token", "a secret of the gateway"
MESSAGE = Outgoing("7-abc", "+84905123456", "Mã 0001 234 567 https://hen.example/t/x", "vi")


@pytest.fixture
async def standin() -> AsyncGenerator[Standin, None]:
    async with standing_in() as standin:
        yield standin


@pytest.fixture
async def text(standin: Standin) -> AsyncGenerator[TwilioText, None]:
    carrier = TwilioText(
        ACCOUNT,
        TOKEN,
        "+84236000000",
        base_url=standin.url,
        status_url="https://hen.example/twilio/status",
        timeout=0.4,
    )
    yield carrier
    await carrier.close()


@pytest.fixture
async def gateway(standin: Standin) -> AsyncGenerator[Gateway, None]:
    carrier = Gateway(f"{standin.url}/send", SECRET, Dialect.of(Settings()), timeout=0.4)
    yield carrier
    await carrier.close()


async def test_twilio_is_given_the_text_and_where_to_tell_what_became_of_it(
    standin: Standin, text: TwilioText
) -> None:
    taken = await text.send(MESSAGE)
    [one] = standin.taken
    assert (one.id, one.phone, one.text) == (taken, MESSAGE.phone, MESSAGE.text)
    assert one.fields["From"] == "+84236000000"
    assert one.fields["StatusCallback"] == "https://hen.example/twilio/status?message=7-abc"


async def test_twilio_lists_what_it_took_and_nothing_of_before(
    standin: Standin, text: TwilioText
) -> None:
    since = datetime.now(UTC) - timedelta(seconds=2)
    assert await text.find(MESSAGE, since) == []
    taken = await text.send(MESSAGE)
    assert await text.find(MESSAGE, since) == [taken]
    assert await text.find(MESSAGE, datetime.now(UTC) + timedelta(minutes=1)) == []


async def test_a_list_that_twilio_refuses_says_nothing_of_what_it_took(standin: Standin) -> None:
    carrier = TwilioText(ACCOUNT, TOKEN, "+84236000000", base_url=f"{standin.url}/nowhere")
    try:
        with pytest.raises(Unknown):
            await carrier.find(MESSAGE, datetime.now(UTC))
    finally:
        await carrier.close()


async def test_twilio_speaks_a_code_digit_by_digit_and_no_link(standin: Standin) -> None:
    carrier = TwilioVoice(ACCOUNT, TOKEN, "+84236000000", base_url=standin.url)
    try:
        await carrier.send(MESSAGE)
    finally:
        await carrier.close()
    [call] = standin.taken
    assert call.text.count("0, 0, 0, 1. 2, 3, 4. 5, 6, 7") == 2
    assert "://" not in call.text
    assert 'language="vi-VN"' in call.text


@pytest.mark.parametrize(
    ("fault", "kind", "error"),
    [
        (Fault(429, 20429, {"retry-after": "7"}), Passing, "429"),
        (Fault(500), Unknown, "500"),
        (Fault(503), Unknown, "503"),
        (Fault(401, 20003), Passing, "20003"),
        (Fault(400, 21611), Passing, "21611"),
        (Fault(400, 21211), Permanent, "21211"),
        (Fault(400, 21614), Permanent, "21614"),
        (Fault(400, 21610), Permanent, "21610"),
        (Fault(500, seconds=3), Unknown, "ReadTimeout"),
    ],
)
async def test_twilios_refusals_are_told_apart(
    standin: Standin, text: TwilioText, fault: Fault, kind: type[Exception], error: str
) -> None:
    standin.fault = lambda _: fault
    with pytest.raises(kind) as refused:
        await text.send(MESSAGE)
    assert refused.value.error == error  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]
    if fault.headers:
        assert refused.value.pause == 7  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]
    if isinstance(refused.value, Permanent):
        assert refused.value.everywhere == (fault.code == 21610)


async def test_where_nobody_answers_nothing_was_sent() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    for carrier in (
        TwilioText(ACCOUNT, TOKEN, "+84236000000", base_url=nowhere),
        Gateway(nowhere, SECRET, Dialect.of(Settings())),
    ):
        with pytest.raises(Passing):
            await carrier.send(MESSAGE)
        await carrier.close()


async def test_what_goes_to_the_gateway_is_signed_and_always_bears_the_same_reference(
    standin: Standin, gateway: Gateway
) -> None:
    assert await gateway.send(MESSAGE) == "G1"
    await gateway.send(MESSAGE)
    assert [one.fields["reference"] for one in standin.taken] == ["7-abc", "7-abc"]
    head, sent = standin.heads[0], standin.asked[0]
    assert head["idempotency-key"] == "7-abc"
    assert abs(int(head[TIMESTAMP]) - time.time()) < 60
    assert head[SIGNATURE] == signature(SECRET, head[TIMESTAMP], sent["body"].encode())
    with pytest.raises(CannotAsk):
        await gateway.find(MESSAGE, datetime.now(UTC))


async def test_a_gateway_is_spoken_to_in_its_own_words(standin: Standin) -> None:
    settings = Settings(
        gateway_fields="to=dest, text=content, error=err, id=id",
        gateway_words="passing=BUSY|17, delivered=DELIVRD|0",
        gateway_body="form",
    )
    carrier = Gateway(f"{standin.url}/send", SECRET, Dialect.of(settings), sender="1022")
    try:
        assert await carrier.send(MESSAGE) == "G1"
        assert standin.taken[0].phone == MESSAGE.phone
        assert standin.taken[0].fields["from"] == "1022"
        standin.said = {"err": "17"}
        with pytest.raises(Passing):
            await carrier.send(MESSAGE)
        standin.said = {"err": "BADNUM"}
        with pytest.raises(Permanent):
            await carrier.send(MESSAGE)
        standin.said = {"err": 0}
        await carrier.send(MESSAGE)
    finally:
        await carrier.close()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(429, headers={"retry-after": "9"}), Passing),
        (Fault(502), Unknown),
        (Fault(500, seconds=3), Unknown),
        (Fault(400), Permanent),
        (Fault(403), Passing),
    ],
)
async def test_the_gateways_refusals_are_told_apart(
    standin: Standin, gateway: Gateway, fault: Fault, kind: type[Exception]
) -> None:
    standin.fault = lambda _: fault
    with pytest.raises(kind):
        await gateway.send(MESSAGE)


async def test_the_settings_say_which_carriers_there_are() -> None:
    assert carriers(Settings()) == []
    gateway = {"gateway_url": "http://127.0.0.1:9/send", "gateway_secret": SECRET}
    account = {
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_from": "+84236000000",
    }
    found: list[Carrier] = carriers(Settings(**gateway, **account))  # pyright: ignore[reportArgumentType]
    assert [one.name for one in found] == ["gateway", "twilio", "twilio-voice"]
    for one in found:
        await one.close()
