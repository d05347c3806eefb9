"""A helper's word that somebody is inside."""

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby, id_of
from tests.offices import cap, import_again
from tests.sql.scenes import events, line, small

pytestmark = pytest.mark.anyio


async def test_an_invited_visitor_is_inside_by_the_helpers_word(pool: Pool) -> None:
    lobby = await small(pool, 1)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", first)
    assert (await lobby.do("enter", "08:03", second))["state"] == "inside"


async def test_a_helpers_word_lets_nobody_in_over_the_cap(pool: Pool) -> None:
    lobby = await small(pool, 1)
    await lobby.walk_in("08:00")
    second = await lobby.walk_in("08:01")
    with pytest.raises(Refused, match="area_full"):
        await lobby.do("enter", "08:02", second)
    assert await lobby.present("08:02") == 1


@pytest.mark.parametrize("state", ["booked", "called", "done", "void"])
async def test_only_who_waits_outside_enters(pool: Pool, state: str) -> None:
    lobby = await small(pool, 5)
    if state == "booked":
        visit = await lobby.book("09:00")
    else:
        visit = await lobby.walk_in("08:00", channel="kiosk" if state == "void" else "helper")
        await lobby.do("open_counter", "08:00", "1")
    if state == "void":
        await lobby.do("slip", "08:00", visit, "failed")
    elif state != "booked":
        await lobby.do("call_next", "08:00", "1")
    if state == "done":
        await lobby.do("serve", "08:01", visit)
        await lobby.do("finish", "08:01", visit)
    with pytest.raises(Refused, match="wrong_state") as refused:
        await lobby.do("enter", "08:01", visit)
    assert refused.value.facts == {"state": state}


async def test_one_found_inside_after_a_lapsed_invitation_is_a_correction(
    pool: Pool, owner: Connection
) -> None:
    lobby = await small(pool, 1)
    first = await lobby.walk_in("08:00")
    second, third, fourth = [await lobby.walk_in(f"08:0{n}") for n in (1, 2, 3)]
    await lobby.do("leave", "08:05", first)
    await lobby.settle("08:08")
    await lobby.do("enter", "08:08", third)
    found = await lobby.do("enter", "08:09", second)
    assert (found["state"], await lobby.present("08:09")) == ("inside", 2)
    [excess] = await owner.fetch(
        "select facts from queue.event where office_id = $1 and kind = 'excess'",
        lobby.office.office_id,
    )
    assert (excess["facts"]["present"], excess["facts"]["cap"]) == (2, 1)
    reason = await owner.fetchval(
        "select reason from queue.stay where office_id = $1 and visit_id = $2 and ended_at is null",
        lobby.office.office_id,
        id_of(second),
    )
    assert reason == "correction"
    await lobby.do("leave", "08:10", third)
    assert await lobby.state(fourth) == "arrived"  # nobody enters until it fits again
    await lobby.do("leave", "08:11", second)
    assert await lobby.state(fourth) == "invited"
    assert await lobby.differences() == []


async def test_one_found_inside_after_the_third_invitation_has_the_place_back(pool: Pool) -> None:
    lobby = await small(pool, 1)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:05", first)
    await lobby.settle("08:14")
    assert await lobby.state(second) == "left"
    found = await lobby.do("enter", "08:15", second)
    assert (found["state"], found["number"]) == ("inside", "A002")
    assert found["services"][0]["state"] == "waiting"
    assert await line(lobby, "08:15") == ["A002"]
    assert await lobby.differences() == []


async def test_who_left_by_their_own_word_is_not_found_inside(pool: Pool) -> None:
    lobby = await small(pool, 1)
    first = await lobby.walk_in("08:00")
    await lobby.do("leave", "08:01", first)
    with pytest.raises(Refused, match="wrong_state"):
        await lobby.do("enter", "08:02", first)


async def test_one_let_in_once_before_does_not_enter_a_full_room(pool: Pool) -> None:
    lobby = await small(pool, 1)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", first)
    await lobby.do("enter", "08:03", second)  # by an invitation that did not lapse
    await lobby.do("exit", "08:04", "hall", id_of(second))
    await lobby.walk_in("08:05")
    with pytest.raises(Refused, match="area_full"):
        await lobby.do("enter", "08:06", second)


async def test_a_helper_lets_in_who_comes_back_with_the_missing_paper_and_nobody_parked_inside(
    pool: Pool,
) -> None:
    lobby = await small(pool, 2)
    away, here = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    await lobby.do("park", "08:01", away, "away", "photo")
    await lobby.do("park", "08:01", here, "here", "photo")
    with pytest.raises(Refused, match="wrong_state") as refused:
        await lobby.do("enter", "08:02", here)
    assert refused.value.facts == {"state": "parked"}
    assert (await lobby.do("enter", "08:02", away))["state"] == "inside"
    await lobby.do("park", "08:03", away, "away", "another")
    await lobby.walk_in("08:04")
    with pytest.raises(Refused, match="area_full"):
        await lobby.do("enter", "08:05", away)
    assert await lobby.state(away) == "parked"
    assert await lobby.differences() == []


async def test_a_helper_lets_in_who_had_stepped_out_and_nobody_else_who_had(pool: Pool) -> None:
    lobby = await small(pool, 5)
    back, still_out = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    for visit in (back, still_out):
        await lobby.do("exit", "08:01", "hall", visit, None)
    assert (await lobby.do("enter", "08:02", back))["state"] == "inside"
    assert await lobby.state(still_out) == "arrived"
    assert await lobby.differences() == []


