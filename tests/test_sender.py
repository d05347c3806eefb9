"""What goes out by itself: in which words, when, by whom, and never when it is no longer true."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from queue_service import commands, db, reads
from queue_service.db import Refused
from queue_service.outgoing.carrier import Carrier, Outgoing, Passing, Permanent, Unknown
from queue_service.sender import Ended, Sender
from tests.lobby import Lobby, id_of
from tests.offices import ALWAYS, make_office
from tests.times import Still

pytestmark = pytest.mark.anyio

PHONE = "+84905123456"
LANDLINE = "+842363822041"


class Post:
    """A carrier that keeps what it is given, unless it has been told how to fail."""

    def __init__(self, name: str = "post", medium: Any = "text") -> None:
        self.name, self.medium = name, medium
        self.took: list[Outgoing] = []
        self.problems: list[Exception] = []
        self.took_all_the_same = False

    async def send(self, message: Outgoing) -> str:
        problem = self.problems.pop(0) if self.problems else None
        if problem is None or self.took_all_the_same:
            self.took.append(message)
        if problem is not None:
            raise problem
        return f"{self.name}-{len(self.took)}"

    async def find(self, message: Outgoing, since: datetime) -> list[str]:
        return [
            f"{self.name}-{n}"
            for n, one in enumerate(self.took, 1)
            if (one.phone, one.text) == (message.phone, message.text)
        ]

    async def close(self) -> None:
        """Nothing is open."""


class Mail:
    """The messages of one office, done as a worker would, at the times the test says."""

    def __init__(self, lobby: Lobby, *carriers: Carrier, public_url: str = "") -> None:
        self.lobby, self.clock = lobby, Still(lobby.at("07:00"))
        self.sender = Sender(lobby.pool, self.clock, carriers, public_url)

    async def claim(self, now: str) -> list[dict[str, Any]]:
        return await self.claim_at(self.lobby.at(now))

    async def claim_at(self, at: datetime) -> list[dict[str, Any]]:
        self.clock.moment = at
        return await commands.claim_jobs(self.lobby.pool, self.lobby.office.office_id, at, 50)

    async def do(self, job: dict[str, Any]) -> Ended:
        ended = await self.sender.do(self.lobby.office.office_id, job)
        await commands.finish_job(
            self.lobby.pool,
            self.lobby.office.office_id,
            self.clock.moment,
            UUID(job["job_id"]),
            job["attempts"],
            ended.outcome,
            ended.not_before,
            ended.error,
        )
        return ended

    async def go(self, now: str, days: int = 0) -> list[tuple[str, str]]:
        """All that is due: kind and outcome."""
        jobs = await self.claim_at(self.lobby.office.at(now, days))
        return [(job["kind"], (await self.do(job)).outcome) for job in jobs]


async def lobby_of(pool: db.Pool, **more: Any) -> Lobby:
    return Lobby(pool, await make_office(pool, **more))


async def messages_of(owner: db.Connection, lobby: Lobby) -> Sequence[Any]:
    return await owner.fetch(
        "select kind, text, state, error, phone from queue.message where office_id = $1",
        lobby.office.office_id,
    )


async def test_a_booking_is_confirmed_with_day_hour_place_and_code_in_that_order(
    pool: db.Pool,
) -> None:
    lobby, post = await lobby_of(pool), Post()
    booked = await lobby.book("09:00", phone=PHONE)
    mail = Mail(lobby, post, public_url="https://hen.example")
    assert await mail.go("07:01") == [("confirmation", "done")]
    [message] = post.took
    code = booked["code"]
    said = [message.text.index(word) for word in ("31/03/2026", "09:00", f"{code[:4]} {code[4:7]}")]
    assert said == sorted(said)
    assert "https://hen.example/t/" in message.text
    assert message.phone == PHONE


async def test_a_demonstration_writes_what_would_be_sent_to_its_log_and_nobody_else_does(
    pool: db.Pool,
) -> None:
    lobby = await lobby_of(pool)
    for told in (True, False):
        await lobby.book("09:00", phone=PHONE, channel="web")
        mail = Mail(lobby)
        mail.sender = Sender(pool, mail.clock, told=told)
        with capture_logs() as lines:
            assert await mail.go("07:01") == [("confirmation", "done")]
        said = [line for line in lines if line["event"] == "would be sent"]
        assert len(said) == int(told)
        if told:
            assert said[0]["to"] == "…456"
            assert "09:00" in said[0]["text"]


async def test_who_did_not_come_by_web_gets_no_link(pool: db.Pool) -> None:
    lobby, post = await lobby_of(pool), Post()
    await lobby.book("09:00", phone=PHONE, channel="hotline")
    await Mail(lobby, post, public_url="https://hen.example").go("07:01")
    assert "://" not in post.took[0].text


async def test_a_booking_by_text_was_answered_in_the_same_breath(pool: db.Pool) -> None:
    lobby, post = await lobby_of(pool), Post()
    await lobby.book("09:00", phone=PHONE, channel="text")
    assert await Mail(lobby, post).go("07:01") == [("confirmation", "answered")]
    assert post.took == []


async def booked_for(lobby: Lobby, days: int, clock: str, **more: Any) -> dict[str, Any]:
    """Booked at 07:00 of the first day, for a later one."""
    starts_at = lobby.office.at(clock, days).isoformat()
    return await lobby.book(clock, **{"phone": PHONE, "starts_at": starts_at} | more)


async def due(owner: db.Connection, visit: dict[str, Any]) -> dict[str, datetime]:
    rows = await owner.fetch(
        "select kind, due_at from queue.job where visit_id = $1 and ended_at is null", id_of(visit)
    )
    return {row["kind"]: row["due_at"] for row in rows}


async def test_reminders_go_a_day_and_an_hour_before(pool: db.Pool, owner: db.Connection) -> None:
    lobby, post = await lobby_of(pool), Post()
    visit = await booked_for(lobby, 2, "09:00")
    mail = Mail(lobby, post)
    assert await mail.go("07:01") == [("confirmation", "done")]
    assert await due(owner, visit) == {
        "day_before": lobby.office.at("09:00", 1),
        "hour_before": lobby.office.at("08:00", 2),
    }
    assert await mail.go("08:59", 1) == []
    assert await mail.go("09:00", 1) == [("day_before", "done")]
    assert await mail.go("08:00", 2) == [("hour_before", "done")]
    assert len({message.text for message in post.took}) == 3


async def test_who_comes_within_the_hour_is_not_reminded_of_it(
    pool: db.Pool, owner: db.Connection
) -> None:
    lobby = await lobby_of(pool)
    visit = await lobby.book("08:00", phone=PHONE, now="07:05")
    assert await Mail(lobby, Post()).go("07:06") == [("confirmation", "done")]
    assert await due(owner, visit) == {}


async def test_in_quiet_hours_a_reminder_waits_or_goes_the_evening_before(
    pool: db.Pool, owner: db.Connection
) -> None:
    lobby = await lobby_of(pool, hours=ALWAYS)
    early = await booked_for(lobby, 2, "07:20")
    later = await booked_for(lobby, 2, "07:40")
    night = await booked_for(lobby, 3, "05:00", phone=LANDLINE)
    await Mail(lobby, Post()).go("07:01")
    assert (await due(owner, early))["hour_before"] == lobby.office.at("20:55", 1)
    assert (await due(owner, later))["hour_before"] == lobby.office.at("07:00", 2)
    assert (await due(owner, night))["day_before"] == lobby.office.at("07:00", 2)


async def test_a_reminder_held_up_into_the_night_waits_for_the_morning_and_a_call_does_not(
    pool: db.Pool, owner: db.Connection
) -> None:
    lobby, post = await lobby_of(pool, hours=ALWAYS), Post()
    await booked_for(lobby, 2, "20:00")
    mail = Mail(lobby, post)
    await mail.go("07:01")
    assert await mail.go("21:30", 1) == [("day_before", "wait")]
    assert await mail.go("06:59", 2) == []
    assert await mail.go("07:00", 2) == [("day_before", "done")]
    lobby.days = 4
    await lobby.walk_in("22:00", phone="+84905000001")
    await lobby.do("open_counter", "22:00", "1")
    await lobby.do("call_next", "22:01", "1")
    assert ("called", "done") in await mail.go("22:01", 4)


async def test_nobody_is_reminded_of_a_visit_that_was_cancelled_or_moved(
    pool: db.Pool, owner: db.Connection
) -> None:
    lobby, post = await lobby_of(pool), Post()
    cancelled = await booked_for(lobby, 2, "09:00")
    moved = await booked_for(lobby, 2, "10:00")
    mail = Mail(lobby, post)
    await mail.go("07:01")
    await lobby.do("cancel", "07:02", cancelled, "other plans", actor="web")
    await lobby.do("reschedule", "07:02", moved, lobby.office.at("15:00", 3), actor="web")
    assert sorted(await mail.go("07:03")) == [("cancelled", "done"), ("moved", "done")]
    said = await mail.go("23:00", 2)
    assert {kind: outcome for kind, outcome in said if outcome == "done"} == {}
    assert (await due(owner, moved))["hour_before"] == lobby.office.at("14:00", 3)


async def test_a_call_that_is_over_is_not_sent_any_more(pool: db.Pool) -> None:
    lobby, post = await lobby_of(pool), Post()
    visit = await lobby.walk_in("08:00", phone=PHONE)
    await lobby.do("slip", "08:00", visit, "phone")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("serve", "08:02", visit)
    assert await Mail(lobby, post).go("08:02") == [("called", "overtaken")]


async def test_three_before_you_is_said_once_and_each_call_names_its_counter(
    pool: db.Pool,
) -> None:
    lobby, post = await lobby_of(pool), Post()
    for n in range(6):
        visit = await lobby.walk_in("08:00", phone=f"+8490500000{n}")
        await lobby.do("slip", "08:00", visit, "phone")
    await lobby.do("open_counter", "08:00", "1")
    mail = Mail(lobby, post)
    await lobby.do("call_next", "08:01", "1")
    await mail.go("08:01")
    texts = {message.phone[-1]: message.text for message in post.took}
    assert set(texts) == {"0", "2", "3", "4"}
    assert "A005" in texts["4"]
    assert "3" in texts["4"]
    assert "A001" in texts["0"]
    assert lobby.office.file["counters"][0]["name_vi"] in texts["0"]
    post.took.clear()
    await lobby.do("finish", "08:02", await served(lobby))
    await lobby.do("call_next", "08:03", "1")
    await mail.go("08:03")
    assert {message.phone[-1] for message in post.took} == {"1", "5"}


async def counter_of(lobby: Lobby) -> dict[str, Any]:
    seen = await reads.counter(lobby.pool, lobby.office.office_id, lobby.at("08:02"), "1")
    assert seen is not None
    return seen


async def served(lobby: Lobby) -> dict[str, Any]:
    [visit] = (await counter_of(lobby))["visits"]
    await lobby.do("serve", "08:02", visit)
    return visit


async def test_who_is_cancelled_by_the_office_is_offered_other_times_to_choose_by_number(
    pool: db.Pool,
) -> None:
    lobby, post = await lobby_of(pool), Post()
    phone = f"+84{905_000_000 + secrets.randbelow(10**6)}"
    visit = await lobby.book("09:00", phone=phone)
    mail = Mail(lobby, post)
    await mail.go("07:01")
    await lobby.do("cancel", "07:30", visit, "no power", actor="manager:Hà")
    assert await mail.go("07:30") == [("cancelled_by_office", "done")]
    text = post.took[-1].text
    assert "1) " in text
    assert "3) " in text
    question = await reads.text_question(pool, phone, lobby.at("07:31"))
    assert question is not None
    assert len(question["options"]) == 3


async def test_who_cancels_by_telephone_gets_no_apology_even_where_a_manager_answered(
    pool: db.Pool,
) -> None:
    lobby, post = await lobby_of(pool), Post()
    visit = await lobby.book("09:00", phone=PHONE)
    mail = Mail(lobby, post)
    await mail.go("07:01")
    await lobby.do("cancel", "07:30", visit, "hotline", actor="manager:Hà")
    assert await mail.go("07:30") == [("cancelled", "done")]


async def test_who_came_for_two_things_is_offered_times_for_both(pool: db.Pool) -> None:
    lobby, post = await lobby_of(pool), Post()
    phone = f"+84{905_000_000 + secrets.randbelow(10**6)}"
    both = [{"service": "copy", "quantity": 1}, {"service": "record", "quantity": 1}]
    visit = await lobby.book("09:00", phone=phone, services=both)
    mail = Mail(lobby, post)
    await mail.go("07:01")
    await lobby.do("cancel", "07:30", visit, "no power", actor="manager:Hà")
    await mail.go("07:30")
    question = await reads.text_question(pool, phone, lobby.at("07:31"))
    assert question is not None
    assert {service for _, service, _ in question["options"]} == {"copy+record"}


async def test_who_did_not_come_is_told_and_who_was_turned_over_to_another_day_is_not(
    pool: db.Pool,
) -> None:
    lobby, post = await lobby_of(pool), Post()
    await lobby.book("09:00", phone=PHONE)
    mail = Mail(lobby, post)
    await mail.go("07:01")
    await mail.go("08:00")
    await lobby.settle("09:11")
    assert await mail.go("09:11") == [("missed", "done")]
    assert "09:00" in post.took[-1].text


# Which carrier


async def test_when_the_first_carrier_fails_the_next_is_tried(
    pool: db.Pool, owner: db.Connection
) -> None:
    lobby, first, second = await lobby_of(pool), Post("first"), Post("second")
    await lobby.book("09:00", phone=PHONE)
    first.problems = [Permanent("21612")]
    assert await Mail(lobby, first, second).go("07:01") == [("confirmation", "done")]
    assert (first.took, len(second.took)) == ([], 1)


async def test_who_asked_for_text_only_is_not_telephoned(
    pool: db.Pool, owner: db.Connection
) -> None:
    lobby = await lobby_of(pool)
    text, voice = Post("text"), Post("call", "voice")
    text.problems = [Permanent("30005"), Permanent("30005")]
    await lobby.book("09:00", phone=PHONE, needs=["text"])
    await lobby.book("09:00", phone="+84905000002")
    mail = Mail(lobby, text, voice)
    assert sorted(await mail.go("07:01")) == [("confirmation", "dead"), ("confirmation", "done")]
    assert [message.phone for message in voice.took] == ["+84905000002"]


async def test_a_landline_is_spoken_to(pool: db.Pool) -> None:
    lobby = await lobby_of(pool)
    text, voice = Post("text"), Post("call", "voice")
    await lobby.book("09:00", phone=LANDLINE)
    await Mail(lobby, text, voice).go("07:01")
    assert (text.took, len(voice.took)) == ([], 1)


async def test_who_has_told_the_carrier_to_stop_hears_from_no_other(
    pool: db.Pool, owner: db.Connection
) -> None:
    lobby, first, second = await lobby_of(pool), Post("first"), Post("second")
    await lobby.book("09:00", phone=PHONE)
    first.problems = [Permanent("21610", everywhere=True)]
    assert await Mail(lobby, first, second).go("07:01") == [("confirmation", "dead")]
    assert second.took == []
    [message] = await messages_of(owner, lobby)
    assert (message["state"], message["error"]) == ("dead", "21610")


# Again, and not twice


async def test_a_passing_error_is_tried_again_after_growing_pauses_and_a_last_time(
    pool: db.Pool, owner: db.Connection
) -> None:
    lobby, post = await lobby_of(pool), Post()
    await lobby.book("09:00", phone=PHONE)
    post.problems = [Passing("429", pause=40), *(Passing("429") for _ in range(20))]
    mail, at, pauses = Mail(lobby, post), lobby.at("07:01"), list[float]()
    while True:
        jobs = [job for job in await mail.claim_at(at) if job["kind"] == "confirmation"]
        [job] = jobs
        ended = await mail.do(job)
        if (row := await job_of(owner, job["job_id"]))["ended_at"]:
            break
        assert ended.outcome == "retry"
        pauses.append((row["due_at"] - at).total_seconds())
        at = row["due_at"]
    assert pauses[0] == 40
    assert pauses[1:] == sorted(pauses[1:])
    assert (row["outcome"], row["failures"]) == ("dead", 10)


async def job_of(owner: db.Connection, job_id: str) -> Any:
    return await owner.fetchrow("select * from queue.job where job_id = $1", UUID(job_id))


async def test_a_carrier_that_may_have_it_is_asked_before_it_is_sent_again(
    pool: db.Pool, owner: db.Connection
) -> None:
    lobby, post, other = await lobby_of(pool), Post(), Post("other")
    await lobby.book("09:00", phone=PHONE)
    post.problems = [Unknown("no answer")]
    post.took_all_the_same = True
    mail = Mail(lobby, post, other)
    assert await mail.go("07:01") == [("confirmation", "retry")]
    assert await mail.go("07:02") == [("confirmation", "done")]
    assert (len(post.took), other.took) == (1, [])


async def test_what_a_carrier_turns_out_not_to_have_is_sent_again(pool: db.Pool) -> None:
    lobby, post = await lobby_of(pool), Post()
    await lobby.book("09:00", phone=PHONE)
    post.problems = [Unknown("no answer")]
    mail = Mail(lobby, post)
    assert await mail.go("07:01") == [("confirmation", "retry")]
    assert await mail.go("07:02") == [("confirmation", "done")]
    assert len(post.took) == 1


async def test_the_message_of_another_booking_in_the_same_words_is_not_taken_for_this_one(
    pool: db.Pool, owner: db.Connection
) -> None:
    lobby, post = await lobby_of(pool), Post()
    for _ in range(2):
        await commands_message(owner, lobby, {"phone": PHONE, "text": "Xin chào ông/bà"})
    first, second = await Mail(lobby, post).claim("07:01")
    mail = Mail(lobby, post)
    mail.clock.moment = lobby.at("07:01")
    assert (await mail.do(first)).outcome == "done"
    post.problems = [Unknown("no answer")]
    assert (await mail.do(second)).outcome == "retry"
    assert await mail.go("07:02") == [("answer", "done")]
    assert len(post.took) == 2


async def test_a_worker_that_comes_back_after_its_five_minutes_sends_nothing(
    pool: db.Pool,
) -> None:
    lobby, post = await lobby_of(pool), Post()
    await lobby.book("09:00", phone=PHONE)
    mail = Mail(lobby, post)
    [slow] = await mail.claim("07:01")
    [quick] = await mail.claim("07:07")
    with pytest.raises(Refused, match="not_mine"):
        await mail.do(slow)
    assert post.took == []
    assert (await mail.do(quick)).outcome == "done"


async def commands_message(
    owner: db.Connection, lobby: Lobby, facts: dict[str, Any], kind: str = "answer"
) -> None:
    """What a command leaves in its own transaction."""
    await owner.execute(
        "select queue._message($1, $2, null, $3, $4)",
        lobby.office.office_id,
        kind,
        lobby.at("07:00"),
        facts,
    )


async def test_a_code_goes_to_a_phone_without_a_visit_and_not_after_it_has_lapsed(
    pool: db.Pool, owner: db.Connection
) -> None:
    lobby, post = await lobby_of(pool), Post()
    facts = {
        "phone": PHONE,
        "language": "en",
        "code": "482913",
        "minutes": 10,
        "until": lobby.at("07:10").isoformat(),
    }
    await commands_message(owner, lobby, facts, "code")
    await commands_message(owner, lobby, {**facts, "phone": "+84905000009"}, "code")
    mail = Mail(lobby, post)
    one, other = await mail.claim("07:01")
    assert (await mail.do(one)).outcome == "done"
    assert "482913" in post.took[0].text
    kept = await owner.fetchval(
        "select facts from queue.job where job_id = $1", UUID(one["job_id"])
    )
    assert "code" not in kept
    mail.clock.moment = lobby.at("07:11")
    assert (await mail.do(other)).outcome == "overtaken"


async def test_after_thirty_days_nobody_can_tell_whom_a_message_went_to(
    pool: db.Pool, owner: db.Connection
) -> None:
    lobby, post = await lobby_of(pool), Post()
    await lobby.book("09:00", phone=PHONE)
    await Mail(lobby, post).go("07:01")
    await commands.forget(pool, lobby.office.office_id, lobby.office.at("23:59", 30), 100)
    assert [row["phone"] for row in await messages_of(owner, lobby)] == [PHONE]
    await commands.forget(pool, lobby.office.office_id, lobby.office.at("00:00", 31), 100)
    [row] = await messages_of(owner, lobby)
    assert (row["phone"], row["text"], row["kind"]) == ("", "", "confirmation")
