"""An operator answers what was kept for them, once."""

import secrets
from typing import Any
from uuid import UUID, uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.lobby import Lobby, moment
from tests.sql.scenes import claim, usual

pytestmark = pytest.mark.anyio


async def a_text(lobby: Lobby) -> tuple[UUID, str]:
    phone = f"+8490{secrets.randbelow(10**7):07}"
    row = await commands.keep_text(lobby.pool, lobby.at("08:00"), phone, "twilio", "SM1", "cho hỏi")
    return UUID(row["inbox_id"]), phone


async def answer(lobby: Lobby, inbox_id: UUID, text: str, who: str = "An") -> dict[str, Any]:
    office_id, at = lobby.office.office_id, lobby.at("08:05")
    return await commands.answer_inbox(lobby.pool, office_id, at, f"operator:{who}", inbox_id, text)


async def test_the_answer_goes_back_by_the_way_the_text_came(pool: Pool) -> None:
    lobby = await usual(pool)
    inbox_id, phone = await a_text(lobby)
    await answer(lobby, inbox_id, "Mời ông/bà mang căn cước")
    [job] = await claim(lobby, "08:05")
    assert (job["facts"]["phone"], job["facts"]["carriers"]) == (phone, ["twilio"])
    assert job["facts"]["text"] == "Mời ông/bà mang căn cước"
    left: Any = await reads.inbox(pool, None, lobby.at("08:06"))
    assert phone not in [row["phone"] for row in left]


async def test_what_needs_no_words_sends_none(pool: Pool) -> None:
    lobby = await usual(pool)
    inbox_id, _ = await a_text(lobby)
    await answer(lobby, inbox_id, "")
    assert await claim(lobby, "08:05") == []


async def test_a_double_click_answers_once_and_a_second_operator_is_told_who_did(
    pool: Pool,
) -> None:
    lobby = await usual(pool)
    inbox_id, _ = await a_text(lobby)
    assert await answer(lobby, inbox_id, "Vâng") == await answer(lobby, inbox_id, "Vâng")
    for text, who in (("Vâng", "Bình"), ("Không", "An")):
        with pytest.raises(Refused, match="answered_already") as refused:
            await answer(lobby, inbox_id, text, who)
        assert refused.value.facts["by"] == "An"
        assert moment(refused.value.facts["at"]) == lobby.at("08:05")
    assert len(await claim(lobby, "08:05")) == 1


async def test_a_text_that_never_came_cannot_be_answered(pool: Pool) -> None:
    with pytest.raises(Refused, match="no_such_text"):
        await answer(await usual(pool), uuid4(), "Vâng")
