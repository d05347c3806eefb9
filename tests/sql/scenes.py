"""How stories begin that several files tell, and what they look at."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from queue_service import commands, db, reads
from queue_service.db import Connection, Pool
from tests.fairness import AN, fair
from tests.lobby import Answer, Lobby, moment
from tests.offices import Office, make_office
from tests.serving import BEGINS

ELDERS = "+84905123456"
PASSPORT = "1.001445"

RULES = ("clock", "any-60-minutes")

both_rules = pytest.mark.parametrize("rule", RULES)


async def all_open(pool: Pool, **more: Any) -> Lobby:
    """The usual office with every counter open since 07:30."""
    lobby = Lobby(pool, await make_office(pool, **more))
    for counter_id in [c["counter_id"] for c in lobby.office.file["counters"]]:
        await lobby.do("open_counter", "07:30", counter_id)
    return lobby


async def bank(
    pool: Pool, rule: str = "clock", desks: int = 1, limit: int = 10, **more: Any
) -> Lobby:
    """Ten an hour at each desk, desks 1, 2, … open."""
    more.setdefault("rules", {"lead_minutes": 0})
    more.setdefault("planned", desks)
    office = await make_office(pool, kind="bank", hour_cap=limit, hour_rule=rule, **more)
    lobby = Lobby(pool, office)
    for n in range(desks):
        await lobby.do("open_counter", "07:20", str(n + 1))
    return lobby


async def called(lobby: Lobby, now: str, party_size: int = 1) -> Answer:
    """A walk-in of that minute, called to counter 1 at once."""
    visit = await lobby.walk_in(now, party_size=party_size)
    await lobby.do("open_counter", now, "1")
    return await lobby.do("call_number", now, "1", visit["number"])


async def events(owner: Connection, lobby: Lobby, kind: str) -> list[Answer]:
    """What the office has noted of this kind, in order."""
    rows = await owner.fetch(
        "select facts from queue.event where office_id = $1 and kind = $2 order by event_no",
        lobby.office.office_id,
        kind,
    )
    return [row["facts"] for row in rows]


def expected(lobby: Lobby, answer: Answer) -> str:
    """When the number is expected to be called, by the wall clock."""
    return moment(answer["visit"]["expected_at"]).astimezone(lobby.office.zone).strftime("%H:%M")


async def fits(lobby: Lobby, starts: str, service: str = "copy", **more: Any) -> bool:
    """Whether this booking fits; it stays booked if so."""
    [(outcome, _)] = await lobby.book_group([lobby.request(starts, service, **more)])
    assert outcome in ("booked", "slot_full")
    return outcome == "booked"


async def full(pool: Pool, **rules: Any) -> tuple[Lobby, list[Answer]]:
    """One counter, the times 08:00, 08:05 and 08:10 taken."""
    lobby = Lobby(pool, await make_office(pool, planned=1, change=fair(**rules)))
    return lobby, [await lobby.book(starts) for starts in ("08:00", "08:05", "08:10")]


async def full_at_nine(pool: Pool) -> tuple[Lobby, Answer]:
    """One counter, and the place at nine is taken."""
    lobby = Lobby(pool, await make_office(pool, planned=1, rules={"lead_minutes": 0}))
    booked = await lobby.book("09:00")
    assert not await fits(lobby, "09:00")
    return lobby, booked


async def full_enough(pool: Pool) -> Lobby:
    """A room for five, counters without a cap."""
    return Lobby(pool, await make_office(pool, area_cap=5, counter_cap=None))


def held_request(lobby: Lobby, starts: str, phone: str = AN, **more: Any) -> Answer:
    """A booking by web whose phone is still to be proven by a code."""
    return lobby.request(starts, phone=phone, proof="123456", **more)


async def hold(lobby: Lobby, starts: str, now: str = "07:00", phone: str = AN) -> Answer:
    """A place held until the phone is proven."""
    [(outcome, visit)] = await lobby.book_group([held_request(lobby, starts, phone)], now)
    assert (outcome, visit["state"]) == ("booked", "held")
    return visit


async def line(lobby: Lobby, now: str, queue_id: str = "justice") -> list[str]:
    """The call line of a queue in calling order."""
    page = await reads.queue(lobby.pool, lobby.office.office_id, lobby.at(now))
    [of_queue] = [one for one in page["lines"] if one["queue"] == queue_id]
    return [visit["number"] for visit in of_queue["visits"]]


async def opened(pool: Pool, *counters: str, **more: Any) -> Lobby:
    """The usual office with these counters open since 07:30 (counter 1 if none is named)."""
    lobby = Lobby(pool, await make_office(pool, **more))
    for counter in counters or ("1",):
        await lobby.do("open_counter", "07:30", counter)
    return lobby


async def scarce_office(pool: Pool, code: str = PASSPORT, **rules: object) -> Office:
    """The usual office, its copies a scarce service under this national code."""
    return await make_office(pool, planned=1, change=fair("copy", code, **rules))


async def serve(lobby: Lobby, now: str, counter: str = "1") -> str:
    """The next one called, served and finished in that minute; the number."""
    called = await lobby.do("call_next", now, counter)
    await lobby.do("serve", now, called)
    await lobby.do("finish", now, called)
    return called["number"]


async def served(lobby: Lobby, now: str, party_size: int = 1) -> Answer:
    """A walk-in of that minute, being served at counter 1 at once."""
    visit = await lobby.walk_in(now, party_size=party_size)
    await lobby.do("open_counter", now, "1")
    await lobby.do("call_number", now, "1", visit["number"])
    return await lobby.do("serve", now, visit)


async def small(pool: Pool, area_cap: int, **more: Any) -> Lobby:
    """A small room; counters have no cap of their own, so that parties may be large."""
    return Lobby(pool, await make_office(pool, area_cap=area_cap, counter_cap=None, **more))


async def troubles(pool: Pool, office: Office, at: Any) -> dict[str, str]:
    """What staff are told, by device."""
    found = await reads.devices(pool, office.office_id, at)
    return {one["device"]: one["trouble"] for one in found if one["trouble"]}


async def unconfirmed_and_absent(lobby: Lobby) -> Answer:
    """Nobody said whether the slip was taken; called at 08:02, not there at 08:04."""
    visit = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.do("call_next", "08:02", "1")
    await lobby.do("absent", "08:04", visit)
    return visit


async def usual(pool: Pool, **more: Any) -> Lobby:
    """The usual office."""
    return Lobby(pool, await make_office(pool, **more))


async def version(owner: Connection, lobby: Lobby) -> int:
    """Moves with every writing command."""
    [row] = await owner.fetch(
        "select version from queue.office_state where office_id = $1", lobby.office.office_id
    )
    return row["version"]


async def wait_for_a_call(pool: db.Pool, office: Office, **more: Any) -> dict[str, Any]:
    """Somebody who can wait is put down to be called back."""
    who: dict[str, Any] = {"name": "Trần Thị Bé", "phone": ELDERS, **more}
    return await commands.call_back_later(
        pool, office.office_id, BEGINS, "operator:An", None, uuid4(), "copy", **who
    )


async def leave_text(lobby: Lobby, now: str = "08:00", text: str = "Mời ông/bà đến") -> UUID:
    """Words of somebody at the office for a phone: a message that waits to be sent."""
    message_id = uuid4()
    await commands.answer_text(
        lobby.pool, lobby.office.office_id, lobby.at(now), message_id, ELDERS, "vi", text
    )
    return message_id


async def claim(lobby: Lobby, now: str, n: int = 20) -> list[Answer]:
    """What a worker takes on at that minute."""
    return await commands.claim_jobs(lobby.pool, lobby.office.office_id, lobby.at(now), n)


async def sending(lobby: Lobby, now: str = "08:00", carrier: str = "post") -> UUID:
    """A message claimed, written, and about to be given to this carrier: its first sending."""
    message_id = await leave_text(lobby, now)
    [job] = await claim(lobby, now)
    mine = (lobby.pool, lobby.office.office_id, lobby.at(now), message_id, job["attempts"])
    await commands.write_message(*mine, ELDERS, "vi", "Mời ông/bà đến")
    assert (await commands.begin_sending(*mine, carrier))["sending_no"] == 1
    return message_id


async def sent(lobby: Lobby, now: str = "08:00", carrier_id: str = "SM1") -> UUID:
    """A message that the carrier has accepted under this id."""
    message_id = await sending(lobby, now)
    office_id, at = lobby.office.office_id, lobby.at(now)
    await commands.end_sending(lobby.pool, office_id, at, message_id, 1, "accepted", carrier_id)
    await commands.finish_job(lobby.pool, office_id, at, message_id, 1, "done")
    return message_id


async def message_state(owner: Connection, lobby: Lobby, message_id: UUID) -> str:
    return await owner.fetchval(
        "select state from queue.message where office_id = $1 and message_id = $2",
        lobby.office.office_id,
        message_id,
    )
