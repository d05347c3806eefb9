"""What the holder of a link sees and may do."""

import pytest

from tests.api.conftest import Api, booking

pytestmark = pytest.mark.anyio


async def test_the_holder_sees_the_visit_and_the_office(api: Api) -> None:
    asked = booking()
    booked = await api.done("bookings", asked)
    ticket = await api.seen(f"/tickets/{booked['token']}")
    assert ticket["state"] == "booked"
    assert ticket["name"] == asked["name"]
    assert ticket["starts_at"] == asked["starts_at"]
    assert ticket["office"]["slug"] == api.office.slug
    assert ticket["calendar_url"].endswith("/calendar.ics")


async def test_a_cancelled_booking_gives_its_place_back(api: Api) -> None:
    booked = await api.done("bookings", booking())
    before = await _left(api)
    ticket = await api.done(f"/tickets/{booked['token']}/cancel", {"reason": "cannot come"})
    assert ticket["state"] == "cancelled"
    assert await _left(api) == before + 1
    again = await api.post(f"/tickets/{booked['token']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "not_booked")


async def test_cancelling_twice_with_one_key_is_cancelling_once(api: Api) -> None:
    booked = await api.done("bookings", booking())
    key = {"Idempotency-Key": "my-key"}
    first = await api.done(f"/tickets/{booked['token']}/cancel", headers=key)
    again = await api.done(f"/tickets/{booked['token']}/cancel", headers=key)
    assert first == again


async def test_a_booking_can_be_moved(api: Api) -> None:
    booked = await api.done("bookings", booking())
    ticket = await api.done(
        f"/tickets/{booked['token']}/reschedule", {"starts_at": "2026-03-31T10:00:00+07:00"}
    )
    assert ticket["starts_at"] == "2026-03-31T10:00:00+07:00"
    assert ticket["revision"] == 2
    assert ticket["code"] == booked["code"]


async def test_a_booking_is_not_moved_to_a_time_that_is_none(api: Api) -> None:
    booked = await api.done("bookings", booking())
    for starts_at, code in (
        ("2026-03-31T12:00:00+07:00", "not_a_slot"),
        ("2026-03-31T07:30:00+07:00", "in_the_past"),
        ("9999-12-31T23:59:59-12:00", "bad_moment"),
    ):
        answer = await api.post(f"/tickets/{booked['token']}/reschedule", {"starts_at": starts_at})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    ticket = await api.seen(f"/tickets/{booked['token']}")
    assert ticket["starts_at"] == booked["starts_at"]


@pytest.mark.parametrize("token", ["x", "A" * 24, "_" * 24, "x" * 3000, "%00" * 24])
async def test_a_link_of_nobody_opens_nothing(api: Api, token: str) -> None:
    answer = await api.get(f"/tickets/{token}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_visit")


async def _left(api: Api) -> int:
    slots = await api.seen("slots", params={"service": "copy", "from": "2026-03-31", "days": 1})
    return next(slot["left"] for slot in slots if slot["starts_at"] == "2026-03-31T09:00:00+07:00")
