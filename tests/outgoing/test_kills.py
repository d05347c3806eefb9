"""A thousand messages while the worker is killed ten times and its carrier fails in every way."""

import asyncio
import os
import random
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from queue_service import db
from queue_service.worker import SENDING_AT_ONCE
from tests import alone
from tests.lobby import Lobby
from tests.offices import make_office
from tests.outgoing.standin import Fault, Standin, standing_in
from tests.service import start

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
pool, owner = alone.pool, alone.owner

MESSAGES, KILLS = 1000, 10
CLAIM = 360  # seconds by which the clock is put on at each start: what was claimed is free again
NOBODY = "+8490599"  # numbers that do not exist


def faults(chance: random.Random) -> Any:
    """About a third of all calls fail; some that seem to fail were taken."""

    def fault(sent: dict[str, str]) -> Fault | None:
        if (sent.get("To") or sent.get("to", "")).startswith(NOBODY):
            return Fault(400, 21211)
        roll = chance.random()
        if roll < 0.1:
            return Fault(429, 20429, {"retry-after": "1"})
        if roll < 0.15:
            return Fault(500)
        if roll < 0.2:
            return Fault(500, took=True)
        if roll < 0.22:
            return Fault(500, seconds=1.5)
        if roll < 0.24:
            return Fault(500, took=True, seconds=1.5)
        return None

    return fault


async def left(owner: db.Connection, lobby: Lobby) -> int:
    return await owner.fetchval(
        "select count(*) from queue.job where office_id = $1 and ended_at is null",
        lobby.office.office_id,
    )


async def rage(
    lobby: Lobby, owner: db.Connection, folder: Path, environment: dict[str, str]
) -> None:
    """Ten workers are killed in the midst of it; the ones after them may work in peace."""
    begun = round((lobby.at("08:00") - await owner.fetchval("select now()")).total_seconds())
    for n in range(60):
        shift = begun + n * CLAIM
        worker = start(folder, {**environment, "CLOCK_SHIFT": str(shift)}, ["worker"])
        try:
            before = await left(owner, lobby)
            async with asyncio.timeout(240):
                while before and (now := await left(owner, lobby)):
                    if n < KILLS and now <= before - 60:
                        break
                    if n >= KILLS and await idle(owner, lobby, shift):
                        break
                    await asyncio.sleep(0.05)
        finally:
            os.kill(worker.pid, signal.SIGKILL if n < KILLS else signal.SIGTERM)
            await asyncio.to_thread(worker.wait, 20)
        if not await left(owner, lobby):
            assert n >= KILLS, "all was sent before the last kill"
            return
    raise AssertionError("the messages come to no end")


async def idle(owner: db.Connection, lobby: Lobby, shift: int) -> bool:
    """Whether nothing is due by the worker's clock, and nothing under way."""
    return not await owner.fetchval(
        "select count(*) from queue.job where office_id = $1 and ended_at is null "
        "and (claimed_until is not null or due_at <= now() + make_interval(secs => $2))",
        lobby.office.office_id,
        shift,
    )


@pytest.mark.parametrize("carrier", ["twilio", "gateway"])
async def test_a_thousand_messages_and_ten_kills_lose_none_and_double_no_more_than_is_said(
    carrier: str,
    pool: db.Pool,
    owner: db.Connection,
    own: db.Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    nobody = 20
    for n in range(MESSAGES):
        phone = f"{NOBODY}{n:04}" if n < nobody else f"+8490500{n:04}"
        facts = {"phone": phone, "language": "vi", "text": f"Xin chào ông/bà số {n}"}
        await owner.execute(
            "select queue._message($1, 'answer', null, $2, $3)",
            lobby.office.office_id,
            lobby.at("08:00") - timedelta(seconds=MESSAGES - n),
            facts,
        )
    async with standing_in() as standin:
        chance = random.Random(4)
        standin.fault = faults(chance)
        environment = {
            "DATABASE_URL": own.app_url,
            "CARRIER_TIMEOUT": "1",
            **(twilio(standin) if carrier == "twilio" else gateway(standin)),
        }
        await rage(lobby, owner, tmp_path, environment)
        await agree(carrier, standin, owner, lobby, nobody, capsys)


def twilio(standin: Standin) -> dict[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_FROM": "+84236000000",
        "TWILIO_BASE_URL": standin.url,
    }


def gateway(standin: Standin) -> dict[str, str]:
    return {"GATEWAY_URL": f"{standin.url}/send", "GATEWAY_SECRET": "a secret of the gateway"}


async def agree(
    carrier: str,
    standin: Standin,
    owner: db.Connection,
    lobby: Lobby,
    nobody: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = await owner.fetch(
        "select state, count(*) as count from queue.message where office_id = $1 group by state",
        lobby.office.office_id,
    )
    states = Counter({row["state"]: row["count"] for row in rows})
    assert states == {"sent": MESSAGES - nobody, "dead": nobody}
    # Other offices of this database have messages due as well; they are none of these thousand.
    taken = {one.phone for one in standin.taken if one.phone.startswith("+8490500")}
    assert len(taken) == MESSAGES - nobody, "somebody was never sent their message"
    unanswered = await owner.fetchval(
        "select count(*) from queue.sending where office_id = $1 and outcome = 'lost'",
        lobby.office.office_id,
    )
    # docs/messages.md: Twilio is asked; a gateway that honours no reference has them again.
    bound = 0 if carrier == "twilio" else unanswered
    doubles = standin.doubles()
    with capsys.disabled():
        print(
            f"\n{carrier}: {MESSAGES} messages, {KILLS} kills, {len(standin.asked)} calls, "
            f"{doubles} doubles, at most {bound}"
        )
    assert doubles <= bound
    assert unanswered <= len(standin.asked) - len(taken) + KILLS * SENDING_AT_ONCE
    if carrier == "gateway":
        assert all(one.fields["reference"] for one in standin.taken)
