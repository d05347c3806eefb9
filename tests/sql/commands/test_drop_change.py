"""A draft that is not wanted any more."""

from uuid import UUID, uuid4

import pytest

from queue_service import commands
from queue_service.db import Pool, Refused
from tests.changes import MANAGER, area_cap, confirm, draft
from tests.lobby import Lobby
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def test_a_draft_that_was_thrown_away_is_never_made(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    drafted = await draft(lobby, "07:10", area_cap(10))
    change_id = UUID(drafted["change_id"])
    office_id = lobby.office.office_id
    await commands.drop_change(pool, office_id, lobby.at("07:11"), MANAGER, change_id)
    for refused in (
        confirm(lobby, "07:12", drafted),
        commands.drop_change(pool, office_id, lobby.at("07:12"), MANAGER, change_id),
        draft(lobby, "07:12", area_cap(5), change_id=change_id),
    ):
        with pytest.raises(Refused, match="change_over"):
            await refused
    assert (await lobby.area("07:13"))["cap"] == 20


async def test_only_what_was_drafted_can_be_thrown_away(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    with pytest.raises(Refused, match="no_such_change"):
        await commands.drop_change(
            pool, lobby.office.office_id, lobby.at("07:11"), MANAGER, uuid4()
        )
