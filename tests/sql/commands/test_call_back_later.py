"""Who can wait is put down to be called back when the measure ends."""

from datetime import timedelta
from typing import Any

import pytest

from queue_service import commands, db, reads
from queue_service.db import Refused
from tests.offices import Office, make_office
from tests.serving import BEGINS
from tests.sql.scenes import wait_for_a_call

pytestmark = pytest.mark.anyio


def online_until(office: Office, day: str) -> None:
    office.file["channels"] = [
        {
            "service_id": "copy",
            "channel": "online",
            "mode": "only",
            "url": "https://dichvucong.gov.vn",
            "valid_from": "2026-03-30",
            "valid_to": day,
        }
    ]


async def test_who_can_wait_is_called_back_when_the_measure_ends_the_oldest_first(
    pool: db.Pool,
) -> None:
    office = await make_office(pool, change=lambda file: None)
    online_until(office, "2026-04-10")
    await commands.import_office(pool, office.office_id, BEGINS, "test", office.file)
    first = await wait_for_a_call(pool, office)
    assert (first["opens_on"], first["open"]) == ("2026-04-11", False)
    assert (await wait_for_a_call(pool, office))["call_back_id"] == first["call_back_id"]
    later = await wait_for_a_call(
        pool, office, name="Lê Văn Tám", not_before=office.at("08:00", 20).date()
    )
    assert later["opens_on"] == "2026-04-20"

    offices = [office.office_id]
    now = await reads.call_backs(pool, BEGINS, offices, 50)
    assert (now["open"], now["later"]) == (0, 2)
    then = await reads.call_backs(pool, office.at("08:00", 11), offices, 50)
    assert [row["name"] for row in then["rows"] if row["open"]] == ["Trần Thị Bé"]

    # The measure is taken back: the list opens at once, but for whoever asked for a later day.
    online_until(office, "2026-03-30")
    await commands.import_office(pool, office.office_id, BEGINS, "test", office.file)
    lifted = await reads.call_backs(pool, BEGINS, offices, 50)
    assert [row["open"] for row in lifted["rows"]] == [True, False]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"phone": "0905"}, "bad_phone"),
        ({"name": " "}, "bad_name"),
        ({"not_before": BEGINS.date() - timedelta(days=1)}, "bad_day"),
        ({"not_before": BEGINS.date() + timedelta(days=500)}, "bad_day"),
    ],
)
async def test_nobody_is_put_down_whom_nobody_could_call(
    pool: db.Pool, wrong: dict[str, Any], code: str
) -> None:
    office = await make_office(pool)
    with pytest.raises(Refused, match=code):
        await wait_for_a_call(pool, office, **wrong)
