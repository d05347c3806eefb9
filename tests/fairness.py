"""Offices that prove phones or have a scarce service, and people who wait."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from queue_service import commands, reads
from queue_service.db import Connection
from tests.lobby import Answer, Lobby
from tests.offices import File

FAIR: Mapping[str, object] = {
    "authority": "",
    "per_person": 1,
    "prove_phone": False,
    "hold_minutes": 10,
    "codes_per_hour": 3,
    "code_tries": 5,
    "offer_minutes": 10,
    "return_minutes": 60,
    "opens_from": "08:00:00",
    "opens_to": "10:00:00",
}
AN, BINH, CHAU = "+84905123401", "+84905123402", "+84905123403"


def fair(scarce: str = "", code: str = "", **rules: object) -> Callable[[File], None]:
    """A change to the usual office: these rules of fairness, and one scarce service."""

    def change(file: File) -> None:
        file["fairness"] = {**FAIR, **rules}
        for row in file["services"]:
            row["scarce"] = row["service_id"] == scarce
            if row["scarce"]:
                row["national_code"] = code

    return change


async def wait(lobby: Lobby, now: str, phone: str, **more: Any) -> Answer:
    """Somebody joins the waiting list; with `visit_id`, a booking to be moved earlier."""
    request = {
        "waiting_id": str(uuid4()),
        "services": [{"service": "copy", "quantity": 1}],
        "party_size": 1,
        "name": "Trần Thị Bình",
        "phone": phone,
        "language": "vi",
        "token": secrets.token_hex(16),
        "digits": secrets.randbelow(90_000),
        "proof": "123456",
    }
    return await commands.join_waiting_list(
        lobby.pool, lobby.office.office_id, lobby.at(now), "web", None, request | more
    )


async def answer(lobby: Lobby, now: str, who: Answer, accept: bool, **more: Any) -> Answer:
    return await commands.answer_offer(
        lobby.pool,
        lobby.office.office_id,
        lobby.at(now),
        "text",
        None,
        UUID(who["waiting_id"]),
        accept,
        **more,
    )


async def seen(lobby: Lobby, now: str, who: Answer) -> Answer:
    found = await reads.waiting(
        lobby.pool, lobby.office.office_id, lobby.at(now), bytes.fromhex(who["token"])
    )
    assert found is not None
    return found


async def code_sent(owner: Connection, visit: Answer) -> str:
    """What stands in the text that was sent."""
    return await owner.fetchval(
        "select code from queue.phone_proof where visit_id = $1", UUID(visit["visit_id"])
    )
