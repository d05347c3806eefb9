"""Every code that can reach a person has words, in both languages."""

import re
from pathlib import Path

import pytest

from queue_service import wording

ROOT = Path(__file__).parent.parent
RAISED = re.compile(r"raise\s+exception\s+'([a-z_]+)'|_refuse\('QS\d+',\s*'([a-z_]+)'")
OUTCOME = re.compile(r"outcome\s*:=\s*'([a-z_]+)'")
REASON = re.compile(r"'(refuse|invalid|come_back)',\s*'([a-z_]+)'")
MADE = re.compile(r"(?:Refused|Forbidden)\(\s*\"([a-z_]+)\"")


def codes() -> set[str]:
    sql = "".join(path.read_text("utf-8") for path in (ROOT / "sql").rglob("*.sql"))
    python = "".join(path.read_text("utf-8") for path in (ROOT / "queue_service").rglob("*.py"))
    found = {one for pair in RAISED.findall(sql) for one in pair if one}
    return (found | set(OUTCOME.findall(sql)) | set(MADE.findall(python))) - {"booked"}


def test_every_code_that_sql_or_a_page_refuses_with_has_words() -> None:
    assert sorted(codes() - set(wording.REFUSALS)) == []


def test_every_reason_of_a_decision_has_words() -> None:
    known = {
        "refuse": wording.REFUSALS,
        "invalid": wording.INVALID,
        "come_back": wording.COME_BACK,
    }
    sql = "".join(path.read_text("utf-8") for path in (ROOT / "sql").rglob("*.sql"))
    assert [(d, reason) for d, reason in REASON.findall(sql) if reason not in known[d]] == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_words_never_fail_for_want_of_facts(language: str) -> None:
    for code in [*wording.REFUSALS, "a_code_of_tomorrow"]:
        words = wording.say_refusal(language, code, {})
        assert words.title
        assert "%(" not in words.text
    for decision in [*wording.DECISIONS, "another"]:
        assert wording.say_decision(language, {"decision": decision}).title


def test_vietnamese_differs_from_english_everywhere() -> None:
    same = [
        code
        for code in wording.REFUSALS
        if wording.say_refusal("vi", code) == wording.say_refusal("en", code)
    ]
    assert same == []


def test_times_are_said_in_the_offices_own_day() -> None:
    facts = {
        "decision": "come_back",
        "come_back": {"starts_at": "2026-11-24T03:00:00Z", "ends_at": "2026-11-24T03:30:00Z"},
    }
    said = wording.say_decision("en", facts, "Asia/Ho_Chi_Minh")
    assert "10:00" in said.title
    assert "10:30" in said.title


def test_who_is_late_hears_the_new_number() -> None:
    decision = {"decision": "enter", "late": True, "number": "A012", "visit": None}
    assert "A012" in wording.say_decision("vi", decision).detail


def test_a_refusal_at_the_door_says_its_own_reason() -> None:
    said = wording.say_decision("en", {"decision": "refuse", "reason": "queue_closed"})
    assert "served" in said.title


def test_people_are_never_addressed_as_friends() -> None:
    catalogue = (ROOT / "queue_service/translations/vi/LC_MESSAGES/messages.po").read_text("utf-8")
    assert not re.search(r"\bbạn\b", catalogue, re.IGNORECASE)


def test_who_may_be_called_next_is_never_said_a_minute_too_early() -> None:
    facts = {"next_at": "2027-01-05T09:10:41+07:00"}
    assert "09:11" in wording.say_refusal("vi", "hour_full", facts).detail
    facts = {"next_at": "2027-01-05T10:00:00+07:00"}
    assert "10:00" in wording.say_refusal("vi", "hour_full", facts).detail


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_trouble_of_a_device_has_words_that_say_which_and_what(language: str) -> None:
    device = {
        "device": "kiosk:door 1",
        "role": "kiosk",
        "last_at": "2026-03-31T01:12:00Z",
        "facts": {"page": "kiosk", "clock_off": -4000},
    }
    for trouble in wording.TROUBLES:
        words = wording.say_device(language, {**device, "trouble": trouble})
        assert "“door 1”" in words.title
        assert len(words.detail) > 20
        assert "%(" not in words.detail
    device |= {"role": "printer", "device": "printer:p1", "name_vi": "Máy in ở cửa"}
    assert wording.say_device("vi", {**device, "trouble": "paper_out"}).title == "Máy in ở cửa"
