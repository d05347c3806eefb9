"""Hour places: ten customers an hour at each desk, however they come and whoever waits."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from queue_service import reads
from queue_service.db import Connection, Pool, Refused
from tests.lobby import Answer, Lobby, id_of, moment
from tests.offices import make_office
from tests.sql.scenes import bank, both_rules, expected, fits, serve

pytestmark = pytest.mark.anyio


def clock(lobby: Lobby, text: str) -> str:
    return moment(text).astimezone(lobby.office.zone).strftime("%H:%M")


def minute(n: int) -> str:
    return f"{8 + n // 60:02}:{n % 60:02}"


async def come(lobby: Lobby, now: str, visit: Answer) -> str:
    """Shown at the door, the number in hand; what the door said."""
    door = await lobby.arrive(now, visit)
    if door["decision"] in ("enter", "wait_outside"):
        await lobby.do("slip", now, visit, "printed")
    return door["decision"]


async def next_at(lobby: Lobby, now: str, counter: str = "1") -> str:
    with pytest.raises(Refused, match="hour_full") as caught:
        await lobby.do("call_next", now, counter)
    return clock(lobby, caught.value.facts["next_at"])


async def calls_of(owner: Connection, lobby: Lobby) -> dict[str, list[datetime]]:
    rows = await owner.fetch(
        "select counter_id, started_at from queue.stay where office_id = $1 and place order by 2",
        lobby.office.office_id,
    )
    calls: dict[str, list[datetime]] = {}
    for counter_id, at in rows:
        calls.setdefault(counter_id, []).append(at)
    return calls


async def try_to_call(lobby: Lobby, now: str, counter: str) -> Answer | None:
    try:
        return await lobby.do("call_next", now, counter)
    except Refused:
        return None


def most(calls: Sequence[datetime], rule: str) -> int:
    """The most calls of any hour, as this rule means an hour."""
    if rule == "clock":
        return max(
            (sum(o.replace(minute=0) == c.replace(minute=0) for o in calls) for c in calls),
            default=0,
        )
    hour = timedelta(hours=1)
    return max((sum(c - hour < other <= c for other in calls) for c in calls), default=0)


@both_rules
async def test_of_fourteen_customers_at_one_desk_ten_are_served_and_four_keep_windows(
    pool: Pool, owner: Connection, rule: str
) -> None:
    lobby = await bank(pool, rule)
    doors = [await lobby.walk_in("08:00") for _ in range(14)]
    assert [d["decision"] for d in doors] == ["enter"] * 10 + ["come_back"] * 4
    windows = [clock(lobby, d["come_back"]["starts_at"]) for d in doors[10:]]
    assert windows == ["09:00", "09:05", "09:10", "09:15"]
    assert {d["reason"] for d in doors[10:]} == {"hour_full"}
    assert [d["number"] for d in doors[10:]] == [None] * 4

    for n in range(10):
        assert await serve(lobby, minute(4 * n)) == f"A{n + 1:03}"
    assert await come(lobby, "08:44", doors[10]) == "too_early"
    assert (await lobby.walk_in("08:45"))["decision"] == "come_back"
    for n, door in enumerate(doors[10:]):
        now = minute(60 + 5 * n)
        assert await come(lobby, now, door) == "enter"
        assert await serve(lobby, now) == f"A{n + 11:03}"
    assert await lobby.differences() == []
    assert most((await calls_of(owner, lobby))["1"], rule) == 10


@both_rules
async def test_the_eleventh_customer_of_an_hour_is_not_called(pool: Pool, rule: str) -> None:
    lobby = await bank(pool, rule, limit=3)
    for _ in range(3):
        await lobby.walk_in("08:00")
    for n in range(3):
        await serve(lobby, minute(2 + n))
    window = await lobby.walk_in("08:05")
    assert window["decision"] == "come_back"
    assert clock(lobby, window["come_back"]["starts_at"]) == "09:00"
    assert await come(lobby, "08:50", window) == "enter"
    assert await next_at(lobby, "08:50") == {"clock": "09:00", "any-60-minutes": "09:02"}[rule]
    with pytest.raises(Refused, match="hour_full"):
        await lobby.do("call_number", "08:59", "1", "A004")
    assert await serve(lobby, "09:02") == "A004"
    assert await lobby.differences() == []


async def test_ten_at_the_end_of_one_hour_and_ten_at_the_start_of_the_next_pass_the_clock_alone(
    pool: Pool,
) -> None:
    by_clock = await bank(pool, "clock", limit=2)
    sliding = await bank(pool, "any-60-minutes", limit=2)
    starts = ("08:50", "08:55", "09:00", "09:05")
    for lobby, outcomes in (
        (by_clock, ["booked"] * 4),
        (sliding, ["booked"] * 2 + ["slot_full"] * 2),
    ):
        rows = await lobby.book_group([lobby.request(s) for s in starts], "07:30")
        assert [outcome for outcome, _ in rows] == outcomes
        assert await lobby.differences() == []


async def test_any_60_minutes_look_back_and_ahead(pool: Pool) -> None:
    lobby = await bank(pool, "any-60-minutes", limit=2)
    await lobby.book("09:00")
    await lobby.book("09:30")
    starts = ("08:30", "08:35", "08:55", "09:15", "09:55", "10:00")
    rows = await lobby.book_group([lobby.request(s) for s in starts], "07:30")
    outcomes = [outcome for outcome, _ in rows]
    assert outcomes == ["booked", "slot_full", "slot_full", "slot_full", "slot_full", "booked"]
    assert rows[1][1] == {"cap": "hour", "left": 0}


async def test_any_60_minutes_are_counted_to_the_minute_and_not_by_cells(pool: Pool) -> None:
    lobby = await bank(pool, "any-60-minutes", limit=1)
    for starts in ("08:00", "09:00"):
        visit = await lobby.book(starts)
        if starts == "08:00":
            await come(lobby, "08:00", visit)
            await serve(lobby, "08:04")
    await come(lobby, "09:00", visit)
    assert await next_at(lobby, "09:02") == "09:04"
    assert await serve(lobby, "09:04") == "A002"


async def test_the_calls_of_a_pool_are_counted_together_whichever_desks_made_them(
    pool: Pool,
) -> None:
    lobby = await bank(pool, limit=2, desks=2, planned=1, pool_id="all")
    early = await lobby.book("09:00")
    for what in ("copy", "permit", "copy", "permit"):
        await lobby.walk_in("08:40", what)
    for counter_id in ("1", "2", "1", "2"):
        await serve(lobby, "08:41", counter_id)
    await lobby.do("close_counter", "08:42", "2")
    await lobby.do("open_counter", "08:42", "3")  # this desk has called nobody yet
    await come(lobby, "08:46", early)
    assert await next_at(lobby, "08:47", "3") == "09:00"
    assert await serve(lobby, "09:00", "3") == "A003"


async def test_the_limit_is_for_each_planned_desk(pool: Pool) -> None:
    lobby = await bank(pool, desks=2, limit=2)
    rows = await lobby.book_group([lobby.request("08:00") for _ in range(2)], "07:30")
    rows += await lobby.book_group([lobby.request("08:30") for _ in range(2)], "07:30")
    rows += await lobby.book_group([lobby.request("08:45")], "07:30")
    assert [outcome for outcome, _ in rows] == ["booked"] * 4 + ["slot_full"]


@both_rules
async def test_desks_shared_by_two_queues_share_their_places(pool: Pool, rule: str) -> None:
    office = await make_office(
        pool, hour_cap=2, hour_rule=rule, pool_id="desks", planned={"justice": 1, "permits": 0}
    )
    lobby = Lobby(pool, office)
    starts = (("08:00", "copy"), ("08:10", "permit"), ("08:40", "copy"), ("08:40", "permit"))
    rows = await lobby.book_group([lobby.request(s, what) for s, what in starts])
    assert [outcome for outcome, _ in rows] == ["booked", "booked", "slot_full", "slot_full"]


async def test_a_cap_of_one_queue_leaves_the_other_alone(pool: Pool) -> None:
    lobby = await bank(pool, limit=1, hour_scope="queue:justice")
    rows = await lobby.book_group(
        [lobby.request(s, what) for s in ("08:00", "08:30") for what in ("copy", "permit")]
    )
    assert [outcome for outcome, _ in rows] == ["booked", "booked", "slot_full", "booked"]


@both_rules
async def test_a_branch_cap_counts_all_its_queues(pool: Pool, rule: str) -> None:
    lobby = await bank(pool, rule, desks=2, limit=3, hour_scope="branch")
    starts = (("08:00", "copy"), ("08:00", "permit"), ("08:30", "copy"), ("08:30", "permit"))
    rows = await lobby.book_group([lobby.request(s, what) for s, what in starts])
    assert [outcome for outcome, _ in rows] == ["booked"] * 3 + ["slot_full"]


@both_rules
async def test_a_branch_calls_no_more_than_its_cap_though_places_were_carried(
    pool: Pool, owner: Connection, rule: str
) -> None:
    lobby = await bank(pool, rule, desks=2, limit=2, hour_scope="branch")
    for _ in range(2):
        await lobby.walk_in("08:00")  # uncalled at nine: they hold in the next hour
    booked = [await lobby.book(s, now="08:00") for s in ("09:10", "09:30")]
    await lobby.settle("09:00")
    for visit in booked:
        await lobby.arrive("09:20", visit, came_at=lobby.at("09:00"))
    for now in ("09:21", "09:22"):
        await serve(lobby, now)
    with pytest.raises(Refused, match="hour_full"):
        await lobby.do("call_next", "09:23", "2")
    assert await lobby.differences() == []


async def test_who_is_uncalled_at_the_end_of_the_hour_holds_in_the_next_before_anyone_new(
    pool: Pool,
) -> None:
    lobby = await bank(pool, limit=2)
    for _ in range(2):
        await lobby.walk_in("08:00")
    assert (await lobby.book_group([lobby.request("09:30")], "08:59"))[0][0] == "booked"
    await lobby.settle("09:00")
    rows = await lobby.book_group([lobby.request("09:40")], "09:01")
    assert rows[0] == ("slot_full", {"cap": "hour", "left": 0})
    assert (await lobby.walk_in("09:01"))["decision"] == "come_back"
    assert await lobby.differences() == []


async def test_who_cannot_be_carried_before_closing_is_on_the_managers_list_with_an_offer(
    pool: Pool, owner: Connection
) -> None:
    lobby = await bank(pool, limit=2)
    visit = await lobby.walk_in("16:50", phone="+84905123456")
    await lobby.settle("17:00")
    seen = await lobby.visit(visit, "17:01")
    assert seen["attention"] == "cannot_be_served_today"
    office_id, at = lobby.office.office_id, lobby.at("17:01")
    for page in (
        await reads.queue(pool, office_id, at),
        await reads.counter(pool, office_id, at, "1"),
    ):
        assert page is not None
        assert [one["visit_id"] for one in page["attention"]] == [str(id_of(visit))]
    (live,) = await reads.live(pool, at, [office_id])
    assert [(one["number"], one["attention"]) for one in live["attention"]] == [
        ("A001", "cannot_be_served_today")
    ]
    kinds = await owner.fetch(
        "select kind from queue.job where office_id = $1 and visit_id = $2",
        lobby.office.office_id,
        id_of(visit),
    )
    assert [kind for (kind,) in kinds] == ["cannot_be_served"]
    called = await lobby.do("call_next", "17:02", "1")  # the clerk stays for the last customer
    assert called["number"] == "A001"
    assert await lobby.differences() == []


@both_rules
async def test_recall_and_resume_at_the_same_desk_use_no_further_place(
    pool: Pool, owner: Connection, rule: str
) -> None:
    lobby = await bank(pool, rule, limit=2)
    first = await lobby.walk_in("08:00")
    await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("recall", "08:02", first)
    await lobby.do("serve", "08:02", first)
    await lobby.do("park", "08:03", first, "here", "photo")
    await lobby.do("resume", "08:05", first, "1")
    await lobby.do("serve", "08:05", first)
    await lobby.do("finish", "08:06", first)
    assert await serve(lobby, "08:07") == "A002"
    assert len((await calls_of(owner, lobby))["1"]) == 2
    assert await lobby.differences() == []


@both_rules
@pytest.mark.parametrize("how", ["cancelled", "moved", "missed", "void", "left"])
async def test_the_place_of_who_will_not_be_called_is_free_again(
    pool: Pool, rule: str, how: str
) -> None:
    lobby = await bank(pool, rule, limit=1)
    if how in ("void", "left"):
        visit = await lobby.walk_in("08:00", channel="kiosk")
    else:
        visit = await lobby.book("08:00", now="07:30")
    assert not await fits(lobby, "08:45")
    match how:
        case "cancelled":
            await lobby.do("cancel", "07:31", visit)
        case "moved":
            await lobby.do("reschedule", "07:31", visit, lobby.at("10:00"))
        case "missed":
            await lobby.settle("08:11")
        case "void":
            await lobby.do("slip", "08:01", visit, "failed")
        case _:
            await lobby.do("leave", "08:01", visit)
    assert await fits(lobby, "08:45")
    assert await lobby.differences() == []


@both_rules
async def test_resumed_at_another_desk_or_in_another_hour_a_visit_uses_another_place(
    pool: Pool, owner: Connection, rule: str
) -> None:
    lobby = await bank(pool, rule, desks=2, limit=2)
    visit = await lobby.walk_in("08:00")
    for now, desk in (("08:01", "1"), ("08:10", "2"), ("09:10", "2")):
        if now == "08:01":
            await lobby.do("call_next", now, desk)
        else:
            await lobby.do("resume", now, visit, desk)
        await lobby.do("serve", now, visit)
        await lobby.do("park", now, visit, "here", "photo")
    calls = await calls_of(owner, lobby)
    assert (len(calls["1"]), len(calls["2"])) == (1, 2)
    assert await lobby.differences() == []


async def test_who_comes_back_from_absence_does_not_take_a_place_that_somebody_holds(
    pool: Pool,
) -> None:
    lobby = await bank(pool, limit=2)
    visits = [await lobby.walk_in("08:00") for _ in range(2)]
    await lobby.do("call_next", "08:02", "1")
    await lobby.do("absent", "08:04", visits[0])
    await lobby.walk_in("08:05")  # holds the place that was given back
    await lobby.arrive("08:06", visits[0])
    called = await lobby.do("call_next", "08:07", "1")
    assert (called["number"], called["passed"]) == ("A002", ["A001"])
    await lobby.do("serve", "08:07", called)
    await lobby.do("finish", "08:08", called)
    assert await serve(lobby, "08:08") == "A003"
    assert await next_at(lobby, "08:10") == "09:00"
    assert await serve(lobby, "09:00") == "A001"
    assert await lobby.differences() == []


@both_rules
async def test_each_service_of_a_visit_uses_a_place_at_a_capped_desk(
    pool: Pool, owner: Connection, rule: str
) -> None:
    lobby = await bank(pool, rule, limit=3)
    two = [{"service": "copy", "quantity": 1}, {"service": "record", "quantity": 1}]
    visit = await lobby.walk_in("08:00", services=two)
    for now in ("08:01", "08:07"):
        await lobby.do("call_next", now, "1")
        await lobby.do("serve", now, visit)
        await lobby.do("finish", now, visit)
    assert len((await calls_of(owner, lobby))["1"]) == 2
    assert (await lobby.walk_in("08:15"))["decision"] == "enter"
    assert (await lobby.walk_in("08:15"))["decision"] == "come_back"
    assert await lobby.differences() == []


@both_rules
async def test_a_visit_with_two_services_needs_two_places(pool: Pool, rule: str) -> None:
    lobby = await bank(pool, rule, limit=3)
    two = [{"service": "copy", "quantity": 1}, {"service": "record", "quantity": 1}]
    requests = [lobby.request(s, services=two) for s in ("08:00", "08:20")]
    rows = await lobby.book_group(requests, "07:30")
    assert [outcome for outcome, _ in rows] == ["booked", "slot_full"]
    assert rows[1][1] == {"cap": "hour", "left": 0}
    assert (await lobby.walk_in("08:00", services=two))["decision"] == "come_back"
    moved = await lobby.book("10:30", now="08:00", services=two)
    with pytest.raises(Refused, match="slot_full"):
        await lobby.do("reschedule", "08:01", moved, lobby.at("08:40"))
    assert await lobby.differences() == []


async def test_who_is_called_long_before_the_hour_leaves_room_for_those_who_hold_it(
    pool: Pool,
) -> None:
    lobby = await bank(pool, "any-60-minutes", limit=2)
    await lobby.book("08:10", now="07:30")
    await lobby.book("08:30", now="07:30")
    visit = await lobby.walk_in("07:31", "permit")
    assert visit["decision"] == "enter"
    await lobby.do("transfer", "08:05", visit, "justice")
    with pytest.raises(Refused, match="hour_full"):
        await lobby.do("call_number", "08:06", "1", "B001")
    assert await lobby.differences() == []


async def test_a_call_uses_a_place_of_its_own_queue(pool: Pool) -> None:
    lobby = await bank(pool, limit=1)
    await lobby.do("open_counter", "08:00", "3")
    await lobby.walk_in("08:00", "permit")
    await lobby.do("call_next", "08:01", "3")
    assert not await fits(lobby, "08:45", "permit")
    assert await fits(lobby, "08:45")
    assert await lobby.differences() == []


async def test_the_services_of_a_walk_in_take_their_places_in_the_hours_they_fall_in(
    pool: Pool,
) -> None:
    lobby = await bank(pool, limit=1)
    two = [{"service": "copy", "quantity": 2}, {"service": "record", "quantity": 1}]
    door = await lobby.walk_in("08:50", services=two)  # the record is for nine o'clock
    assert (door["decision"], expected(lobby, door)) == ("enter", "08:50")
    assert not await fits(lobby, "09:45")
    assert await lobby.differences() == []


async def test_a_place_is_one_visit_whatever_its_party(pool: Pool) -> None:
    lobby = await bank(pool, limit=2)
    rows = await lobby.book_group(
        [lobby.request(s, party_size=5) for s in ("08:00", "08:30", "08:50")], "07:30"
    )
    assert [outcome for outcome, _ in rows] == ["booked", "booked", "slot_full"]


async def test_a_kept_window_goes_before_that_hours_walk_ins(pool: Pool) -> None:
    lobby = await bank(pool, limit=2)
    for _ in range(2):
        await lobby.walk_in("08:00")
    window = await lobby.walk_in("08:00")
    for now in ("08:01", "08:03"):
        await serve(lobby, now)
    new = await lobby.walk_in("09:00")
    assert await come(lobby, "09:01", window) == "enter"
    called = await lobby.do("call_next", "09:02", "1")
    assert called["visit_id"] == window["visit"]["visit_id"]
    assert new["decision"] == "enter"
    assert await lobby.differences() == []


@both_rules
@pytest.mark.parametrize("seed", range(4))
async def test_no_desk_ever_calls_more_than_its_hour_allows(
    pool: Pool, owner: Connection, rule: str, seed: int
) -> None:
    chance = random.Random(seed)
    lobby = await bank(pool, rule, desks=2, limit=4)
    known: list[Answer] = []
    for n in range(150):
        now = minute(n)
        for _ in range(chance.choice((0, 1, 1, 2))):
            kind = chance.random()
            start = minute((n + chance.randrange(0, 60)) // 5 * 5 + 5)
            if kind < 0.4:
                [(outcome, facts)] = await lobby.book_group([lobby.request(start)], now)
                known += [facts] if outcome == "booked" else []
            elif kind < 0.8:
                answer = await lobby.walk_in(now, chance.choice(("copy", "record")))
                known += [answer] if answer["visit"] else []
            elif known:
                await lobby.arrive(now, chance.choice(known))
        for counter in ("1", "2"):
            called = await try_to_call(lobby, now, counter)
            if called is None:
                continue
            if chance.random() < 0.2:
                await lobby.do("absent", now, called)
            else:
                await lobby.do("serve", now, called)
                await lobby.do("finish", now, called)
    calls = await calls_of(owner, lobby)
    assert sum(len(of_desk) for of_desk in calls.values()) > 5
    assert all(most(of_desk, rule) <= 4 for of_desk in calls.values())
    assert await lobby.differences("10:31") == []


async def test_who_is_set_aside_when_the_hour_ends_holds_in_the_next_too(pool: Pool) -> None:
    lobby = await bank(pool, limit=1)
    aside = await lobby.walk_in("08:10")
    await lobby.do("park", "08:11", aside, "here", "photo")
    assert (await lobby.walk_in("09:01"))["decision"] == "come_back"
    await lobby.do("resume", "09:02", aside)
    assert (await lobby.do("call_next", "09:03", "1"))["number"] == "A001"
    assert await lobby.differences() == []


async def test_who_is_served_when_the_hour_ends_holds_nothing_in_the_next(
    pool: Pool, owner: Connection
) -> None:
    lobby = await bank(pool, limit=1)
    visit = await lobby.walk_in("08:50")
    await lobby.do("call_next", "08:55", "1")
    await lobby.do("serve", "08:56", visit)
    await lobby.settle("09:01")
    due = "select next_due_at from queue.office_state where office_id = $1"
    assert await owner.fetchval(due, lobby.office.office_id) > lobby.at("09:02")
    assert (await lobby.walk_in("09:01"))["decision"] == "enter"
    assert await lobby.differences() == []


@pytest.mark.parametrize("back", ["resume", "arrive", "enter", "admit", "stepped out"])
async def test_whoever_comes_back_to_be_called_again_holds_a_place_of_the_hour(
    pool: Pool, back: str
) -> None:
    lobby = await bank(pool, limit=2)
    visit = await lobby.walk_in("08:50")
    await lobby.do("call_next", "08:51", "1")
    await lobby.do("serve", "08:51", visit)
    if back == "stepped out":
        await lobby.do("exit", "08:52", "hall", id_of(visit))
        await lobby.arrive("08:53", visit)
    else:
        await lobby.do("park", "08:52", visit, "away", "photo")
        if back == "arrive":
            await lobby.arrive("08:53", visit)
        else:
            await lobby.do(back, "08:53", visit, *["photo"][: back == "admit"])
    # the place used, and the one held until the next call
    assert (await lobby.walk_in("08:54"))["decision"] == "come_back"
    await lobby.settle("09:00")
    assert [await fits(lobby, "10:00") for _ in range(2)] == [True, False]
    assert (await lobby.do("call_next", "09:01", "1"))["number"] == "A001"
    assert await lobby.differences("09:02") == []
