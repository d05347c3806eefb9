"""A directive is made where it was worked out, as it was shown, and each office wholly or not."""

import asyncio

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool, Refused
from tests.authority import (
    ACTOR,
    confirm,
    direct,
    make_authority,
    measure,
    room,
    states,
    work,
)
from tests.changes import messages
from tests.lobby import Lobby
from tests.offices import make_office

pytestmark = pytest.mark.anyio

CLOSED = {"closed": {"vi": "Giãn cách", "en": "Distancing"}}


async def test_only_what_was_shown_is_confirmed(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    authority = await make_authority(pool, lobby.office)
    at = lobby.at("07:10")
    directive_id = await direct(pool, authority, measure(CLOSED), [lobby.office], at)
    await work(pool, at)
    said = await commands.confirm_directive(pool, at, ACTOR, directive_id, "what was there before")
    assert said == {"decision": "list_changed"}
    assert await states(pool, directive_id) == {lobby.office.slug: "ready"}
    assert (await confirm(pool, directive_id, at))["offices"] == 1
    assert await states(pool, directive_id) == {lobby.office.slug: "applying"}


async def test_who_books_between_the_look_and_the_word_is_not_moved_unseen(
    pool: Pool, owner: Connection
) -> None:
    busy, quiet = Lobby(pool, await make_office(pool)), Lobby(pool, await make_office(pool))
    authority = await make_authority(pool, busy.office, quiet.office)
    at = busy.at("07:10")
    what = measure(CLOSED, "2026-03-31", "2026-03-31")
    directive_id = await direct(pool, authority, what, [busy.office, quiet.office], at)
    await work(pool, at)
    await confirm(pool, directive_id, at)
    booked = await busy.book("09:00", now="07:11", phone="+84905123456")
    await work(pool, at)
    assert await states(pool, directive_id) == {
        busy.office.slug: "ready",
        quiet.office.slug: "applied",
    }
    shown = await reads.directive(pool, directive_id)
    assert shown is not None
    [row] = [row for row in shown["offices"] if row["slug"] == busy.office.slug]
    assert (row["problem"], row["moves"]) == ("list_changed", 1)
    assert await messages(owner, busy.office, "moved_by_office") == []
    await confirm(pool, directive_id, at)
    await work(pool, at)
    assert set((await states(pool, directive_id)).values()) == {"applied"}
    [message] = await messages(owner, busy.office, "moved_by_office")
    assert str(message["visit_id"]) == booked["visit_id"]


async def test_an_office_changed_meanwhile_is_worked_out_again_and_asked_once_more(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    authority = await make_authority(pool, lobby.office)
    at = lobby.at("07:10")
    directive_id = await direct(pool, authority, measure(room(5)), [lobby.office], at)
    await work(pool, at)
    await confirm(pool, directive_id, at)
    standing = await reads.standing_file(pool, lobby.office.office_id)
    assert standing is not None
    standing["services"][0]["minutes"] = 25
    await commands.import_office(pool, lobby.office.office_id, at, "admin", standing)
    await work(pool, at)
    assert await states(pool, directive_id) == {lobby.office.slug: "ready"}
    await confirm(pool, directive_id, at)
    await work(pool, at)
    file = await reads.office_file(pool, lobby.office.office_id)
    assert file is not None
    assert file["services"][0]["minutes"] == 25
    assert [row["maximum"] for row in file["caps"] if row["cap_id"].startswith("measure")] == [5]


async def test_two_workers_at_once_make_it_once(pool: Pool, owner: Connection) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.book("09:00", phone="+84905123456")
    authority = await make_authority(pool, lobby.office)
    at = lobby.at("07:10")
    what = measure(CLOSED, "2026-03-31", "2026-03-31")
    directive_id = await direct(pool, authority, what, [lobby.office], at)
    await asyncio.gather(*(work(pool, at) for _ in range(4)))
    await confirm(pool, directive_id, at)
    await asyncio.gather(*(work(pool, at) for _ in range(4)))
    assert await states(pool, directive_id) == {lobby.office.slug: "applied"}
    assert len(await messages(owner, lobby.office, "moved_by_office")) == 1


async def test_what_was_given_up_is_not_confirmed(pool: Pool) -> None:
    office = await make_office(pool)
    authority = await make_authority(pool, office)
    at = office.at("07:10")
    directive_id = await direct(pool, authority, measure(room(5)), [office], at)
    await work(pool, at)
    await commands.drop_directive(pool, at, ACTOR, directive_id)
    with pytest.raises(Refused, match="change_over"):
        await confirm(pool, directive_id, at)
