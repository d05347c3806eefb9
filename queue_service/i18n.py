"""Vietnamese first, English beside it: which language a page speaks, and how it says times."""

import io
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any, cast

from babel.dates import format_date, get_day_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment

LANGUAGES = ("vi", "en")
DEFAULT = "vi"
CATALOGUES = Path(__file__).parent / "translations"


def N_(message: str) -> str:
    """Marks a message for translation where it is named; it is translated where it is shown."""
    return message


def pick_language(
    asked: str | None = None, cookie: str | None = None, accept_language: str | None = None
) -> str:
    """What was asked for in the address, else remembered, else what the browser likes best."""
    for wish in (asked, cookie):
        if wish and (known := _known(wish)):
            return known
    return _best(accept_language or "")


@cache
def translator(language: str) -> NullTranslations:
    """The messages of a language, read from its .po file: nothing has to be compiled first.

    The sources are written in English, so English needs no catalogue.
    """
    path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if language not in LANGUAGES or not path.exists():
        return NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def install(environment: Environment, language: str) -> None:
    """Makes a template environment speak one language."""
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    # The extension adds this to the environment, where no type can know it.
    cast("Any", environment).install_gettext_translations(translator(language), newstyle=True)


def say_date(day: date, language: str, zone: tzinfo | None = None) -> str:
    """'Thứ Ba, 31/03/2020' or 'Tuesday 31 March 2020'; a moment needs the office's zone."""
    if isinstance(day, datetime):
        day = day.astimezone(zone).date()
    pattern = "EEEE, dd/MM/yyyy" if language == "vi" else "EEEE d MMMM y"
    return format_date(day, pattern, locale=language)


def say_weekday(number: int, language: str) -> str:
    """'Thứ Hai' for 1, as ISO counts."""
    name = get_day_names("wide", locale=language)[number - 1]
    return name[:1].upper() + name[1:]


def whole_minute(when: datetime) -> datetime:
    """From when on something may begin: a minute too early would be refused."""
    late = timedelta(seconds=when.second, microseconds=when.microsecond)
    return when - late + timedelta(minutes=1) if late else when


def say_time(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%H:%M")


def say_moment(moment: datetime, language: str, zone: tzinfo) -> str:
    day, time = say_date(moment, language, zone), say_time(moment, zone)
    return f"{time} {day}" if language == "vi" else f"{day}, {time}"


def speak_code(grouped: str) -> str:
    """Digit by digit, with a stop after each group: a voice would make millions of it."""
    return ". ".join(", ".join(group) for group in grouped.split())


def speakable(text: str) -> str:
    """Without the stroke, which a voice would say."""
    return text.replace("ông/bà", "ông bà").replace("Ông/bà", "Ông bà")


def speak_moment(moment: datetime, language: str, zone: tzinfo) -> str:
    """For a voice, which would stumble over '31/03/2020': 'thứ Ba, ngày 31 tháng 3, 8 giờ 30'."""
    there = moment.astimezone(zone)
    if language != "vi":
        return f"{format_date(there.date(), 'EEEE d MMMM', locale=language)}, {there:%H:%M}"
    weekday = say_weekday(there.isoweekday(), language)
    hour = f"{there.hour} giờ {there.minute:02}" if there.minute else f"{there.hour} giờ"
    return f"{hour}, {weekday[:1].lower()}{weekday[1:]}, ngày {there.day} tháng {there.month}"


def say_window(starts_at: datetime, ends_at: datetime, language: str, zone: tzinfo) -> str:
    """'08:30–09:00 Thứ Ba, 31/03/2020'; the day is said once."""
    day = say_date(starts_at, language, zone)
    times = f"{say_time(starts_at, zone)}–{say_time(ends_at, zone)}"
    return f"{times} {day}" if language == "vi" else f"{day}, {times}"


def say_minutes(minutes: int, language: str) -> str:
    """'45 phút', '1 giờ 35 phút'."""
    ngettext = translator(language).ngettext
    hours, rest = divmod(max(minutes, 0), 60)
    parts: list[str] = []
    if hours:
        parts.append(ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours})
    if rest or not hours:
        parts.append(ngettext("%(count)d minute", "%(count)d minutes", rest) % {"count": rest})
    return " ".join(parts)


def say_from_now(moment: datetime, now: datetime, language: str) -> str:
    """'5 phút nữa', '5 phút trước', 'bây giờ': whole minutes, nobody waits by the second."""
    _ = translator(language).gettext
    minutes = round((moment - now) / timedelta(minutes=1))
    if minutes == 0:
        return _("now")
    said = say_minutes(abs(minutes), language)
    message = _("in %(time)s") if minutes > 0 else _("%(time)s ago")
    return message % {"time": said}


def _known(tag: str) -> str | None:
    primary = tag.strip().replace("_", "-").partition("-")[0].lower()
    return primary if primary in LANGUAGES else None


def _best(header: str) -> str:
    """Browsers list languages with weights; the first of the heaviest we speak wins."""
    best, weight = DEFAULT, 0.0
    for part in header[:500].split(","):
        tag, _, parameters = part.partition(";")
        known, liked = _known(tag), _weight(parameters)
        if known and liked > weight:
            best, weight = known, liked
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if not name.strip():
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
