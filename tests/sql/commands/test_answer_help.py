"""Somebody goes to whoever pressed for help."""

from uuid import uuid4

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def test_a_call_that_never_was_cannot_be_answered(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    with pytest.raises(Refused, match="no_such_call"):
        await lobby.do("answer_help", "08:00", uuid4())
