"""The office changes a booked time: people agree, choose another or cancel by texting back."""

import copy
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from queue_service import commands, reads
from queue_service.fitting import fit, segments
from queue_service.group_commit import BookRequest, Wanted
from queue_service.outgoing.carrier import Outgoing
from queue_service.sender import Sender
from queue_service.texts import reading
from queue_service.tickets import group_code
from tests.changes import MANAGER
from tests.texts.conftest import NOW, City
from tests.texts.test_conversation import ISSUE, code_in
from tests.texts.test_gateway import Gateway, gateway
from tests.texts.test_twilio import Twilio, twilio

pytestmark = pytest.mark.anyio
__all__ = ["gateway", "twilio"]

Text = Callable[[str], Awaitable[str]]


class Person:
    """A phone that texts through a real carrier's door."""

    def __init__(self, city: City, number: str, text: Text) -> None:
        self.city, self.number, self.text = city, number, text

    async def visit(self, code: str) -> dict[str, Any]:
        found = await reads.find_visits(self.city.pool, 1, self.city.clock.now(), code=code)
        return found[0]


class Post:
    """Keeps what it is given to send."""

    name, medium = "gateway", "text"

    def __init__(self) -> None:
        self.took: list[Outgoing] = []

    async def send(self, message: Outgoing) -> str:
        self.took.append(message)
        return secrets.token_hex(8)

    async def find(self, message: Outgoing, since: datetime) -> list[str]:
        return []

    async def close(self) -> None:
        pass


@pytest.fixture(params=["twilio", "gateway"])
async def person(
    city: City, twilio: Twilio, gateway: Gateway, request: pytest.FixtureRequest
) -> AsyncGenerator[Person, None]:
    async def by_gateway(text: str) -> str:
        answer = await gateway.text(text)
        return answer.json()["text"] if answer.status_code == 200 else ""

    if request.param == "twilio":
        yield Person(city, twilio.number, twilio.text)
    else:
        yield Person(city, "+84" + gateway.number[1:], by_gateway)


async def closes(city: City, *days: str, most_days: int = 30) -> list[dict[str, Any]]:
    """The office is closed on these days; who had booked is moved and told."""
    file = copy.deepcopy(await reads.office_file(city.pool, 1))
    assert file is not None
    file["closures"] += [{"day": day, "name_vi": "Nghỉ", "name_en": "Closed"} for day in days]
    change_id, now = uuid4(), city.clock.now()
    drafted = await commands.draft_change(
        city.pool, 1, now, MANAGER, change_id, file, "", most_days
    )
    made = await commands.apply_change(city.pool, 1, now, MANAGER, None, change_id, drafted["seen"])
    assert made["decision"] == "applied"
    return made["moves"]


async def told(city: City, kind: str) -> str:
    """The one message of that kind, as a carrier is given it."""
    post = Post()
    sender = Sender(city.pool, city.clock, [post], "https://hen.danang.example")  # pyright: ignore[reportArgumentType]
    said = ""
    city.clock.moment += timedelta(minutes=10)  # the carriers' clock goes on, this one stands
    for job in await commands.claim_jobs(city.pool, 1, city.clock.at(), 50):
        ended = await sender.do(1, job)
        await commands.finish_job(
            city.pool, 1, city.clock.at(), UUID(job["job_id"]), job["attempts"], ended.outcome
        )
        if job["kind"] == kind and ended.outcome == "done":
            said = post.took[-1].text
    return said


async def test_the_message_says_how_to_answer_in_one_text_and_co_agrees(person: Person) -> None:
    code = code_in(await person.text(ISSUE))
    [move] = await closes(person.city, "2020-03-31")
    said = await told(person.city, "moved_by_office")
    assert fit(said) == said
    assert segments(said) <= 2
    assert all(word in said for word in ("CO ", "DOI ", "HUY ", "08:30 31/3"))
    answer = await person.text("Có ạ")
    assert "01/04/2020" in answer
    assert code_in(answer) == code
    assert segments(answer) <= 2
    assert await person.text("CO") == answer  # said twice, it is agreed once
    change = await reads.office_change(person.city.pool, 1, await change_id(person.city))
    assert change is not None
    assert [one["answer"] for one in change["moves"]] == ["accepted"]
    assert (await person.visit(code))["starts_at"] == move["starts_at"]


async def change_id(city: City) -> UUID:
    [newest, *_] = await reads.office_versions(city.pool, 1)
    return UUID(newest["change_id"])


async def test_doi_offers_other_times_and_a_number_takes_one(person: Person) -> None:
    code = code_in(await person.text(ISSUE))
    [move] = await closes(person.city, "2020-03-31")
    offered = await person.text("Đổi giờ")
    assert "1)" in offered
    assert "CO de giu 08:30 1/4" in offered or "CO để giữ 08:30 1/4" in offered
    assert segments(offered) <= 2
    said = await person.text("1")
    assert code_in(said) == code
    visit = await person.visit(code)
    assert visit["starts_at"] != move["starts_at"]
    # the place the office had kept for them is free again, and nothing waits for an answer
    assert (await person.visit(code))["state"] == "booked"
    assert await person.text("DOI") == await person.text("DOI")
    assert "1)" not in await person.text("doi")


