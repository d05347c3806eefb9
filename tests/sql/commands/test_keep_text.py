"""A text that no rule could read is kept for the operators."""

import secrets
from typing import Any

import pytest

from queue_service import commands, reads
from queue_service.db import Pool
from tests.lobby import Lobby
from tests.sql.scenes import usual

pytestmark = pytest.mark.anyio


def a_phone() -> str:
    return f"+8490{secrets.randbelow(10**7):07}"


async def keep(
    lobby: Lobby, now: str, phone: str, message_id: str = "SM1", text: str = "cho hỏi"
) -> dict[str, Any]:
    return await commands.keep_text(lobby.pool, lobby.at(now), phone, "twilio", message_id, text)


async def kept(lobby: Lobby, now: str, phone: str) -> list[Any]:
    inbox: Any = await reads.inbox(lobby.pool, None, lobby.at(now))
    return [row for row in inbox if row["phone"] == phone]


async def test_what_a_phone_sends_until_somebody_answers_is_kept_together(pool: Pool) -> None:
    lobby, phone = await usual(pool), a_phone()
    first = await keep(lobby, "08:00", phone, "SM1", "cho hỏi")
    second = await keep(lobby, "08:01", phone, "SM2", "giấy khai sinh")
    assert second == first
    [row] = await kept(lobby, "08:02", phone)
    assert row["texts"] == ["cho hỏi", "giấy khai sinh"]


async def test_the_same_text_delivered_twice_is_kept_once(pool: Pool) -> None:
    lobby, phone = await usual(pool), a_phone()
    assert await keep(lobby, "08:00", phone) == await keep(lobby, "08:05", phone)
    [row] = await kept(lobby, "08:06", phone)
    assert row["texts"] == ["cho hỏi"]
    await commands.answer_inbox(
        pool, lobby.office.office_id, lobby.at("08:07"), "operator:An", row["inbox_id"], ""
    )
    await keep(lobby, "08:08", phone)  # and once more after it was answered
    assert await kept(lobby, "08:09", phone) == []


async def test_it_goes_to_the_office_where_this_phone_has_something_open(pool: Pool) -> None:
    lobby, phone = await usual(pool), a_phone()
    await lobby.book("09:00", phone=phone)
    await keep(lobby, "08:00", phone)
    [row] = await kept(lobby, "08:01", phone)
    assert row["office_id"] == lobby.office.office_id
    stranger = a_phone()
    await keep(lobby, "08:00", stranger)
    assert (await kept(lobby, "08:01", stranger))[0]["office_id"] is None


async def test_one_phone_does_not_fill_the_inbox(pool: Pool) -> None:
    lobby, phone = await usual(pool), a_phone()
    for n in range(205):
        await keep(lobby, "08:00", phone, f"SM{n}", f"tin {n}")
    [row] = await kept(lobby, "08:01", phone)
    assert len(row["texts"]) == 20
    assert row["texts"][-1] == "tin 199"
