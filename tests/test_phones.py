"""Phone numbers as people in Vietnam write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.phones import REMAPPED, BadPhone, mask, normalise, pretty


@pytest.mark.parametrize(
    "written",
    [
        "0905123678",
        "0905 123 678",
        "0905.123.678",
        "(0905) 123-678",
        "+84905123678",
        "+84 905 123 678",
        "+84 (0)905 123 678",
        "84905123678",
        "0084 905 123 678",
        "905123678",
        "\uff10\uff19\uff10\uff15\uff11\uff12\uff13\uff16\uff17\uff18",
        "\uff0b84 905 123 678",
        "\u202a0905\u00a0123\u00a0678\u202c",
    ],
)
def test_one_number_in_all_its_spellings(written: str) -> None:
    assert normalise(written) == "+84905123678"


@pytest.mark.parametrize(("old", "new"), REMAPPED.items())
def test_a_number_of_eleven_digits_becomes_todays(old: str, new: str) -> None:
    today = f"+84{new[1:]}1234567"
    assert normalise(f"{old} 123 4567") == today
    assert normalise(f"+84 {old[1:]} 123 4567") == today
    assert normalise(f"84{old[1:]}1234567") == today


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("0236 3822 123", "+842363822123"),
        ("(024) 3825 2345", "+842438252345"),
        ("028 38 29 29 29", "+842838292929"),
        ("+49 30 1234567", "+49301234567"),
        ("0049 30 1234567", "+49301234567"),
        ("0841234567", "+84841234567"),
        ("841234567", "+84841234567"),
    ],
)
def test_landlines_foreign_numbers_and_the_prefix_that_looks_like_the_country(
    written: str, e164: str
) -> None:
    assert normalise(written) == e164


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "empty"),
        (" - ", "empty"),
        ("+", "empty"),
        ("không có", "not_digits"),
        ("0905 abc 678", "not_digits"),
        ("0905+123678", "not_digits"),
        ("0905 123", "too_short"),
        ("0905 123 6789", "too_long"),
        ("0905123678 / 0905123679", "too_long"),
        ("9" * 500, "too_long"),
        ("0105 123 678", "not_in_use"),
        ("0112 1234567", "not_in_use"),
        ("1900 545463", "service_line"),
        ("+999 123 456 789", "not_in_use"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(written: str, reason: str) -> None:
    with pytest.raises(BadPhone) as refusal:
        normalise(written)
    assert refusal.value.reason == reason


@given(st.text() | st.text("0123456789+ .-()", max_size=20))
def test_any_text_is_a_number_or_a_bad_one(text: str) -> None:
    try:
        e164 = normalise(text)
    except BadPhone:
        return
    assert normalise(e164) == e164
    assert normalise(pretty(e164)) == e164


def test_a_number_is_read_in_groups() -> None:
    assert pretty("+84905123678") == "0905 123 678"
    assert pretty("+842363822123") == "0236 3822 123"
    assert pretty("+49301234567") == "+49 30 1234567"


def test_a_board_shows_three_digits_at_most() -> None:
    assert mask("+84905123678") == "…678"
    assert mask("") == ""
