"""Programs prove phones, name persons and wait for earlier times as people do on the pages."""

from typing import Any

import pytest

from queue_service.db import Connection, Pool
from tests.api.conftest import Api, booking
from tests.fairness import fair
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def other(api: Api, pool: Pool, **more: Any) -> Api:
    return Api(api.client, await make_office(pool, planned=1, **more), pool, api.headers)


async def test_a_booking_is_held_until_the_code_is_said(
    api: Api, pool: Pool, owner: Connection
) -> None:
    api = await other(api, pool, change=fair(prove_phone=True))
    booked = await api.done("bookings", booking())
    assert (booked["status"], booked["held_until"] is not None) == ("held", True)
    code = await owner.fetchval(
        "select code from queue.phone_proof where office_id = $1", api.office.office_id
    )
    assert len(code) == 6
    path = f"/tickets/{booked['token']}"
    refused = await api.post(f"{path}/reschedule", {"starts_at": booking()["starts_at"]})
    assert refused.json()["code"] == "not_proven"
    wrong = await api.done(f"{path}/prove", {"code": "000000" if code != "000000" else "1" * 6})
    assert (wrong["decision"], wrong["tries_left"], wrong["state"]) == ("wrong_code", 4, "held")
    assert (await api.done(f"{path}/code"))["state"] == "held"
    old = await api.done(f"{path}/prove", {"code": code})
    assert old["decision"] == "wrong_code"
    new = await owner.fetchval(
        "select code from queue.phone_proof where office_id = $1", api.office.office_id
    )
    assert (await api.done(f"{path}/prove", {"code": new}))["decision"] == "proven"
    assert (await api.seen(path))["state"] == "booked"


async def test_a_scarce_service_asks_for_an_identity_number(api: Api, pool: Pool) -> None:
    api = await other(api, pool, change=fair("copy", "4.000001"))
    for identity, code in (("", "identity_needed"), ("12", "bad_identity")):
        answer = await api.post("bookings", booking() | {"identity": identity})
        assert answer.json()["code"] == code
    booked = await api.done("bookings", booking() | {"identity": "048080001234"})
    assert (await api.seen(f"/tickets/{booked['token']}"))["named"]


async def test_an_earlier_time_is_offered_and_taken(api: Api, pool: Pool) -> None:
    api = await other(api, pool)
    first = await api.done("bookings", booking())
    wish = {"services": [{"service": "copy"}], "name": "Trần Bình", "phone": "0905 111 222"}
    waiting = await api.done("waiting", wish)
    assert (waiting["state"], waiting["ahead"], waiting["offer"]) == ("waiting", 0, None)
    assert (await api.post("waiting", wish)).json()["code"] == "already_waiting"
    await api.done(f"/tickets/{first['token']}/cancel")
    path = f"/waiting/{waiting['token']}"
    offered = await api.seen(path)
    assert offered["offer"]["starts_at"] == first["starts_at"]
    taken = await api.done(f"{path}/answer", {"accept": True})
    assert (taken["decision"], taken["state"]) == ("accepted", "booked")
    assert taken["ticket_url"].endswith(waiting["token"])
    assert (await api.post(f"{path}/answer", {"accept": False})).json()["code"] == "no_offer"
    at = first["starts_at"].replace("T09", "T10")
    later = await api.done("bookings", booking() | {"phone": "0905 333 444", "starts_at": at})
    mine = await api.done(f"/tickets/{later['token']}/wait", {})
    assert (mine["moves"], mine["ahead"]) == (True, 0)
    assert (await api.done(f"/waiting/{mine['token']}/leave"))["state"] == "left"


async def test_a_program_waits_once_it_has_said_the_code(
    api: Api, pool: Pool, owner: Connection
) -> None:
    api = await other(api, pool, change=fair(prove_phone=True))
    wish = {"services": [{"service": "copy"}], "name": "Trần Bình", "phone": "0905 111 222"}
    waiting = await api.done("waiting", wish)
    assert (waiting["state"], waiting["held_until"] is not None) == ("held", True)
    path = f"/waiting/{waiting['token']}"
    assert (await api.done(f"{path}/code"))["state"] == "held"
    code = await owner.fetchval(
        "select code from queue.phone_proof where office_id = $1", api.office.office_id
    )
    proven = await api.done(f"{path}/prove", {"code": code})
    assert (proven["decision"], proven["state"]) == ("proven", "waiting")
    assert (await api.post(f"{path}/prove", {"code": code})).json()["code"] == "not_held"
