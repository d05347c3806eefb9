"""Questions that needed no number are counted."""

import pytest

from queue_service import reads
from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.sql.scenes import opened, usual

pytestmark = pytest.mark.anyio


async def today(lobby: Lobby, now: str, counter: str = "1") -> int:
    page = await reads.counter(lobby.pool, lobby.office.office_id, lobby.at(now), counter)
    assert page is not None
    return page["questions"]


async def test_each_question_is_counted_at_its_counter_and_nobody_is_present(pool: Pool) -> None:
    lobby = await opened(pool, "1", "2")
    for key in ("a", "a", "b"):  # one tap was sent twice
        answer = await lobby.do("quick_question", "08:00", "1", key=key)
    await lobby.do("quick_question", "08:01", "2")
    assert (answer["counter"], answer["today"]) == ("1", 2)
    assert [await today(lobby, "08:02"), await today(lobby, "08:02", "2")] == [2, 1]
    assert await lobby.present("08:02") == 0
    assert (await lobby.walk_in("08:03"))["number"] == "A001"
    lobby.days = 1
    assert await today(lobby, "08:00") == 0
    assert await lobby.differences() == []


async def test_a_wrong_tap_is_not_counted(pool: Pool) -> None:
    lobby = await opened(pool)
    await lobby.do("quick_question", "08:00", "1")
    await lobby.do("quick_question", "08:00", "1", key="wrong")
    await lobby.do("undo", "08:01", "wrong")
    assert await today(lobby, "08:02") == 1


async def test_only_an_open_counter_answers_questions(pool: Pool) -> None:
    lobby = await usual(pool)
    with pytest.raises(Refused, match="counter_closed"):
        await lobby.do("quick_question", "08:00", "1")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("pause_counter", "08:00", "1", "họp", None)
    with pytest.raises(Refused, match="counter_closed"):
        await lobby.do("quick_question", "08:01", "1")
    with pytest.raises(Refused, match="no_such_counter"):
        await lobby.do("quick_question", "08:01", "99")


async def test_another_body_under_the_same_key_is_refused(pool: Pool) -> None:
    lobby = await opened(pool, "1", "2")
    await lobby.do("quick_question", "08:00", "1", key="k")
    with pytest.raises(Refused, match="id_reused"):
        await lobby.do("quick_question", "08:00", "2", key="k")
    assert await today(lobby, "08:01", "2") == 0
