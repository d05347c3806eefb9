"""A key brings its answer back: one intention, one deed, whoever's network stumbled."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Answer, Lobby, id_of
from tests.sql.scenes import full_enough, version

pytestmark = pytest.mark.anyio


async def at_counter(lobby: Lobby, *words: str) -> Answer:
    """A walk-in called to counter 1 at 08:01, and taken further by these commands."""
    visit = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:01", "1")
    for word in words:
        await lobby.do(word, "08:01", visit)
    return visit


async def waiting_inside(lobby: Lobby) -> Answer:
    return await lobby.walk_in("08:00")


async def prepare(lobby: Lobby, command: str) -> Sequence[Any]:
    """Brings the office to where the command makes sense; what to say to it."""
    match command:
        case "cancel":
            return [await lobby.book("09:00")]
        case "reschedule":
            return [await lobby.book("09:00"), lobby.at("10:00")]
        case "arrive":
            return [id_of(await lobby.book("08:05"))]
        case "slip":
            return [await lobby.walk_in("08:00", channel="kiosk"), "printed"]
        case "enter" | "come_in" | "admit":
            await lobby.walk_in("08:00", party_size=4)
            first = await lobby.walk_in("08:00")
            waits = await lobby.walk_in("08:00")
            await lobby.do("leave", "08:01", first)
            return [waits] if command != "admit" else [await lobby.walk_in("08:01"), "wheelchair"]
        case "leave":
            return [await waiting_inside(lobby)]
        case "exit":
            return ["hall", id_of(await waiting_inside(lobby))]
        case "recount":
            return ["hall", 4]
        case "staff" | "count_in":
            return ["hall", 2]
        case "note_dossier":
            return [await at_counter(lobby, "serve"), "H17-1"]
        case "quick_question":
            await lobby.do("open_counter", "08:00", "1")
            return ["1"]
        case "open_counter":
            return ["1"]
        case "close_counter" | "pause_counter" | "call_next" | "call_number":
            visit = await waiting_inside(lobby)
            await lobby.do("open_counter", "08:00", "1")
            rest = {
                "pause_counter": ["họp", lobby.at("09:00")],
                "call_number": [visit["number"]],
            }
            return ["1", *rest.get(command, [])]
        case "recall" | "serve" | "absent":
            return [await at_counter(lobby)]
        case "park":
            return [await at_counter(lobby), "here", "photo"]
        case "resume":
            visit = await at_counter(lobby)
            await lobby.do("park", "08:01", visit, "here", "")
            return [visit]
        case "transfer":
            return [await at_counter(lobby, "serve"), "permits"]
        case "finish":
            return [await at_counter(lobby, "serve")]
        case _:
            raise AssertionError(command)


# Something else the same command could be asked under the same key.
OTHERWISE: dict[str, Sequence[Any]] = {
    "cancel": ["another reason"],
    "slip": ["failed"],
    "admit": ["another reason"],
    "recount": [9],
    "staff": [3],
    "count_in": [3],
    "note_dossier": ["H17-2"],
    "quick_question": ["3"],
    "pause_counter": ["another reason", None],
    "call_number": ["A999"],
    "park": ["away", "photo"],
    "resume": ["1"],
    "transfer": ["justice"],
    "open_counter": ["3"],
    "close_counter": ["3"],
    "call_next": ["3"],
}
COMMANDS = [
    "cancel",
    "reschedule",
    "arrive",
    "slip",
    "enter",
    "come_in",
    "leave",
    "admit",
    "exit",
    "recount",
    "staff",
    "count_in",
    "note_dossier",
    "quick_question",
    "open_counter",
    "close_counter",
    "pause_counter",
    "call_next",
    "call_number",
    "recall",
    "serve",
    "absent",
    "park",
    "resume",
    "transfer",
    "finish",
]


@pytest.mark.parametrize("command", COMMANDS)
async def test_the_same_key_again_gives_the_same_answer_and_writes_nothing(
    pool: Pool, owner: Connection, command: str
) -> None:
    lobby = await full_enough(pool)
    said = await prepare(lobby, command)
    first = await lobby.do(command, "08:02", *said, key="k")
    before = await version(owner, lobby)
    assert await lobby.do(command, "08:02", *said, key="k") == first
    assert await version(owner, lobby) == before
    assert await lobby.differences() == []


@pytest.mark.parametrize("command", COMMANDS)
async def test_another_body_under_the_same_key_is_refused_and_shown_nothing(
    pool: Pool, command: str
) -> None:
    lobby = await full_enough(pool)
    said = list(await prepare(lobby, command))
    await lobby.do(command, "08:02", *said, key="k")
    if command in OTHERWISE:
        other = [*said[: len(said) - len(OTHERWISE[command])], *OTHERWISE[command]]
        if command in ("cancel", "resume"):
            other = [said[0], *OTHERWISE[command]]
    elif command == "reschedule":
        other = [said[0], lobby.at("10:30")]
    else:
        other = [uuid4() if not isinstance(one, str) else one for one in said]
    with pytest.raises(Refused, match="id_reused") as refused:
        await lobby.do(command, "08:02", *other, key="k")
    assert refused.value.facts == {}
    assert await lobby.differences() == []


async def test_another_command_under_the_same_key_is_refused(pool: Pool) -> None:
    lobby = await full_enough(pool)
    visit = await lobby.walk_in("08:00")
    await lobby.do("leave", "08:01", visit, key="k")
    with pytest.raises(Refused, match="id_reused"):
        await lobby.do("enter", "08:01", visit, key="k")


async def test_a_key_belongs_to_its_caller(pool: Pool) -> None:
    lobby = await full_enough(pool)
    await lobby.do("staff", "08:00", "hall", 2, key="k", actor="clerk:one")
    await lobby.do("staff", "08:00", "hall", 4, key="k", actor="clerk:two")
    assert await lobby.present("08:00") == 4


async def test_a_key_belongs_to_its_office(pool: Pool) -> None:
    one, two = await full_enough(pool), await full_enough(pool)
    await one.do("staff", "08:00", "hall", 2, key="k")
    await two.do("staff", "08:00", "hall", 4, key="k")
    assert [await one.present("08:00"), await two.present("08:00")] == [2, 4]


async def test_a_key_is_kept_for_48_hours(pool: Pool) -> None:
    lobby = await full_enough(pool)
    await lobby.do("staff", "08:00", "hall", 2, key="k")
    lobby.days = 2
    with pytest.raises(Refused, match="id_reused"):
        await lobby.do("staff", "07:59", "hall", 3, key="k")
    await lobby.do("staff", "08:00", "hall", 3, key="k")
    assert await lobby.present("08:00") == 3


async def test_a_refused_command_is_not_remembered(pool: Pool) -> None:
    lobby = await full_enough(pool)
    await lobby.walk_in("08:00")
    with pytest.raises(Refused, match="counter_closed"):
        await lobby.do("call_next", "08:01", "1", key="k")
    await lobby.do("open_counter", "08:01", "1")
    assert (await lobby.do("call_next", "08:02", "1", key="k"))["state"] == "called"


async def test_a_refusal_writes_nothing(pool: Pool, owner: Connection) -> None:
    lobby = await full_enough(pool)
    visit = await lobby.walk_in("08:00")
    before = await version(owner, lobby)
    refusals: list[tuple[str, Sequence[Any]]] = [
        ("serve", [visit]),
        ("finish", [visit]),
        ("absent", [visit]),
        ("recall", [visit]),
        ("resume", [visit]),
        ("admit", [visit, "why"]),
        ("cancel", [visit]),
        ("exit", ["hall", None, 1]),
        ("recount", ["hall", 0]),
        ("recount", ["hall", -1]),
        ("staff", ["hall", -1]),
        ("park", [visit, "nowhere"]),
        ("transfer", [visit, "nowhere"]),
        ("slip", [visit, "eaten"]),
        ("call_next", ["1"]),
        ("pause_counter", ["1", "", lobby.at("07:00")]),
    ]
    for command, said in refusals:
        with pytest.raises(Refused):
            await lobby.do(command, "08:01", *said, key=command)
    assert await version(owner, lobby) == before
    requests = await owner.fetch(
        "select from queue.request where office_id = $1 and caller = 'clerk:test'",
        lobby.office.office_id,
    )
    assert requests == []
    assert await lobby.differences() == []


async def test_a_visit_of_another_office_is_not_there(pool: Pool) -> None:
    here, there = await full_enough(pool), await full_enough(pool)
    visit = await there.walk_in("08:00")
    words = "leave enter come_in serve finish absent recall resume cancel"
    for command in words.split():
        with pytest.raises(Refused, match="no_such_visit"):
            await here.do(command, "08:01", visit)
    for command, more in (("park", "here"), ("slip", "said"), ("admit", "why")):
        with pytest.raises(Refused, match="no_such_visit"):
            await here.do(command, "08:01", visit, more)
    assert (await here.arrive("08:01", visit))["decision"] == "invalid"
    assert await there.state(visit) == "inside"


async def test_counters_areas_and_queues_that_are_not_there_are_said_so(pool: Pool) -> None:
    lobby = await full_enough(pool)
    visit = await lobby.walk_in("08:00")
    for command, said, code in (
        ("open_counter", ["9"], "no_such_counter"),
        ("close_counter", ["9"], "no_such_counter"),
        ("pause_counter", ["9", "", None], "no_such_counter"),
        ("call_next", ["9"], "no_such_counter"),
        ("call_number", ["9", "A001"], "no_such_counter"),
        ("exit", ["attic", None, 1], "no_such_area"),
        ("recount", ["attic", 1], "no_such_area"),
        ("staff", ["attic", 1], "no_such_area"),
        ("transfer", [visit, "attic"], "no_such_queue"),
    ):
        with pytest.raises(Refused, match=code):
            await lobby.do(command, "08:01", *said)
