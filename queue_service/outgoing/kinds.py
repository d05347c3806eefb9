"""Every kind of message, what it says unless the office says it in its own words, and its gaps.

A gap is written {so}. What stands in [brackets] is left out where a gap in it has nothing to say.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from queue_service.fitting import PLAIN, bare, fit, fits, length, with_papers
from queue_service.i18n import N_, translator

# What each gap may hold at its longest, where the office file does not say it.
LONGEST: Mapping[str, Mapping[str, str]] = {
    "day": {"vi": "Chủ Nhật, 31/12/2026", "en": "Wednesday 30 September 2026"},
    "hour": {"vi": "08:30", "en": "08:30"},
    "code": {"vi": "0001 000 000", "en": "0001 000 000"},
    "was": {"vi": "08:30 31/12", "en": "08:30 31/12"},
    "number": {"vi": "AA1000", "en": "AA1000"},
    "ahead": {"vi": "50", "en": "50"},
    "minutes": {"vi": "1440", "en": "1440"},
    "secret": {"vi": "123456", "en": "123456"},
    "times": {
        "vi": "1) 08:30 30/12 2) 09:30 30/12 3) 10:30 30/12",
        "en": "1) 08:30 30/12 2) 09:30 30/12 3) 10:30 30/12",
    },
    "link": {"vi": "https://" + "a" * 64, "en": "https://" + "a" * 64},
}
OF_THE_OFFICE = ("place", "office", "phone", "area", "counter", "where", "service")


@dataclass(frozen=True, slots=True)
class Kind:
    """`gaps`: those its text may have. `sent`: unless the office says otherwise."""

    text: str
    gaps: frozenset[str]
    sent: bool = True


def _kind(text: str, *more: str) -> Kind:
    own = {name for _, name, _, _ in Formatter().parse(text.translate(NO_BRACKETS)) if name}
    return Kind(text, frozenset({"office", "place", "phone", *own, *more}))


NO_BRACKETS = str.maketrans("", "", "[]")
VISIT = ("day", "hour", "code", "service", "papers", "link")

KINDS: Mapping[str, Kind] = {
    "confirmation": _kind(
        N_("Booked: {day} {hour}, {place}. Code {code}.[ {link}][ Bring: {papers}]"), *VISIT
    ),
    "day_before": _kind(
        N_("Reminder: {day} {hour}, {place}. Code {code}.[ {link}][ Bring: {papers}]"), *VISIT
    ),
    "hour_before": _kind(
        N_("Soon: your appointment at {hour}, {place}. Code {code}.[ {link}]"), *VISIT
    ),
    "invited": _kind(
        N_("Number {number}: you may come in now, {area}, within {minutes} minutes."), "code"
    ),
    "near": _kind(N_("Number {number}: {ahead} before you. Please stay near: {area}."), "code"),
    "called": _kind(N_("Number {number}: please come to {counter}[, {where}]."), "code"),
    "moved": _kind(
        N_("Changed: your appointment is now {day} {hour}, {place}. Code {code}.[ {link}]"), *VISIT
    ),
    "cancelled": _kind(N_("Cancelled: your appointment on {day} {hour}, code {code}."), *VISIT),
    "cancelled_by_office": _kind(
        N_(
            "We are sorry: {office} has to cancel your appointment on {day} {hour}, code {code}."
            "[ Other times, reply with the number: {times}]"
        ),
        *VISIT,
    ),
    "missed": _kind(
        N_(
            "We missed you at {hour} today, code {code}. Today you may still come and take a "
            "number.[ Other times, reply with the number: {times}]"
        ),
        *VISIT,
    ),
    "cannot_be_served": _kind(
        N_(
            "Number {number}: we are sorry, your turn cannot come before closing. Please speak to "
            "the staff.[ Other times, reply with the number: {times}]"
        ),
        "code",
    ),
    "queue_unattended": _kind(
        N_("Number {number}: no counter serves this line just now. Your place is kept."), "code"
    ),
    "code": _kind(
        N_("{secret} is your code at {office}. It holds {minutes} minutes. Tell it to nobody.")
    ),
    "offer": _kind(
        N_(
            "A place is free: {day} {hour}, {office}. Reply CO within {minutes} minutes to take "
            "it.[ {link}]"
        ),
        "service",
    ),
    "arrival_won": _kind(
        N_("You came to {place} for code {code}, so what was changed before holds no more."), "code"
    ),
    "moved_by_office": _kind(
        N_(
            "{office} has to change your appointment of {was}. New time: {day} {hour}, code "
            "{code}, kept even without an answer. Reply CO to agree, DOI for another time, HUY to "
            "cancel.[ {link}]"
        ),
        *VISIT,
    ),
    "no_new_time": _kind(
        N_(
            "{office} cannot keep your appointment on {day} {hour}, code {code}. Reply DOI for "
            "other times, HUY to cancel[, or call {phone}].[ {link}]"
        ),
        *VISIT,
    ),
    "answer": _kind(""),  # what it says is in its facts
}
NO_WORDS_OF_ITS_OWN = frozenset({"answer"})
# Somebody waits for these at this moment, or they undo what was said before: they always go out.
NOT_CHOSEN = ("code", "offer", "answer", "arrival_won", "moved_by_office", "no_new_time")
CONFIGURABLE = tuple(k for k in KINDS if k not in NOT_CHOSEN)
OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


class BadText(ValueError):
    """A text of an office that cannot be filled in; says why in both languages."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi, self.en = vi, en