async def test_a_time_that_is_named_is_taken_if_it_is_free(person: Person) -> None:
    code = code_in(await person.text(ISSUE))
    await closes(person.city, "2020-03-31")
    said = await person.text("DOI sang 9h ngày 3/4")
    assert "09:00" in said
    assert "03/04/2020" in said
    assert "02:00" in (await person.visit(code))["starts_at"]


async def test_a_named_time_that_cannot_be_is_answered_with_those_that_can(person: Person) -> None:
    code = code_in(await person.text(ISSUE))
    [move] = await closes(person.city, "2020-03-31")
    said = await person.text("doi 12h 3/4")
    assert "1)" in said
    assert (await person.visit(code))["starts_at"] == move["starts_at"]


async def test_huy_cancels_the_moved_booking_alone(person: Person) -> None:
    code = code_in(await person.text(ISSUE))
    await closes(person.city, "2020-03-31")
    assert code_in(await person.text("Huỷ")) == code
    assert (await person.visit(code))["state"] == "cancelled"
    assert "HUYHG" in await person.text("HUY")  # nothing is left that it could mean


async def test_who_found_no_time_near_enough_chooses_one_or_hears_of_none(person: Person) -> None:
    code = code_in(await person.text(ISSUE))
    await closes(person.city, "2020-03-31", most_days=0)
    said = await told(person.city, "no_new_time")
    assert "DOI" in said
    assert segments(said) <= 2
    offered = await person.text("CO")  # there is nothing to agree to yet
    assert "1)" in offered
    said = await person.text("1")
    assert code_in(said) == code
    assert (await person.visit(code))["attention"] == ""


async def test_nobody_answers_for_another_phone_or_without_a_change(person: Person) -> None:
    code = code_in(await person.text(ISSUE))
    [move] = await closes(person.city, "2020-03-31")
    stranger = person.city.phone()
    for word in ("CO", "DOI", "HUY", "KHONG", "1"):
        assert code not in (await stranger.text(word)).replace(" ", "")
    visit = await person.visit(code)
    assert (visit["state"], visit["starts_at"]) == ("booked", move["starts_at"])


async def test_no_means_another_time_and_the_new_one_is_kept_meanwhile(person: Person) -> None:
    code = code_in(await person.text(ISSUE))
    [move] = await closes(person.city, "2020-03-31")
    assert "1)" in await person.text("Không ạ")
    assert (await person.visit(code))["starts_at"] == move["starts_at"]


async def test_who_had_two_bookings_moved_is_told_of_the_other_and_answers_both(
    person: Person,
) -> None:
    first = code_in(await person.text(ISSUE))
    known = await person.visit(first)
    asked = BookRequest(
        booking_id=uuid4(),
        actor="web",
        services=(Wanted(known["services"][0]["service"]),),
        starts_at=datetime.fromisoformat(known["starts_at"]) + timedelta(hours=1),
        name="Nguyễn Văn An",
        phone=person.number,
        token=secrets.token_hex(16),
        digits=7,
    )
    [(_, outcome, facts)] = await commands.book_slots(
        person.city.pool, 1, person.city.clock.now(), [asked]
    )
    assert outcome == "booked"
    assert len(await closes(person.city, "2020-03-31")) == 2
    said = await person.text("CO")
    assert code_in(said) == first
    assert group_code(facts["code"]) in said
    assert segments(said) <= 2
    assert code_in(await person.text("HUY")) == facts["code"]
    assert (await person.visit(first))["state"] == "booked"


async def test_after_the_time_is_over_nothing_is_left_to_answer(person: Person) -> None:
    code = code_in(await person.text(ISSUE))
    await closes(person.city, "2020-03-31")
    moved = await reads.open_move(person.city.pool, person.number, NOW)
    assert moved is not None
    assert moved["code"] == code
    late = NOW + timedelta(days=30)
    assert await reads.open_move(person.city.pool, person.number, late) is None


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("DOI", reading.Other()),
        ("đổi lịch hẹn", reading.Other()),
        ("Giờ khác nhé", reading.Other()),
        ("HUY", reading.Cancel("")),
        ("Huỷ 0001 234 567", reading.Cancel("0001234567")),
        ("CO", reading.Reply(True)),
        ("đợi lâu quá", reading.Nothing()),
        ("huy bo cuoc hop chieu nay", reading.Nothing()),
    ],
)
async def test_what_is_meant(text: str, wish: reading.Wish) -> None:
    assert reading.read(text, NOW, NOW.tzinfo) == wish  # pyright: ignore[reportArgumentType]
