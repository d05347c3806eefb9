"""What the worker found at an office is kept, so that nobody can miss it."""

import pytest

from queue_service import commands, reads
from queue_service.db import Pool
from tests.authority import direct, make_authority, measure, room, states
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def test_an_office_that_could_not_be_reached_is_told_of(pool: Pool) -> None:
    far, near = await make_office(pool), await make_office(pool)
    authority = await make_authority(pool, far, near)
    at = far.at("07:10")
    directive_id = await direct(pool, authority, measure(room(5)), [far, near], at)
    await commands.note_directive(pool, at, directive_id, far.office_id, "", "unavailable", {})
    assert await states(pool, directive_id) == {far.slug: "failed", near.slug: "waiting"}
    shown = await reads.directive(pool, directive_id)
    assert shown is not None
    assert shown["offices"][0]["problem"] == "unavailable"
