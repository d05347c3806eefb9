"""A visit is over, and its people are gone a little later."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office
from tests.sql.scenes import called, opened, served

pytestmark = pytest.mark.anyio


async def test_a_finished_visitor_is_gone_after_two_minutes(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await served(lobby, "08:00")
    await lobby.do("finish", "08:05", visit)
    await lobby.settle("08:06")
    assert await lobby.present("08:06") == 1
    await lobby.settle("08:07")
    assert await lobby.present("08:07") == 0
    assert await lobby.state(visit) == "done"
    assert await lobby.differences() == []


async def test_where_exits_are_scanned_nobody_counts_for_ever(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "scanned"}))
    visit = await served(lobby, "08:00")
    await lobby.do("finish", "08:05", visit)
    await lobby.settle("08:34")
    assert await lobby.present("08:34") == 1
    await lobby.settle("08:35")
    assert await lobby.present("08:35") == 0
    assert await lobby.differences() == []


async def test_only_who_is_served_is_finished_and_once(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await called(lobby, "08:00")
    with pytest.raises(Refused, match="not_serving") as refused:
        await lobby.do("finish", "08:01", visit)
    assert refused.value.facts == {"state": "called"}
    await lobby.do("serve", "08:01", visit)
    done = await lobby.do("finish", "08:02", visit)
    assert (done["state"], [s["state"] for s in done["services"]]) == ("done", ["done"])
    with pytest.raises(Refused, match="not_serving"):
        await lobby.do("finish", "08:03", visit)
    assert await lobby.differences() == []