def default(kind: str, language: str) -> str:
    text = KINDS[kind].text
    return translator(language).gettext(text) if text else ""


def gaps_of(text: str) -> list[str]:
    """The gaps of a text, in order; raises `BadText` where it cannot be read."""
    try:
        parsed = list(Formatter().parse(text.translate(NO_BRACKETS)))
    except ValueError:
        raise BadText("ngoặc nhọn { } không khớp", "a brace { } has no partner") from None
    gaps: list[str] = []
    for _, name, spec, conversion in parsed:
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise BadText(f"không hiểu {{{name}}}", f"cannot read {{{name}}}")
        gaps.append(name)
    return gaps


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its gaps filled, what has nothing to say left out."""

    def part(match: re.Match[str]) -> str:
        inside = match[1]
        return inside if all(values.get(name) for name in gaps_of(inside)) else ""

    return " ".join(OPTIONAL.sub(part, text).format_map(values).split())


def write(
    text: str, values: Mapping[str, str], papers: Sequence[str] = (), language: str = "vi"
) -> str:
    """What fits into two segments.

    The marks stay, for carriers that speak; those that write leave them out where that fits more.
    """

    def say(listed: str, brief: bool) -> str:
        place = values.get("office" if brief else "place", "")
        return fill(text, {**values, "place": place, "papers": listed})

    said = with_papers(say, papers, language, values.get("phone", ""), values.get("link", ""))
    return said if fits(said) else fit(said)


def check(kind: str, text: str, longest: Mapping[str, str], language: str) -> None:
    """Raises `BadText` where a text has a gap that nothing fills, or could be too long."""
    for name in gaps_of(text):
        if name not in KINDS[kind].gaps:
            known = ", ".join(f"{{{gap}}}" for gap in sorted(KINDS[kind].gaps))
            raise BadText(
                f"không có {{{name}}}; dùng được: {known}",
                f"there is no {{{name}}}; there are {known}",
            )
    values = {name: words[language] for name, words in LONGEST.items()}
    many = length(bare(fill(text, {**values, **longest, "papers": ""})))
    if many > PLAIN:
        raise BadText(
            f"dài quá hai tin nhắn ({many} ký tự, nhiều nhất {PLAIN})",
            f"may be longer than two segments ({many} letters, at most {PLAIN})",
        )