async def test_one_found_inside_where_it_fits_is_a_correction_and_no_excess(
    pool: Pool, owner: Connection
) -> None:
    lobby = await small(pool, 1)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:05", first)
    await lobby.settle("08:14")
    assert await lobby.state(second) == "left"
    await lobby.do("enter", "08:15", second)
    assert await events(owner, lobby, "excess") == []
    [noted] = await events(owner, lobby, "correction")
    assert (noted["present"], noted["cap"]) == (1, 1)


@pytest.mark.parametrize("state", ["invited", "parked", "left"])
async def test_whoever_comes_in_by_a_helpers_word_is_checked_where_the_office_checks(
    pool: Pool, state: str
) -> None:
    lobby = await small(pool, 1)
    first, visit = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", first)
    if state == "parked":
        await lobby.do("enter", "08:03", visit)
        await lobby.do("park", "08:04", visit, "away", "photo")
    now = "08:12" if state == "left" else "08:04"
    await lobby.settle(now)
    assert await lobby.state(visit) == state
    usual = {"one_number": False, "question_vi": "", "question_en": ""}
    lobby.office.file["door"] = {"entry_check": True, **usual}
    await import_again(pool, lobby.office, lobby.at(now))
    with pytest.raises(Refused, match="check_needed"):
        await lobby.do("enter", now, visit, False)
    said = await lobby.do("enter", now, visit, True, key="tap")
    assert (said["state"], said["was"]) == ("inside", {"checked": False})
    assert await lobby.do("enter", now, visit, True, key="tap") == said


async def test_a_helpers_word_sent_again_is_the_same_word_until_the_visitor_has_moved_on(
    pool: Pool,
) -> None:
    lobby = await small(pool, 1)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", first)
    said = await lobby.do("enter", "08:03", second, key="tap")
    assert await lobby.do("enter", "08:04", second, key="tap") == said
    assert (await lobby.do("enter", "08:04", second, key="another tap"))["state"] == "inside"
    with pytest.raises(Refused, match="id_reused"):
        await lobby.do("enter", "08:04", first, key="tap")
    await lobby.do("exit", "08:05", "hall", second, None)
    await lobby.do("enter", "08:06", second, key="tap")
    assert await lobby.state(second) == "inside"


async def test_who_was_found_inside_and_has_left_by_their_own_word_since_is_gone(
    pool: Pool,
) -> None:
    lobby = await small(pool, 1)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:05", first)
    await lobby.settle("08:14")
    await lobby.do("enter", "08:15", second)
    await lobby.do("leave", "08:16", second)
    with pytest.raises(Refused, match="wrong_state"):
        await lobby.do("enter", "08:17", second)


async def test_nobody_is_found_inside_after_an_invitation_of_yesterday(pool: Pool) -> None:
    lobby = await small(pool, 1)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:05", first)
    await lobby.settle("08:14")
    with pytest.raises(Refused, match="wrong_state"):
        await Lobby(pool, lobby.office, days=1).do("enter", "08:15", second)


async def test_a_party_found_inside_is_an_excess_by_all_its_people(
    pool: Pool, owner: Connection
) -> None:
    lobby = await small(pool, 2)
    first, family = [await lobby.walk_in("08:00", party_size=2) for _ in range(2)]
    alone = await lobby.walk_in("08:01")
    await lobby.do("leave", "08:05", first)
    await lobby.settle("08:08")
    await lobby.do("enter", "08:08", alone)
    await lobby.do("enter", "08:09", family)
    [excess] = await events(owner, lobby, "excess")
    assert (excess["present"], excess["cap"]) == (3, 2)


async def test_a_booked_visitor_found_inside_is_no_excess_over_a_cap_of_walk_ins(
    pool: Pool, owner: Connection
) -> None:
    walk_ins = cap("walk-ins", "present", "area:hall", 1, binds="walk-ins")
    lobby = await small(pool, 2, caps=[walk_ins], planned=5, rules={"lead_minutes": 0})
    walk_in = await lobby.walk_in("07:40")
    first, second = [await lobby.book("08:00", now="07:41") for _ in range(2)]
    for visit in (first, second):
        await lobby.arrive("07:50", visit)
    await lobby.do("leave", "07:51", walk_in)
    await lobby.settle("08:00")
    assert await lobby.state(second) == "left"
    await lobby.do("enter", "08:01", second)
    assert await events(owner, lobby, "excess") == []
    [noted] = await events(owner, lobby, "correction")
    assert (noted["present"], noted["cap"]) == (2, 2)


async def test_who_was_found_inside_is_no_longer_behind_who_came_later(
    pool: Pool,
) -> None:
    lobby = await small(pool, 1)
    first = await lobby.walk_in("08:00")
    second, third = [await lobby.walk_in("08:01") for _ in range(2)]
    await lobby.do("leave", "08:05", first)
    await lobby.settle("08:08")  # the second lets the third go first
    await lobby.do("enter", "08:08", third)
    await lobby.do("enter", "08:09", second)
    assert (await lobby.visit(second, "08:09"))["ahead"] == 0
    await lobby.do("exit", "08:10", "hall", second, None)
    fourth = await lobby.walk_in("08:11")
    await lobby.arrive("08:12", second)
    await lobby.do("leave", "08:13", third)
    assert [await lobby.state(one) for one in (second, fourth)] == ["invited", "arrived"]
