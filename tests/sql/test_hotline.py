"""The hotline's own commands: over the limit with a reason, called back when a measure ends."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from queue_service import commands, db, reads
from queue_service.db import Refused
from tests.bookings import booking
from tests.offices import Office, make_office
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio

ELDERS = "+84905123456"


async def book(pool: db.Pool, office: Office, **more: Any) -> tuple[str, dict[str, Any]]:
    asked = msgspec.structs.replace(booking(office.at("10:00"), phone=ELDERS), **more)
    [(_, outcome, facts)] = await commands.book_slots(pool, office.office_id, BEGINS, [asked])
    return outcome, facts


async def test_an_operator_goes_over_the_limit_of_a_phone_with_a_reason_that_is_kept(
    pool: db.Pool,
) -> None:
    office = await make_office(pool, planned=9)
    staff = {"actor": "operator:An", "channel": "hotline"}
    assert [(await book(pool, office, **staff))[0] for _ in range(3)] == [
        *("booked", "booked", "too_many_bookings"),
    ]
    for nobody in (
        {"channel": "hotline", "actor": "web"},
        {"channel": "web", "actor": "operator:An"},
        {"channel": "text", "actor": "text"},
    ):
        assert (await book(pool, office, **nobody, reason="I want"))[0] == "too_many_bookings"
    one = {**staff, "booking_id": uuid4(), "digits": 7, "token": "0" * 32}
    outcome, visit = await book(pool, office, **one, reason="Tổ trưởng đặt hộ")
    assert outcome == "booked"
    assert (await book(pool, office, **one, reason="in other words"))[1] == visit
    [over] = await reads.over_limits(pool, BEGINS, [office.office_id], 30)
    assert (over["actor"], over["code"]) == ("operator:An", visit["code"])
    assert over["facts"] == {"reason": "Tổ trưởng đặt hộ", "held": 2, "bookings_per_phone": 2}
    stays = await reads.ledger(pool, office.office_id, BEGINS, BEGINS + timedelta(hours=1))
    assert [stay["reason"] for stay in stays if stay["reason"]] == ["Tổ trưởng đặt hộ"]
    assert await reads.check_office(pool, office.office_id, BEGINS) == []


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


async def wait(pool: db.Pool, office: Office, **more: Any) -> dict[str, Any]:
    who: dict[str, Any] = {"name": "Trần Thị Bé", "phone": ELDERS, **more}
    return await commands.call_back_later(
        pool, office.office_id, BEGINS, "operator:An", None, uuid4(), "copy", **who
    )


async def test_who_can_wait_is_called_back_when_the_measure_ends_the_oldest_first(
    pool: db.Pool,
) -> None:
    office = await make_office(pool, change=lambda file: None)
    online_until(office, "2026-04-10")
    await commands.import_office(pool, office.office_id, BEGINS, "test", office.file)
    first = await wait(pool, office)
    assert (first["opens_on"], first["open"]) == ("2026-04-11", False)
    assert (await wait(pool, office))["call_back_id"] == first["call_back_id"]
    later = await wait(pool, office, name="Lê Văn Tám", not_before=office.at("08:00", 20).date())
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


async def test_what_became_of_a_call_back_is_written_once(pool: db.Pool) -> None:
    office = await make_office(pool)
    row = await wait(pool, office)

    async def called(outcome: str) -> dict[str, Any]:
        number = UUID(row["call_back_id"])
        return await commands.called_back(
            pool, office.office_id, BEGINS, "operator:An", None, number, outcome
        )

    assert (await called("no_answer"))["tries"] == 1
    assert (await called("gave_up"))["state"] == "gave_up"
    with pytest.raises(Refused, match="call_back_over"):
        await called("done")
    with pytest.raises(Refused, match="unknown_word"):
        await wait_and(pool, office, "burnt")
    [left] = (await reads.call_backs(pool, BEGINS, [office.office_id], 50))["rows"]
    assert left["name"] == "Lê Văn Tám"


async def wait_and(pool: db.Pool, office: Office, outcome: str) -> None:
    row = await wait(pool, office, name="Lê Văn Tám")
    number = UUID(row["call_back_id"])
    await commands.called_back(pool, office.office_id, BEGINS, "operator:An", None, number, outcome)


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
        await wait(pool, office, **wrong)


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
