"""The next free times of several offices at once."""

import pytest

from queue_service import db, reads
from tests.offices import make_office
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio


async def test_the_next_times_of_several_offices_are_one_read(pool: db.Pool) -> None:
    one, other = await make_office(pool), await make_office(pool, planned=0)
    wanted = [
        {
            "office_id": office.office_id,
            "services": [{"service": "copy", "quantity": 1}],
            "from_at": office.at("09:07").isoformat(),
        }
        for office in (one, other)
    ]
    found = await reads.next_slots(pool, BEGINS, wanted, 3)
    assert [row["times"] for row in found] == [
        ["2026-03-31T02:10:00+00:00", "2026-03-31T02:15:00+00:00", "2026-03-31T02:30:00+00:00"],
        [],
    ]
    gone = [{**wanted[0], "services": [{"service": "never", "quantity": 1}]}]
    assert (await reads.next_slots(pool, BEGINS, gone, 3))[0]["services"] == []
