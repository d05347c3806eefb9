"""A directive that is given up changes nothing any more, and takes nothing back."""

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.authority import ACTOR, confirm, direct, make_authority, measure, room, states, work
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def test_who_has_it_keeps_it_and_nobody_else_gets_it(pool: Pool) -> None:
    crowded, usual = await make_office(pool, staff=6), await make_office(pool)
    authority = await make_authority(pool, crowded, usual)
    at = usual.at("07:10")
    directive_id = await direct(pool, authority, measure(room(5)), [crowded, usual], at)
    await work(pool, at)
    await confirm(pool, directive_id, at)
    await work(pool, at)
    await commands.drop_directive(pool, at, ACTOR, directive_id)
    assert await states(pool, directive_id) == {crowded.slug: "failed", usual.slug: "applied"}
    with pytest.raises(Refused, match="change_over"):
        await commands.retry_directive(pool, at, ACTOR, directive_id)
    file = await reads.office_file(pool, usual.office_id)
    assert file is not None
    assert any(row["cap_id"].startswith("measure") for row in file["caps"])


async def test_what_was_still_to_be_worked_out_is_left(pool: Pool) -> None:
    office = await make_office(pool)
    authority = await make_authority(pool, office)
    at = office.at("07:10")
    directive_id = await direct(pool, authority, measure(room(5)), [office], at)
    await commands.drop_directive(pool, at, ACTOR, directive_id)
    await work(pool, at)
    assert len(await reads.office_versions(pool, office.office_id)) == 1
