"""A booking from the web counts once the code sent to its phone is said."""

from uuid import uuid4

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.fairness import AN, BINH, answer, code_sent, fair, seen, wait
from tests.lobby import Answer, Lobby, moment
from tests.offices import Office, make_office
from tests.sql.scenes import held_request, hold
from tests.sql.test_races import together

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(pool: Pool) -> Office:
    return await make_office(pool, planned=1, change=fair(prove_phone=True))


async def test_a_place_is_held_for_ten_minutes_and_counts_with_the_code(
    pool: Pool, office: Office, owner: Connection
) -> None:
    lobby = Lobby(pool, office)
    visit = await hold(lobby, "08:00")
    assert moment(visit["held_until"]) == lobby.at("07:10")
    assert (await lobby.book_group([held_request(lobby, "08:00", BINH)]))[0][0] == "slot_full"
    assert await code_sent(owner, visit) == "123456"
    proven = await lobby.do("prove_phone", "07:09", visit, "123456")
    assert (proven["decision"], proven["visit"]["state"]) == ("proven", "booked")
    await lobby.settle("07:30")
    assert await lobby.state(visit) == "booked"
    assert (await lobby.arrive("07:55", visit))["decision"] == "enter"
    assert await lobby.differences() == []


async def test_after_ten_minutes_an_unproven_place_is_free_again(
    pool: Pool, office: Office
) -> None:
    lobby = Lobby(pool, office)
    visit = await hold(lobby, "08:00")
    assert (await lobby.arrive("07:09", visit))["reason"] == "not_confirmed"
    await hold(lobby, "08:00", "07:11", BINH)
    assert await lobby.state(visit) == "cancelled"
    with pytest.raises(Refused, match="not_held"):
        await lobby.do("prove_phone", "07:12", visit, "123456")
    assert await lobby.differences() == []


async def test_an_unproven_booking_cannot_be_moved_into_a_proven_one(
    pool: Pool, office: Office
) -> None:
    lobby = Lobby(pool, office)
    visit = await hold(lobby, "08:00")
    with pytest.raises(Refused, match="not_proven"):
        await lobby.do("reschedule", "07:01", visit, lobby.at("09:00"))


async def test_five_wrong_codes_give_the_place_back_at_once(pool: Pool, office: Office) -> None:
    lobby = Lobby(pool, office)
    visit = await hold(lobby, "08:00")
    said = [await lobby.do("prove_phone", "07:01", visit, f"00000{n}") for n in range(5)]
    assert [one.get("tries_left") for one in said] == [4, 3, 2, 1, None]
    assert said[4]["decision"] == "too_many_tries"
    assert await lobby.state(visit) == "cancelled"
    await hold(lobby, "08:00", "07:02", BINH)
    assert await lobby.differences() == []


async def test_codes_of_one_group_are_counted_too(pool: Pool, office: Office) -> None:
    lobby = Lobby(pool, office)
    starts = ("08:00", "08:30", "09:00", "09:30")
    rows = await lobby.book_group([held_request(lobby, one) for one in starts])
    assert [outcome for outcome, _ in rows] == ["booked"] * 3 + ["too_many_codes"]


async def test_nobody_learns_from_a_form_what_a_phone_has_booked(
    pool: Pool, office: Office
) -> None:
    lobby = Lobby(pool, office)
    for starts in ("08:00", "09:00"):
        await lobby.book(starts, phone=AN, channel="hotline")
    visit = await hold(lobby, "10:00")  # as for any other phone
    answer = await lobby.do("prove_phone", "07:01", visit, "123456")
    assert answer["decision"] == "too_many_bookings"  # told to who holds the phone
    assert await lobby.state(visit) == "cancelled"
    assert await lobby.differences() == []


async def test_unproven_bookings_keep_nobody_from_booking_by_the_hotline(
    pool: Pool, office: Office
) -> None:
    lobby = Lobby(pool, office)
    await hold(lobby, "08:00")
    await hold(lobby, "08:30")
    for starts in ("09:00", "09:30"):
        assert (await lobby.book(starts, phone=AN, channel="hotline"))["state"] == "booked"
    rows = await lobby.book_group([lobby.request("10:00", phone=AN, channel="kiosk")])
    assert rows[0][0] == "too_many_bookings"


async def test_other_channels_need_no_code_and_the_web_needs_a_phone(
    pool: Pool, office: Office
) -> None:
    lobby = Lobby(pool, office)
    for hour, channel in enumerate(("hotline", "text", "voice", "kiosk", "helper"), 8):
        booked = await lobby.book(f"{hour:02}:00" if hour < 11 else f"{hour + 3}:00",
                                  phone=f"+8490512340{hour % 10}", channel=channel)  # fmt: skip
        assert booked["state"] == "booked", channel
    rows = await lobby.book_group([lobby.request("08:30"), lobby.request("08:30", channel="api")])
    assert [outcome for outcome, _ in rows] == ["phone_needed"] * 2


