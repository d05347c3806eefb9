"""What the door decided about a visit, and whether a slip came out, as the visitor is told it."""

from typing import Any

from queue_service.i18n import N_, translator
from queue_service.wording.refusals import REFUSALS, UNKNOWN, say_refusal
from queue_service.wording.words import DEFAULT_ZONE, Facts, Words, say

DECISIONS: dict[str, tuple[str, str]] = {
    "enter": (N_("Please come in."), N_("Take a seat; your number will be called.")),
    "wait_outside": (
        N_("Please wait outside for a moment."),
        N_("The room is full. Your place is kept, and you will be invited in."),
    ),
    "come_back": (
        N_("Please come back between %(starts_at)s and %(ends_at)s."),
        N_("This time is kept for you: nobody needs to wait until then."),
    ),
    "too_early": (
        N_("You are early: your appointment is at %(starts_at)s."),
        N_("Please come back from %(from)s; your place is kept."),
    ),
    "too_late": (
        N_("The time of this appointment is over."),
        N_("Please take a number as a visitor without an appointment."),
    ),
    "wrong_day": (
        N_("This appointment is for another day: %(day)s."),
        N_("Please come on that day, or change the time on your ticket."),
    ),
    "wrong_office": (
        N_("This appointment is at another office."),
        N_("Please go to %(office)s, or book a time here."),
    ),
    "already_in": (N_("You have already been let in."), N_("Please wait for your number.")),
    "cancelled": (
        N_("This appointment was cancelled."),
        N_("You can take a number as a visitor without an appointment."),
    ),
    "invalid": (
        N_("This ticket cannot be read."),
        N_("Please type the code, or ask the helper at the door."),
    ),
    "refuse": (N_("You cannot be let in now."), N_("Please ask the helper at the door.")),
}

LATE = (
    N_("You are late, so your appointment became a number."),
    N_("Your number is %(number)s."),
)
MOVED = N_("The appointment was moved; this is how it stands now.")
COME_BACK = {
    "hour_full": N_("This hour's places are used up."),
    "after_break": N_("It cannot be done before the break."),
    "booked_at_hub": N_("No walk-in number is left for now."),
}
INVALID = {
    "altered": (
        N_("This ticket has been altered and is not valid."),
        N_("Please type the code, or ask the helper at the door."),
    ),
    "done": (
        N_("This visit is finished."),
        N_("Please take a new number if you need something else."),
    ),
    "not_confirmed": (
        N_("This appointment was never confirmed."),
        N_("Please take a number as a visitor without an appointment."),
    ),
    "wrong_person": (
        N_("This ticket was used by a person it does not name."),
        N_("Please ask the helper at the door."),
    ),
    "unknown": (
        N_("This code is not known here."),
        N_("Please check the digits, or ask the helper at the door."),
    ),
    "part": (
        N_("This is only a part of a code: a code has ten digits."),
        N_("Please scan it again, or type all ten digits."),
    ),
    "cut": (
        N_("Only a part of the QR code was read."),
        N_(
            "Please hold it still before the reader and scan it again, "
            "or type the ten digits under it."
        ),
    ),
    "foreign": (
        N_("This is not the QR code of a ticket."),
        N_("Please scan the code on your ticket, or type the ten digits under it."),
    ),
    "no_such_ticket": (
        N_("This ticket is not known here."),
        N_("Please ask the helper at the door."),
    ),
    "two": (
        N_("These are two codes at once."),
        N_("Please scan one after the other."),
    ),
    "last_digits": (
        N_("The last four digits of the code are needed."),
        N_("They stand at the end of the code, in the text message or on the ticket."),
    ),
    "citizen_card": (
        N_("This is a citizen card, not a ticket."),
        N_("Please scan the QR code of your ticket, or type the code."),
    ),
    "keyboard": (
        N_("The scanner's text was changed by the keyboard's Vietnamese typing."),
        N_("Please type the code; staff should switch the keyboard to English."),
    ),
}


def say_decision(language: str, decision: Facts, zone: str = DEFAULT_ZONE) -> Words:
    """What the door decided, as the visitor is told it."""
    given: dict[str, Any] = {**_facts_of_visit(decision.get("visit")), **decision}
    given |= decision.get("come_back") or {}
    name, reason = str(decision.get("decision", "")), str(decision.get("reason") or "")
    if name == "refuse" and reason in REFUSALS:
        return say_refusal(language, reason, given, zone)
    title, detail = DECISIONS.get(name, UNKNOWN)
    if name == "invalid" and reason in INVALID:
        title, detail = INVALID[reason]
    words = say(language, title, detail, given, zone)
    if name == "wrong_office" and not given.get("office"):
        words = Words(words.title, say(language, DECISIONS["invalid"][1], "", {}, zone).title)
    if name == "come_back" and reason in COME_BACK:
        why = say(language, COME_BACK[reason], "", {}, zone).title
        words = Words(words.title, f"{why} {words.detail}")
    if decision.get("moved"):
        words = Words(words.title, f"{say(language, MOVED, '', {}, zone).title} {words.detail}")
    if decision.get("late") and given.get("number"):
        late = say(language, *LATE, given, zone)
        words = Words(words.title, f"{late.text} {words.detail}")
    return words


def say_printed(language: str, printed: bool) -> str:
    """What the visitor is told after the printer was asked."""
    said = (
        N_("Please take your slip."),
        N_("No slip came out. Please note the number, or take a photo of the code."),
    )
    return translator(language).gettext(said[0] if printed else said[1])


def _facts_of_visit(visit: Facts | None) -> dict[str, Any]:
    wanted = ("number", "starts_at", "ends_at", "state", "day")
    return {name: visit[name] for name in wanted if visit.get(name)} if visit else {}
