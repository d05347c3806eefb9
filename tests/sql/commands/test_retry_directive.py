"""Where a directive failed it is tried again, and there alone."""

import pytest

from queue_service import commands, reads
from queue_service.db import Pool
from tests.authority import ACTOR, confirm, direct, make_authority, measure, room, states, work
from tests.lobby import Lobby
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def test_only_the_offices_that_failed_are_tried_again(pool: Pool) -> None:
    crowded, usual = await make_office(pool, staff=6), await make_office(pool)
    authority = await make_authority(pool, crowded, usual)
    at = usual.at("07:10")
    directive_id = await direct(pool, authority, measure(room(5)), [crowded, usual], at)
    await work(pool, at)
    await confirm(pool, directive_id, at)
    await work(pool, at)
    versions = await reads.office_versions(pool, usual.office_id)
    # the office sends staff home, then it fits
    standing = await reads.standing_file(pool, crowded.office_id)
    assert standing is not None
    for row in standing["plans"]:
        row["amount"] = min(row["amount"], 2)
    await commands.import_office(pool, crowded.office_id, at, "admin", standing)
    again = await commands.retry_directive(pool, at, ACTOR, directive_id)
    assert again == {"offices": 1}
    assert await states(pool, directive_id) == {crowded.slug: "waiting", usual.slug: "applied"}
    await work(pool, at)
    await confirm(pool, directive_id, at)
    await work(pool, at)
    assert set((await states(pool, directive_id)).values()) == {"applied"}
    assert await reads.office_versions(pool, usual.office_id) == versions


async def test_another_limit_for_new_times_is_worked_out_wherever_it_is_not_done(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.book("09:00", phone="+84905123456")
    authority = await make_authority(pool, lobby.office)
    at = lobby.at("07:10")
    closed = measure({"closed": {"vi": "Nghỉ", "en": "Closed"}}, "2026-03-31", "2026-04-02")
    directive_id = await direct(pool, authority, closed, [lobby.office], at, most_days=1)
    await work(pool, at)

    async def unplaced() -> int:
        shown = await reads.directive(pool, directive_id)
        assert shown is not None
        return shown["offices"][0]["unplaced"]

    assert await unplaced() == 1
    await commands.retry_directive(pool, at, ACTOR, directive_id, 14)
    await work(pool, at)
    assert await unplaced() == 0
