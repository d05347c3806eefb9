"""The line between box and hub, as the box's own process holds it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from queue_service import db
from queue_service.hub_line import HubLine
from queue_service.settings import Settings
from queue_service.talk import Talk
from tests.floors import Box
from tests.sql.conftest import box, box_database, box_pool
from tests.times import Machine

__all__ = ["box", "box_database", "box_pool"]

pytestmark = pytest.mark.anyio


async def test_a_box_whose_clock_may_be_off_tells_nothing_and_notes_nothing(
    box: Box, settings: Settings
) -> None:
    await box.begin("07:00")
    machine = Machine()
    clock = db.Clock(wall=machine.wall, steady=machine.steady)
    await clock.measure(box.pool)
    clock.shift = box.at("08:00") - clock.now()
    nowhere = replace(settings, box_hub="http://127.0.0.1:9", box_office=box.office.slug)
    async with HubLine(nowhere) as line:
        talk = Talk(box.pool, clock, line, box.office.office_id)
        machine.set_by += timedelta(hours=1)
        with pytest.raises(db.Refused, match="not_ready"):
            await talk.turn()
        assert (await box.where("08:00"))["trouble"] == ""
        await clock.measure(box.pool)
        pause, new = await talk.turn()
        assert (pause > 0, new) == (True, False)
        assert (await box.where("08:00"))["trouble"] == "away"
