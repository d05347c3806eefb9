"""What doors and boxes ask for: keys, revocations, and that they live."""

from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from queue_service.db import Connection
from queue_service.tickets import Payload, TicketKeys, sign, verify
from tests.api.conftest import BEGINS, SECRET, Api, booking
from tests.offices import import_again, make_office

pytestmark = pytest.mark.anyio


async def test_a_screen_says_that_it_lives_without_a_token_and_makes_no_name_up(
    api: Api, owner: Connection
) -> None:
    board: dict[str, object] = {"volume": 80, "muted": [], "top_seconds": 8}
    board |= {"stale_seconds": 45, "message_vi": "", "message_en": "", "screens": ["lobby"]}
    api.office.file["board"] = board
    await import_again(api.pool, api.office)
    for _ in range(50):
        assert (await api.done("screens/lobby", {"view": "lobby"}))["device"] == "screen:lobby"
    for made_up in ("hall", "lobby2", "LOBBY", "a" * 60):
        answer = await api.post(f"screens/{made_up}", {})
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_screen")
    rows = await owner.fetch(
        "select device_id from queue.device where office_id = $1", api.office.office_id
    )
    assert [row["device_id"] for row in rows] == ["screen:lobby"]


async def test_the_published_keys_verify_a_ticket(api: Api) -> None:
    keys = {
        (key["office_number"], key["key_id"]): urlsafe_b64decode(key["public_key"] + "=")
        for key in await api.seen("/ticket-keys")
    }
    payload = Payload(
        api.office.office_id, uuid4(), 1, (("copy", 1),), BEGINS, BEGINS + timedelta(minutes=5), 1
    )
    fragment = sign(payload, TicketKeys(SECRET))
    assert verify(fragment, lambda office, key: keys.get((office, key))) == payload


async def test_cancelled_and_moved_tickets_are_revoked(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    cancelled = await api.done("bookings", booking())
    moved = await api.done("bookings", booking())
    await api.done(f"/tickets/{cancelled['token']}/cancel")
    later = {"starts_at": "2026-03-31T10:00:00+07:00"}
    await api.done(f"/tickets/{moved['token']}/reschedule", later)

    told = await kiosk.seen("revocations")
    assert [(one["visit"], one["reason"], one["revision"]) for one in told["revocations"]] == [
        (cancelled["booking_id"], "cancelled", 1),
        (moved["booking_id"], "moved", 1),
    ]
    assert all(datetime.fromisoformat(one["at"]) for one in told["revocations"])
    assert all(UUID(one["visit"]) for one in told["revocations"])
    since = await kiosk.seen("revocations", params={"since": told["next"]})
    assert since == {"revocations": [], "next": told["next"]}
    wrong = await kiosk.get("revocations?since=-1")
    assert wrong.status_code == 422


async def test_a_device_says_that_it_lives(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    alive = await kiosk.done("/devices/me/heartbeat", {"paper": "low", "version": "1.2"})
    assert alive["office"] == api.office.slug
    assert alive["device"] == "kiosk 1"
    assert "troubled" not in alive  # a kiosk stands in public: that is for staff
    clerk = await api.as_("clerk")
    told = await clerk.done("/devices/me/heartbeat", {"page": "counter", "counter": "1"})
    assert told["troubled"] == ["kiosk 1 paper_low"]
    naked = await kiosk.post("/devices/me/heartbeat", {"clock": "2026-03-31T08:00:00"})
    assert naked.status_code == 422
    far = await kiosk.done("/devices/me/heartbeat", {"clock": "0001-01-01T00:00:00+07:00"})
    assert far["office"] == api.office.slug
    wrong = await kiosk.post("/devices/me/heartbeat", {"paper": "wet"})
    assert wrong.status_code == 422


async def test_a_device_of_two_offices_says_where_it_is(api: Api) -> None:
    other = await make_office(api.pool)
    board = await api.as_("board", api.office.office_id, other.office_id)
    unsaid = await board.post("/devices/me/heartbeat")
    assert (unsaid.status_code, unsaid.json()["code"]) == (422, "which_office")
    said = await board.done("/devices/me/heartbeat", {"office": other.slug})
    assert said["office"] == other.slug
    third = await make_office(api.pool)
    elsewhere = await board.post("/devices/me/heartbeat", {"office": third.slug})
    assert elsewhere.status_code == 403
