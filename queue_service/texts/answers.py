"""What is answered: day, hour, place, code, papers, in that order; never the sender's own words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from queue_service.fitting import fit, with_papers
from queue_service.i18n import N_, say_date, say_time, translator
from queue_service.tickets import group_code

Facts = Mapping[str, Any]

BOOKED = N_("%(day)s %(hour)s, %(place)s. Code %(code)s. %(service)s. Bring: %(papers)s")
BOOKED_PLAIN = N_("%(day)s %(hour)s, %(place)s. Code %(code)s. %(service)s")
CANCELLED = N_("Cancelled: the appointment on %(day)s %(hour)s, code %(code)s.")
NO_SUCH_CODE = N_("This phone number holds no appointment with that code. Please check the code.")
STANDS = N_("Code %(code)s: %(day)s %(hour)s, %(place)s. %(state)s.")
AHEAD = N_("Ahead of you: %(ahead)s.")
WHICH = N_("Reply with the number you mean: %(options)s")
ONLY = N_("We found only this: %(options)s. Reply 1 if you mean it, else send the names again.")
TOO_MANY = N_("Several offices or procedures are called so. Please send all names: %(example)s")
FREE = N_("%(why)s %(service)s, nearest free times, reply with a number: %(options)s")
NONE_FREE = N_("%(why)s No other time is free in these days. Please try again later.")
NO_TIME = N_("We could not read the hour or the day.")
NO_NAME = N_("Please send your full name too: %(example)s")
NO_QUESTION = N_("There is nothing to choose from any more. Please send it all again: %(example)s")
NOT_AN_OPTION = N_("That number was not offered. Please reply with 1 to %(most)s.")
RECEIVED = N_(
    "We have received your message; an operator will answer you. To book, send: %(example)s"
)
HOW = N_(
    "To book, send: %(example)s. To see an appointment: HG and its code. "
    "To cancel: HUYHG and the code."
)
MINE = N_("You hold: %(held)s. To cancel, send HUYHG and the code.")
HELD = N_("%(when)s, code %(code)s")
CODE_FIRST = N_("To cancel, send HUYHG and the code of your appointment.")
OPEN_ONE = N_(
    "You already hold an appointment booked by text: %(day)s %(hour)s, code %(code)s. "
    "To change it, first send HUYHG %(digits)s"
)
DECLINED = N_("Noted: %(moment)s goes to the next person. You stay on the waiting list.")
NO_OFFER = N_("No earlier time is kept for this phone number now. What you have booked stays.")
OTHERS = N_("Other times, reply with a number: %(options)s. CO keeps %(moment)s, HUY cancels.")
NO_OTHERS = N_("No other time is free in these days. CO keeps %(moment)s, HUY cancels.")
UNPLACED = N_("Free times, reply with a number: %(options)s. HUY cancels.")
NONE_FOR_YOU = N_("No time is free in these days. Please call %(phone)s; HUY cancels.")
NONE_FOR_NOW = N_("No time is free in these days. Send DOI again later; HUY cancels.")
TOO_LATE_TO_AGREE = N_("There is no new time yet.")
ALSO_MOVED = N_("Code %(code)s was changed too: reply CO, DOI or HUY.")
NO_MOVE = N_("No appointment of this phone number waits for an answer. What is booked stays.")
BUSY = N_(
    "Very many people are booking right now. Please send your message again in a few minutes."
)
ONLINE = N_("%(service)s can be done online: %(url)s")
EXAMPLE = N_("HG, full name, agency, procedure, hour, day")


def say(language: str, message: str, **facts: object) -> str:
    _ = translator(language).gettext
    return fit(_(message) % {"example": _(EXAMPLE), **facts})


def named(language: str, office: Facts, services: Iterable[str]) -> str:
    known = {one["service"]: one for one in office["services"]}
    return " + ".join(known[service][f"name_{language}"] for service in services)


def booked(
    language: str, office: Facts, services: Iterable[str], visit: Facts, *, papers: bool = True
) -> str:
    """With what all its services need, each paper once."""
    known = {one["service"]: one for one in (*visit.get("services", ()), *office["services"])}
    meant = [known[service] for service in services]
    bring = [paper for one in meant for paper in one.get(f"papers_{language}") or ()]
    facts = {
        **_when(language, office, visit),
        "service": " + ".join(one[f"name_{language}"] for one in meant),
    }
    _ = translator(language).gettext

    def say_with(listed: str, brief: bool) -> str:
        place = {"place": office[f"name_{language}"]} if brief else {}
        return _(BOOKED if listed else BOOKED_PLAIN) % {**facts, "papers": listed, **place}

    listed = list(dict.fromkeys(bring)) if papers else []
    return fit(with_papers(say_with, listed, language, office.get("phone") or ""))


def online(language: str, service: Facts, url: str) -> str:
    return say(language, ONLINE, service=service[f"name_{language}"][:100], url=url)


def cancelled(language: str, office: Facts, visit: Facts) -> str:
    return say(language, CANCELLED, **_when(language, office, visit))


def mine(language: str, held: Sequence[tuple[Facts, Facts]]) -> str:
    known = (_held(language, office, visit) for office, visit in held)
    return say(language, MINE, held="; ".join(known))


def _held(language: str, office: Facts, visit: Facts) -> str:
    moment = datetime.fromisoformat(visit["starts_at"])
    when = short_moment(moment, ZoneInfo(office["time_zone"]))
    return say(language, HELD, when=when, code=group_code(visit["code"]))


def open_one(language: str, office: Facts, visit: Facts) -> str:
    return say(language, OPEN_ONE, **_when(language, office, visit), digits=visit["code"])


def stands(language: str, office: Facts, visit: Facts, state: str) -> str:
    number = f" {visit['number']}" if visit.get("number") else ""
    facts = {**_when(language, office, visit), "state": f"{state}{number}"}
    ahead = visit.get("ahead")
    message = say(language, STANDS, **facts)
    return message if ahead is None else fit(f"{message} {say(language, AHEAD, ahead=ahead)}")


def numbered(options: Sequence[str]) -> str:
    return " ".join(f"{number}) {option}" for number, option in enumerate(options, 1))


def short_moment(moment: datetime, zone: ZoneInfo) -> str:
    there = moment.astimezone(zone)
    return f"{there:%H:%M} {there.day}/{there.month}"


def _when(language: str, office: Facts, visit: Facts) -> dict[str, str]:
    zone = ZoneInfo(office["time_zone"])
    starts_at = datetime.fromisoformat(visit["starts_at"])
    place = (office[f"name_{language}"], office[f"address_{language}"])
    return {
        "day": say_date(starts_at, language, zone),
        "hour": say_time(starts_at, zone),
        "place": ", ".join(part for part in place if part),
        "code": group_code(visit["code"]),
    }