async def test_the_same_request_again_is_answered_as_it_was(pool: Pool, office: Office) -> None:
    lobby = Lobby(pool, office)
    request = held_request(lobby, "08:00", booking_id=uuid4())
    [first, twin] = await lobby.book_group([request, request])
    again = request | {"proof": "999999", "token": "0" * 32, "digits": 3}
    [later] = await lobby.book_group([again], "07:01")
    await lobby.do("prove_phone", "07:02", first[1], "123456")
    [proven] = await lobby.book_group([again], "07:03")
    assert first == twin == later == proven


async def test_twenty_who_try_codes_at_once_have_five_tries_together(
    pool: Pool, office: Office
) -> None:
    lobby = Lobby(pool, office)
    visit = await hold(lobby, "08:00")
    said = await together(20, lambda n: lobby.do("prove_phone", "07:01", visit, f"{n:06}"))
    decided = [one["decision"] for one in said if not isinstance(one, str)]
    assert sorted(decided) == ["too_many_tries"] + ["wrong_code"] * 4
    assert await lobby.differences() == []


async def test_whoever_proves_while_the_place_lapses_has_it_or_not_and_nobody_has_it_twice(
    pool: Pool, office: Office
) -> None:
    lobby = Lobby(pool, office)
    visit = await hold(lobby, "08:00")
    late = await together(
        8,
        lambda n: (
            lobby.do("prove_phone", "07:10:01", visit, "123456")
            if n % 2
            else lobby.book_group([held_request(lobby, "08:00", f"+8490512341{n}")], "07:10:02")
        ),
    )
    states = [await lobby.state(visit)]
    groups: list[list[tuple[str, Answer]]] = [one for one in late if isinstance(one, list)]
    taken = [group for group in groups if group[0][0] == "booked"]
    assert (states, len(taken)) in ((["booked"], 0), (["cancelled"], 1))
    assert await lobby.differences() == []


async def test_who_wants_to_wait_is_offered_nothing_until_the_code_is_said(
    pool: Pool, office: Office
) -> None:
    """Else anybody could have a stranger's phone texted, or wait with a thousand of them."""
    lobby = Lobby(pool, office)
    taken = await lobby.book("08:00", channel="hotline")
    again = await lobby.book("08:05", channel="hotline")
    first, second = await wait(lobby, "07:01", AN), await wait(lobby, "07:02", BINH)
    assert (first["state"], moment(first["held_until"])) == ("held", lobby.at("07:11"))
    assert (await wait(lobby, "07:02", AN))["state"] == "held"  # tells nothing of the first
    proven = await lobby.do("prove_phone", "07:03", wish(second), "123456")
    assert (proven["decision"], proven["waiting"]["state"]) == ("proven", "waiting")
    assert proven["waiting"]["ahead"] == 0
    await lobby.do("cancel", "07:04", taken, "")
    assert (await seen(lobby, "07:04", first))["offer"] is None
    assert (await seen(lobby, "07:04", second))["offer"] is not None
    said = await answer(lobby, "07:05", second, True)  # by the link: the phone is proven already
    assert said["visit"]["state"] == "booked"
    assert (await seen(lobby, "07:12", first))["state"] == "over"
    with pytest.raises(Refused, match="not_held"):
        await lobby.do("prove_phone", "07:12", wish(first), "123456")
    await lobby.do("cancel", "07:13", again, "")
    assert (await seen(lobby, "07:13", first))["offer"] is None
    assert await lobby.differences() == []


async def test_five_wrong_codes_end_a_wish_to_wait(pool: Pool, office: Office) -> None:
    lobby = Lobby(pool, office)
    who = await wait(lobby, "07:01", AN)
    for left in (4, 3, 2, 1):
        said = await lobby.do("prove_phone", "07:02", wish(who), "000000")
        assert (said["decision"], said["tries_left"]) == ("wrong_code", left)
    said = await lobby.do("prove_phone", "07:02", wish(who), "000000")
    assert (said["decision"], said["waiting"]["state"]) == ("too_many_tries", "over")
    with pytest.raises(Refused, match="not_held"):
        await lobby.do("prove_phone", "07:02", wish(who), "123456")


async def test_a_proven_phone_waits_no_more_than_it_might_book(pool: Pool, office: Office) -> None:
    lobby = Lobby(pool, office)
    said: list[str] = []
    for n, service in enumerate(("copy", "copy", "record", "permit")):
        phone = AN if n < 3 else BINH
        who = await wait(lobby, f"{7 + n:02}:01", phone, services=[{"service": service}])
        done = await lobby.do("prove_phone", f"{7 + n:02}:02", wish(who), "123456")
        said.append(done["decision"])
    assert said == ["proven", "already_waiting", "proven", "proven"]
    who = await wait(lobby, "13:01", AN, services=[{"service": "permit"}])
    done = await lobby.do("prove_phone", "13:02", wish(who), "123456")
    assert (done["decision"], done["bookings_per_phone"]) == ("too_many_waiting", 2)


def wish(who: Answer) -> Answer:
    return {"visit_id": who["waiting_id"]}
