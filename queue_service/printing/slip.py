"""What stands on a slip: the number above all, then when, how many are ahead, and what to do.

The visitor's language comes first and the other beside it. There is no name on it: slips lie about.
"""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image

from queue_service import tickets
from queue_service.i18n import LANGUAGES, N_, say_date, say_moment, say_time, translator
from queue_service.printing.sheet import BOLD, REGULAR, Sheet

Facts = Mapping[str, Any]

NUMBER = N_("Your number")
WINDOW = N_("Please come between")
APPOINTMENT = N_("Appointment at {time}")
NEXT = N_("You are next")
AHEAD = N_("{count} ahead of you")
PLACE = N_("Go to: {place}")
INSIDE = N_("Please come in and take a seat. Your number is called by voice and on the screen.")
OUTSIDE = N_("Please wait outside. Your place is kept; the screen at the door shows your number.")
COME_BACK = N_("This time is kept for you. Please show this code at the door when you come.")
PHONE = N_("Scan it with your phone to see your place in line.")
DOOR = N_("Show this code at the door.")
PRINTED = N_("Printed at {time}")

QR_DOTS = 264  # 33 mm


def draw(facts: Facts, address: str) -> Image.Image:
    """The slip of a visit, as `api.begin_print` describes it; `address` is where citizens look."""
    visit, office = facts["visit"], facts["office"]
    write = _Writer(facts["dots"], visit["language"], ZoneInfo(office["time_zone"]))
    sheet = write.sheet
    write.names(office, 26, BOLD)
    sheet.rule()
    if visit["number"]:
        write.both(NUMBER, 28)
        sheet.space(10)
        sheet.shout(visit["number"], 168)
        sheet.space(24)
    _services(write, visit)
    _when(write, visit)
    if visit["number"] and visit["ahead"] is not None:
        write.both(AHEAD if visit["ahead"] else NEXT, 34, BOLD, count=visit["ahead"])
    sheet.rule()
    if facts["area"] and visit["number"]:
        write.both(PLACE, 30, BOLD, place=facts["area"])
    write.both(_what_to_do(visit), 26)
    sheet.space(14)
    _code(write, facts, address)
    sheet.space(10)
    at = datetime.fromisoformat(facts["at"])
    write.both(
        PRINTED, 20, time={f"name_{lang}": say_moment(at, lang, write.zone) for lang in LANGUAGES}
    )
    return sheet.image()


def _services(write: "_Writer", visit: Facts) -> None:
    for service in visit["services"]:
        times = f" ×\u00a0{service['quantity']}" if service["quantity"] > 1 else ""
        write.names(service, 28, BOLD, times)
    write.sheet.space(12)


def _when(write: "_Writer", visit: Facts) -> None:
    if not visit["starts_at"]:
        return
    starts_at, ends_at = (datetime.fromisoformat(visit[name]) for name in ("starts_at", "ends_at"))
    if visit["promised"]:
        write.both(WINDOW, 28)
        window = f"{say_time(starts_at, write.zone)}–{say_time(ends_at, write.zone)}"
        write.sheet.shout(window, 72)
        for lang, size in write.sizes(28):
            write.sheet.say(say_date(starts_at, lang, write.zone), size)
    elif visit["booked"]:
        write.both(APPOINTMENT, 30, BOLD, time=say_time(starts_at, write.zone))


def _what_to_do(visit: Facts) -> str:
    if not visit["number"]:
        return COME_BACK
    return OUTSIDE if visit["state"] in ("arrived", "void") else INSIDE


def _code(write: "_Writer", facts: Facts, address: str) -> None:
    code, secret = facts["visit"]["code"], facts["token"]
    text = code
    if secret:
        token = tickets.make_token(tickets.office_of(code), bytes.fromhex(secret))
        text = tickets.ticket_link(address, token)
    modules = tickets.qr_version(text) * 4 + 17 + 2 * tickets.BORDER
    png = tickets.qr_png(text, max(3, QR_DOTS // modules))
    write.sheet.picture(Image.open(io.BytesIO(png)))
    write.sheet.say(tickets.group_code(code), 36, BOLD)
    write.both(PHONE if secret else DOOR, 24)


class _Writer:
    """Says everything twice: large in the visitor's language, smaller in the other."""

    def __init__(self, width: int, language: str, zone: ZoneInfo) -> None:
        self.sheet = Sheet(width)
        self.zone = zone
        self.languages = (language, *(other for other in LANGUAGES if other != language))

    def sizes(self, size: int) -> list[tuple[str, int]]:
        first, *others = self.languages
        return [(first, size), *((other, max(20, size * 3 // 4)) for other in others)]

    def both(self, message: str, size: int, weight: int = REGULAR, **facts: Any) -> None:
        for lang, height in self.sizes(size):
            said = {name: _in(lang, value) for name, value in facts.items()}
            text = translator(lang).gettext(message).format(**said)
            self.sheet.say(text, height, weight if height == size else REGULAR)

    def names(self, thing: Facts, size: int, weight: int = REGULAR, after: str = "") -> None:
        """Its names in both languages; once where they are the same."""
        said: list[str] = []
        for lang, height in self.sizes(size):
            name = _in(lang, thing)
            if name and name not in said:
                self.sheet.say(name + after, height, weight if height == size else REGULAR)
                said.append(name)


def _in(language: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get(f"name_{language}") or value.get("name_vi")  # pyright: ignore
    return value
