"""What no rule understands gets a receipt at once and waits for a person, by whichever carrier."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from queue_service import reads
from queue_service.i18n import translator
from queue_service.texts import answers
from tests.texts.test_corpus import CORPUS
from tests.texts.test_gateway import Gateway, gateway
from tests.texts.test_twilio import Twilio

if TYPE_CHECKING:
    from tests.texts.conftest import City

__all__ = ["gateway"]
pytestmark = pytest.mark.anyio

RECEIPT = answers.say("vi", answers.RECEIVED)


async def test_the_sender_is_told_at_once_and_the_text_waits_for_an_operator(city: "City") -> None:
    phone = city.phone()
    reply = await phone.send("Cho toi hoi lam khai sinh can gi\x00\x07 a?")
    assert reply.text == RECEIPT
    assert not reply.understood
    [item] = await reads.inbox(city.pool, None, city.clock.now())
    assert item["texts"] == ["Cho toi hoi lam khai sinh can gi a?"]
    assert item["phone"] == f"+84{phone.number[1:]}"
    assert item["first_at"].startswith("2020-03-30")


async def test_delivered_twice_it_waits_once(city: "City") -> None:
    phone = city.phone()
    await asyncio.gather(*(phone.text("xin hoi", "SM1") for _ in range(3)))
    await phone.text("xin hoi nua", "SM2")
    [item] = await reads.inbox(city.pool, None, city.clock.now())
    assert item["texts"] == ["xin hoi", "xin hoi nua"]


async def test_it_belongs_to_the_office_where_the_phone_last_booked(city: "City") -> None:
    phone = city.phone()
    await phone.text("HG, Nguyễn Văn An, Sở Tư pháp, phiếu lý lịch tư pháp, 8h30, 31/3")
    await phone.text("toi den tre 5 phut duoc khong")
    [item] = await reads.inbox(city.pool, [1], city.clock.now())
    assert item["office_id"] == 1
    assert await reads.inbox(city.pool, [2], city.clock.now()) == []


def test_the_receipt_says_so_in_both_languages() -> None:
    assert translator("vi").gettext(answers.RECEIVED) != answers.RECEIVED


@pytest.mark.timeout(300)
async def test_the_corpus_is_understood_alike_over_both_carriers(
    city: "City", gateway: Gateway, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Each message from phones of its own; what one carrier's text is read as, the other's is."""
    told = Counter[str]()
    for n, sample in enumerate(CORPUS):
        twilio = Twilio(gateway.client, f"+84906{n:06}")
        by_twilio = await posted_by_twilio(twilio, sample.text)
        local = Gateway(gateway.client, f"0907{n:06}", gateway.settings)
        answer = await local.text(sample.text)
        assert answer.status_code in (200, 204, 413), sample.text
        by_gateway = answer.json()["text"] if answer.status_code == 200 else ""
        assert (by_twilio == RECEIPT) == (by_gateway == RECEIPT), sample.text
        told[f"{sample.kind} {'kept for a person' if by_gateway == RECEIPT else 'answered'}"] += 1
    with capsys.disabled():
        print()
        for kind, count in sorted(told.items()):
            print(f"over both carriers: {count} {kind}")


async def posted_by_twilio(twilio: Twilio, text: str) -> str:
    fields = {"MessageSid": f"SM{twilio.number[1:]}", "From": twilio.number, "Body": text}
    answer = await twilio.post("/twilio/sms", fields)
    assert answer.status_code in (200, 413), text
    if answer.status_code == 413:
        return ""
    return ElementTree.fromstring(answer.text).findtext("Message") or ""
