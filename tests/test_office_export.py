"""An office written as its file and read again is the same office."""

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from queue_service import commands, db, offices, reads
from queue_service.offices.hours import public_holidays
from tests.offices import fresh_number

pytestmark = pytest.mark.anyio

MODELS = ("da-nang-center", "da-nang-bank", "ward", "clinic")
TODAY = date(2026, 3, 31)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("today", [date(2020, 3, 31), TODAY, date(2026, 12, 31)])
def test_a_model_office_comes_back_as_it_went(name: str, today: date) -> None:
    office = offices.read(offices.model(name), today)
    text = offices.write(office.number, office.document, today)
    assert offices.read_text(text, name, today) == office


def test_days_on_which_only_urgent_matters_are_handled_come_back_too() -> None:
    text = offices.model("ward").read_text("utf-8")
    for first, last in (("2026-04-01", "2026-04-10"), ("2026-05-01", "2026-05-03")):
        text += f"\n[[urgent_only]]\nvalid_from = {first}\nvalid_to = {last}\n"
    office = offices.read_text(text, "ward", TODAY)
    written = offices.write(office.number, office.document, TODAY)
    assert written.count("[[urgent_only]]") == 2
    assert offices.read_text(written, "ward", TODAY) == office


def test_targets_come_back_too_and_a_document_without_any_can_be_written() -> None:
    text = offices.model("ward").read_text("utf-8")
    text += "\n[[target]]\npercent = 50\nvalid_from = 2026-04-01\n"
    text += '\n[[target]]\npercent = 80\nservice = "birth"\nvalid_to = 2026-12-31\n'
    office = offices.read_text(text, "ward", TODAY)
    assert [(row["service_id"], row["percent"]) for row in office.document["targets"]] == [
        ("", 50),
        ("birth", 80),
    ]
    written = offices.write(office.number, office.document, TODAY)
    assert offices.read_text(written, "ward", TODAY) == office
    before = {name: part for name, part in office.document.items() if name != "targets"}
    assert "[[target]]" not in offices.write(office.number, before, TODAY)
    assert (
        sum(line.startswith("+ target") for line in offices.changes(before, office.document, TODAY))
        == 2
    )


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("seed", range(12))
def test_so_does_one_that_was_changed_by_chance(name: str, seed: int) -> None:
    chance = random.Random(seed)
    document = offices.read(offices.model(name), TODAY).document
    number = offices.read(offices.model(name), TODAY).number
    for _ in range(chance.randint(1, 6)):
        chance.choice(CHANGES)(document, chance)
    text = offices.write(number, document, TODAY)
    again = offices.read_text(text, name, TODAY).document
    assert offices.changes(document, again, TODAY) == []


def _cap(document: Any, chance: random.Random) -> None:
    cap = chance.choice(document["caps"])
    cap["maximum"] = chance.randrange(30)
    cap["valid_from"] = chance.choice(["-infinity", "2026-04-01"])
    cap["valid_to"] = chance.choice(["infinity", "2026-04-15"])


def _close(document: Any, chance: random.Random) -> None:
    day = (TODAY + timedelta(days=chance.randrange(200))).isoformat()
    others = [row for row in document["closures"] if row["day"] != day]
    named = {"day": day, "name_vi": 'Nghỉ "đột xuất" \\ họp', "name_en": "Closed"}
    document["closures"] = sorted([*others, named], key=lambda row: row["day"])


def _open_a_holiday(document: Any, chance: random.Random) -> None:
    day = chance.choice([d for d in public_holidays(TODAY.year) if d > TODAY]).isoformat()
    document["closures"] = [row for row in document["closures"] if row["day"] != day]


def _a_day_of_its_own(document: Any, chance: random.Random) -> None:
    day = (TODAY + timedelta(days=chance.randrange(60))).isoformat()
    document["closures"] = [row for row in document["closures"] if row["day"] != day]
    row = {"day": day, "opens": "08:00:00", "closes": "10:30:00"}
    others = [one for one in document["special_openings"] if one["day"] != day]
    document["special_openings"] = sorted([*others, row], key=lambda one: one["day"])


def _plan(document: Any, chance: random.Random) -> None:
    chance.choice(document["plans"])["amount"] = chance.randrange(9)


def _plan_a_date(document: Any, chance: random.Random) -> None:
    day = (TODAY + timedelta(days=chance.randrange(60))).isoformat()
    plan = {**chance.choice(document["plans"]), "amount": chance.randrange(9), "day": day}
    del plan["weekday"]
    others = [
        one for one in document["day_plans"] if (one["day"], one["scope"]) != (day, plan["scope"])
    ]
    document["day_plans"] = sorted([*others, plan], key=lambda one: (one["day"], one["scope"]))


def _rules(document: Any, chance: random.Random) -> None:
    document["office"]["booking_days"] = chance.randrange(60)
    document["board"]["message_vi"] = document["board"]["message_en"] = "Xin chờ {số}"
    document["fairness"]["prove_phone"] = chance.random() < 0.5
    document["messages"]["near"] = chance.randrange(9)
    document["messages"]["links"] = chance.random() < 0.5
    chance.choice(document["services"])["minutes"] = chance.randint(1, 60)


CHANGES = (_cap, _close, _open_a_holiday, _a_day_of_its_own, _plan, _plan_a_date, _rules)


@pytest.mark.parametrize("name", MODELS)
async def test_what_the_database_holds_comes_back_as_no_change(pool: db.Pool, name: str) -> None:
    office = offices.read(offices.model(name), TODAY)
    at = date_of(TODAY)
    number = await fresh_number(pool)
    document = {**office.document, "office": {**office.document["office"], "slug": f"x-{name}"}}
    await commands.import_office(pool, number, at, "test", document)
    held = await reads.office_file(pool, number)
    assert held is not None
    again = offices.read_text(offices.write(number, held, TODAY), name, TODAY)
    answer = await commands.import_office(pool, number, at, "test", again.document)
    assert answer["changed"] is False


def date_of(day: date) -> Any:

    return datetime.combine(day, time(1), UTC)
