"""Words of somebody at the office are left to be sent to a phone."""

from uuid import uuid4

import pytest

from queue_service import commands
from queue_service.db import Pool
from tests.sql.scenes import ELDERS, claim, usual

pytestmark = pytest.mark.anyio


async def test_the_words_go_to_that_phone_by_the_carriers_that_are_named(pool: Pool) -> None:
    lobby = await usual(pool)
    office = (pool, lobby.office.office_id, lobby.at("08:00"))
    await commands.answer_text(*office, uuid4(), ELDERS, "vi", "Đã có giấy", ["gateway"])
    [job] = await claim(lobby, "08:00")
    said = {"phone": ELDERS, "language": "vi", "text": "Đã có giấy", "carriers": ["gateway"]}
    assert job["facts"] == said


async def test_the_same_message_again_is_sent_once(pool: Pool) -> None:
    lobby = await usual(pool)
    office, message_id = (pool, lobby.office.office_id, lobby.at("08:00")), uuid4()
    for text in ("Đã có giấy", "Đã có giấy tờ"):
        await commands.answer_text(*office, message_id, ELDERS, "vi", text)
    [job] = await claim(lobby, "08:00")
    assert job["facts"]["text"] == "Đã có giấy"


async def test_nothing_is_left_for_nobodys_phone(pool: Pool) -> None:
    lobby = await usual(pool)
    office = (pool, lobby.office.office_id, lobby.at("08:00"))
    await commands.answer_text(*office, uuid4(), "", "vi", "Đã có giấy")
    assert await claim(lobby, "08:00") == []
