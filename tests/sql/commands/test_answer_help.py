"""Somebody goes to whoever pressed for help."""

from uuid import uuid4

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office
from tests.sql.scenes import usual

pytestmark = pytest.mark.anyio


async def test_a_call_that_never_was_cannot_be_answered(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    with pytest.raises(Refused, match="no_such_call"):
        await lobby.do("answer_help", "08:00", uuid4())


async def test_the_second_who_presses_changes_nothing(pool: Pool, owner: Connection) -> None:
    lobby = await usual(pool)
    help_id = uuid4()
    await lobby.do("call_help", "08:00", help_id, actor="kiosk:door")
    for who in ("clerk:An", "clerk:Bình"):
        answer = await lobby.do("answer_help", "08:01", help_id, actor=who)
        assert answer["help_id"] == str(help_id)
    by = await owner.fetchval("select answered_by from queue.help where help_id = $1", help_id)
    assert by == "clerk:An"
