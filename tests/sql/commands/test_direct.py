"""An authority directs: what that would do is worked out at each office, and nothing is changed."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool, Refused
from tests.authority import (
    ACTOR,
    confirm,
    direct,
    in_force,
    make_authority,
    measure,
    room,
    states,
    work,
)
from tests.changes import messages
from tests.lobby import Answer, Lobby, moment
from tests.offices import File, Office, make_office

pytestmark = pytest.mark.anyio


async def file_of(pool: Pool, office: Office) -> File:
    file = await reads.office_file(pool, office.office_id)
    assert file is not None
    return file


async def most_at_once(owner: Connection, office: Office, since: str, until: str) -> int:
    return await owner.fetchval(
        "select max(taken) from queue.usage where office_id = $1 and scope = 'area:hall' "
        "and cell between $2 and $3",
        office.office_id,
        datetime.fromisoformat(since).replace(tzinfo=office.zone),
        datetime.fromisoformat(until).replace(tzinfo=office.zone),
    )


async def test_what_is_directed_changes_nothing_before_it_is_confirmed(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.book("09:00", phone="+84905123456")
    authority = await make_authority(pool, lobby.office)
    before = await file_of(pool, lobby.office)
    closing = {"closed": {"vi": "Giãn cách", "en": "Distancing"}}
    what = measure(closing, "2026-03-31", "2026-04-02")
    directive_id = await direct(pool, authority, what, [lobby.office], lobby.at("07:10"))
    assert await states(pool, directive_id) == {lobby.office.slug: "waiting"}
    await work(pool, lobby.at("07:10"))
    assert await states(pool, directive_id) == {lobby.office.slug: "ready"}
    shown = await reads.directive(pool, directive_id)
    assert shown is not None
    assert [(row["moves"], row["unplaced"]) for row in shown["offices"]] == [(1, 0)]
    assert await file_of(pool, lobby.office) == before


async def test_a_cap_and_the_urgent_list_at_once_move_each_person_once_with_one_message(
    pool: Pool, owner: Connection
) -> None:
    def births(file: File) -> None:
        file["services"][1] |= {"national_code": "1.001193"}

    lobby = Lobby(pool, await make_office(pool, planned=30, area_cap=20, change=births))
    tomorrow = Lobby(pool, lobby.office, days=1)
    urgent = [tomorrow.request("09:00", "record", phone=f"+8490512345{n}") for n in range(4)]
    later = [tomorrow.request("09:00", "copy", phone=f"+8490512346{n}") for n in range(4)]
    booked = [facts for said, facts in await lobby.book_group(urgent + later) if said == "booked"]
    assert len(booked) == 8
    authority = await make_authority(pool, lobby.office)
    rules = {**room(3), "urgent_only": True, "urgent_codes": ["1.001193"]}
    what = measure(rules, "2026-04-01", "2026-04-03")
    directive_id = await in_force(pool, authority, what, [lobby.office], lobby.at("07:10"))
    assert await states(pool, directive_id) == {lobby.office.slug: "applied"}
    moved = await messages(owner, lobby.office, "moved_by_office")
    assert len(moved) == 5  # one urgent person too many in the room, and four whose matter can wait
    assert len({row["visit_id"] for row in moved}) == 5
    for visit in booked[4:]:
        found = await lobby.visit(visit)
        assert moment(found["starts_at"]).date().isoformat() > "2026-04-03"
    assert await most_at_once(owner, lobby.office, "2026-04-01", "2026-04-04") == 3
    assert await lobby.differences("07:20") == []


async def test_before_and_after_its_days_a_measure_changes_nothing(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    authority = await make_authority(pool, lobby.office)
    before = await file_of(pool, lobby.office)
    closed = {"closed": {"vi": "Giãn cách", "en": "Distancing"}}
    what = measure(closed | {"online_only": True}, "2026-04-01", "2026-04-02")
    await in_force(pool, authority, what, [lobby.office], lobby.at("07:10"))
    closures = {row["day"] for row in (await file_of(pool, lobby.office))["closures"]}
    assert closures - {row["day"] for row in before["closures"]} == {"2026-04-01", "2026-04-02"}
    # a manager who edits the office edits what it is without the measure
    standing = await reads.standing_file(pool, lobby.office.office_id)
    assert standing == before


async def test_what_may_be_had_online_is_had_only_there_on_those_days(pool: Pool) -> None:
    def online(file: File) -> None:
        file["channels"] = [{
            "service_id": "copy", "channel": "online", "mode": "offered", "url": "https://x.example",
            "valid_from": "-infinity", "valid_to": "infinity",
        }]  # fmt: skip

    lobby = Lobby(pool, await make_office(pool, change=online))
    authority = await make_authority(pool, lobby.office)
    what = measure({"online_only": True}, "2026-04-01", "2026-04-02")
    await in_force(pool, authority, what, [lobby.office], lobby.at("07:10"))
    modes = [
        (row["mode"], row["valid_from"], row["valid_to"])
        for row in (await file_of(pool, lobby.office))["channels"]
    ]
    assert sorted(modes) == [
        ("offered", "-infinity", "2026-03-31"),
        ("offered", "2026-04-03", "infinity"),
        ("only", "2026-04-01", "2026-04-02"),
    ]
    services = await reads.services(pool, lobby.office.office_id, lobby.office.at("08:00", 1))
    bookable = {row["service"]: row["bookable"] for row in services}
    assert bookable == {"copy": False, "record": True, "permit": True}


async def test_a_measure_is_extended_and_ended(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    authority = await make_authority(pool, lobby.office)
    before = await file_of(pool, lobby.office)
    what = measure(room(5), "2026-04-01", "2026-04-02")
    await in_force(pool, authority, what, [lobby.office], lobby.at("07:10"))

    async def caps() -> list[tuple[int, str]]:
        rows = (await file_of(pool, lobby.office))["caps"]
        return [(r["maximum"], r["valid_to"]) for r in rows if r["cap_id"].startswith("measure")]

    assert await caps() == [(5, "2026-04-02")]
    longer = what | {"valid_to": "2026-04-09"}
    await in_force(pool, authority, longer, [lobby.office], lobby.at("07:11"))
    assert await caps() == [(5, "2026-04-09")]
    await in_force(pool, authority, what | {"ended": True}, [lobby.office], lobby.at("07:12"))
    assert await file_of(pool, lobby.office) == before


async def test_two_measures_hold_beside_each_other_and_the_lower_cap_counts(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=30))
    authority = await make_authority(pool, lobby.office)
    await in_force(pool, authority, measure(room(9)), [lobby.office], lobby.at("07:10"))
    await in_force(pool, authority, measure(room(4)), [lobby.office], lobby.at("07:11"))
    asked = [lobby.request("09:00", phone=f"+8490512345{n}") for n in range(6)]
    said = [outcome for outcome, _ in await lobby.book_group(asked, "07:20")]
    assert said.count("booked") == 4


async def test_a_manager_who_changes_the_office_meanwhile_keeps_the_measure(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    authority = await make_authority(pool, lobby.office)
    await in_force(pool, authority, measure(room(5)), [lobby.office], lobby.at("07:10"))
    standing = await reads.standing_file(pool, lobby.office.office_id)
    assert standing is not None
    standing["services"][0]["minutes"] = 25
    number = lobby.office.office_id
    drafted = await commands.draft_change(
        pool, number, lobby.at("07:11"), "manager:x", uuid4(), standing, "", 30
    )
    await commands.apply_change(
        pool,
        number,
        lobby.at("07:12"),
        "manager:x",
        None,
        UUID(drafted["change_id"]),
        drafted["seen"],
    )
    file = await file_of(pool, lobby.office)
    assert file["services"][0]["minutes"] == 25
    assert [row["maximum"] for row in file["caps"] if row["cap_id"].startswith("measure")] == [5]
    # and so does who imports the office's file
    await commands.import_office(pool, number, lobby.at("07:13"), "admin", standing)
    assert await file_of(pool, lobby.office) == file


async def test_a_cap_that_the_staff_fill_alone_fails_at_that_office_and_is_said(pool: Pool) -> None:
    crowded, usual = await make_office(pool, staff=6), await make_office(pool)
    authority = await make_authority(pool, crowded, usual)
    at = usual.at("07:10")
    directive_id = await direct(pool, authority, measure(room(5)), [crowded, usual], at)
    await work(pool, at)
    assert await states(pool, directive_id) == {crowded.slug: "failed", usual.slug: "ready"}
    shown = await reads.directive(pool, directive_id)
    assert shown is not None
    problem = shown["offices"][0]
    assert (problem["problem"], problem["facts"]["staff"]) == ("cap_below_staff", 6)
    await confirm(pool, directive_id, at)
    await work(pool, at)
    assert await states(pool, directive_id) == {crowded.slug: "failed", usual.slug: "applied"}


async def test_an_authority_directs_its_own_offices_alone(pool: Pool) -> None:
    mine, other = await make_office(pool), await make_office(pool)
    authority = await make_authority(pool, mine)
    with pytest.raises(Refused, match="no_such_office"):
        await direct(pool, authority, measure(room(5)), [mine, other], mine.at("07:10"))
    with pytest.raises(Refused, match="no_offices"):
        await direct(pool, authority, measure(room(5)), [], mine.at("07:10"))
    with pytest.raises(Refused, match="no_such_authority"):
        await direct(pool, "nowhere", measure(room(5)), [mine], mine.at("07:10"))


async def test_the_same_directive_sent_twice_is_one(pool: Pool) -> None:
    office = await make_office(pool)
    authority = await make_authority(pool, office)
    what, directive_id, at = measure(room(5)), uuid4(), office.at("07:10")
    for _ in range(2):
        await commands.direct(
            pool, at, ACTOR, authority, directive_id, "begin", what, "", 30, [office.office_id]
        )
    assert await states(pool, directive_id) == {office.slug: "waiting"}
    with pytest.raises(Refused, match="id_reused"):
        await commands.direct(
            pool, at, ACTOR, authority, directive_id, "end", what, "", 30, [office.office_id]
        )


async def test_the_same_preset_is_extended_ended_and_used_again_and_moves_nobody_in_vain(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=30, area_cap=20))
    authority = await make_authority(pool, lobby.office)
    before = await file_of(pool, lobby.office)
    first, second = Lobby(pool, lobby.office, days=1), Lobby(pool, lobby.office, days=6)
    for there in (first, second):
        asked = [there.request("09:00", phone=f"+849051{there.days}{n:04}") for n in range(8)]
        await lobby.book_group(asked)

    async def told() -> int:
        return len(await messages(owner, lobby.office, "moved_by_office"))

    what = measure(room(5), "2026-04-01", "2026-04-02")
    day_one = await in_force(pool, authority, what, [lobby.office], lobby.at("07:10"))
    assert await told() == 3  # of the first day alone
    # the same again says nothing to anybody
    await in_force(pool, authority, what, [lobby.office], lobby.at("07:11"))
    assert await told() == 3
    # extended, it reaches the sixth day, and who was moved stays where they are
    longer = what | {"valid_to": "2026-04-09"}
    await in_force(pool, authority, longer, [lobby.office], lobby.at("07:12"))
    assert await told() == 6
    await in_force(pool, authority, longer | {"ended": True}, [lobby.office], lobby.at("07:13"))
    assert await file_of(pool, lobby.office) == before
    assert await told() == 6  # nobody is moved back unasked
    # used again, with other days and under an id of its own, it holds anew
    anew = measure(room(5), "2026-04-06", "2026-04-06") | {"name_en": what["name_en"]}
    await in_force(pool, authority, anew, [lobby.office], lobby.at("07:14"))
    rows = (await file_of(pool, lobby.office))["caps"]
    measured = [row for row in rows if row["cap_id"].startswith("measure")]
    assert [(row["maximum"], row["valid_from"]) for row in measured] == [(5, "2026-04-06")]
    assert await told() == 6
    shown = await reads.directive(pool, day_one)
    assert shown is not None
    assert shown["answers"] == {"": 3}
    assert await lobby.differences("07:20") == []


async def test_who_is_moved_twice_by_the_office_has_not_chosen_another_time(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    tomorrow = Lobby(pool, lobby.office, days=1)
    await lobby.book_group([tomorrow.request("09:00", phone="+84905123456")])
    authority = await make_authority(pool, lobby.office)
    closing = {"closed": {"vi": "Giãn cách", "en": "Distancing"}}
    one = measure(closing, "2026-04-01", "2026-04-01")
    first = await in_force(pool, authority, one, [lobby.office], lobby.at("07:10"))
    two = measure(closing, "2026-04-01", "2026-04-06")
    second = await in_force(pool, authority, two, [lobby.office], lobby.at("07:11"))
    answers: list[Answer] = []
    for directive_id in (first, second):
        shown = await reads.directive(pool, directive_id)
        assert shown is not None
        answers.append(shown["answers"])
    assert answers == [{"again": 1}, {"": 1}]
