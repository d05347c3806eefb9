"""Which language a page speaks, and how it says days and times."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from queue_service import i18n

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MOMENT = datetime(2020, 3, 31, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "cookie", "header", "language"),
    [
        (None, None, None, "vi"),
        ("en", "vi", "vi", "en"),
        (None, "en", "vi-VN", "en"),
        ("fr", None, None, "vi"),
        ("fr", "en", None, "en"),
        (None, None, "en-US,en;q=0.9", "en"),
        (None, None, "en;q=0.5, vi;q=0.9", "vi"),
        (None, None, "fr-FR, en;q=0.8", "en"),
        (None, None, "fr-FR", "vi"),
        (None, None, "en;q=0", "vi"),
        (None, None, "EN_gb", "en"),
    ],
)
def test_the_page_speaks(
    asked: str | None, cookie: str | None, header: str | None, language: str
) -> None:
    assert i18n.pick_language(asked, cookie, header) == language


@given(st.text(), st.text(), st.text())
def test_any_request_gets_a_language(asked: str, cookie: str, header: str) -> None:
    assert i18n.pick_language(asked, cookie, header) in i18n.LANGUAGES


def test_a_day_is_said_as_people_say_it() -> None:
    assert i18n.say_date(date(2020, 3, 31), "vi") == "Thứ Ba, 31/03/2020"
    assert i18n.say_date(date(2020, 4, 5), "vi") == "Chủ Nhật, 05/04/2020"
    assert i18n.say_date(date(2020, 3, 31), "en") == "Tuesday 31 March 2020"


def test_a_moment_is_said_in_the_offices_own_time() -> None:
    assert i18n.say_moment(MOMENT, "vi", ZONE) == "08:30 Thứ Ba, 31/03/2020"
    assert i18n.say_moment(MOMENT, "en", ZONE) == "Tuesday 31 March 2020, 08:30"
    late = datetime(2020, 3, 31, 18, 0, tzinfo=UTC)
    assert i18n.say_moment(late, "vi", ZONE) == "01:00 Thứ Tư, 01/04/2020"


def test_a_window_says_its_day_once() -> None:
    end = MOMENT + timedelta(minutes=30)
    assert i18n.say_window(MOMENT, end, "vi", ZONE) == "08:30–09:00 Thứ Ba, 31/03/2020"
    assert i18n.say_window(MOMENT, end, "en", ZONE) == "Tuesday 31 March 2020, 08:30–09:00"


@pytest.mark.parametrize(
    ("minutes", "vi", "en"),
    [
        (0, "0 phút", "0 minutes"),
        (1, "1 phút", "1 minute"),
        (60, "1 giờ", "1 hour"),
        (125, "2 giờ 5 phút", "2 hours 5 minutes"),
    ],
)
def test_minutes_are_said(minutes: int, vi: str, en: str) -> None:
    assert i18n.say_minutes(minutes, "vi") == vi
    assert i18n.say_minutes(minutes, "en") == en


def test_how_long_from_now_is_said() -> None:
    assert i18n.say_from_now(MOMENT + timedelta(minutes=5), MOMENT, "vi") == "5 phút nữa"
    assert i18n.say_from_now(MOMENT - timedelta(minutes=5), MOMENT, "vi") == "5 phút trước"
    assert i18n.say_from_now(MOMENT + timedelta(seconds=20), MOMENT, "vi") == "bây giờ"
    assert i18n.say_from_now(MOMENT + timedelta(minutes=5), MOMENT, "en") == "in 5 minutes"


def test_a_template_speaks_the_language_of_its_environment() -> None:
    for language, said in (("vi", "bây giờ"), ("en", "now")):
        environment = Environment(autoescape=True)
        i18n.install(environment, language)
        assert environment.from_string("{% trans %}\n now\n{% endtrans %}").render() == said


def test_an_unknown_language_falls_back_to_the_sources() -> None:
    assert i18n.translator("fr").gettext("now") == "now"
