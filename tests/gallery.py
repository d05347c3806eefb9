"""Every page of the service once: its address, for whom it is, and how a browser comes to see it.

tests/test_gallery.py compares the list with the routes of the application, lets axe look at each
page in both languages, and by `make pictures` takes the pictures of docs/pages.md.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import Page, ViewportSize

from tests.devices import PHONE, TV

TOP = Path(__file__).parent.parent
PICTURES = TOP / "docs/pictures/pages"
GALLERY = TOP / "docs/pages.md"
WIDE: Mapping[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "upright": {"width": 1080, "height": 1920},
    "tv": TV,
}

Do = Callable[[Page], Awaitable[object]]


@dataclass(frozen=True)
class Shown:
    """A page as it is shown, or what stands on it after a step."""

    name: str  # of its pictures
    route: str
    who: str  # the role that is signed in; "" for nobody
    says: str
    query: str = ""
    do: Do | None = None
    wide: Literal["desktop", "upright", "tv"] = "desktop"
    fills: Mapping[str, str] = field(default_factory=dict[str, str])  # instead of the stage's names

    def url(self, names: Mapping[str, str]) -> str:
        path = re.sub(r"\{(\w+)(:\w+)?\}", r"{\1}", self.route)
        mine = {name: value.format_map(names) for name, value in self.fills.items()}
        return (path + self.query).format_map({**names, **mine})


async def _refused(page: Page) -> None:
    await page.click("main form .button")
    await page.wait_for_selector(".problem")


async def _caller(page: Page) -> None:
    await page.fill("[name=phone]", "0905 123 450")
    await page.fill("[name=what]", "sao y")
    await page.press("[name=what]", "Enter")
    await page.wait_for_selector("text=Nguyễn Thị Ánh")


async def _factor(page: Page) -> None:
    await page.fill("[name=password]", "con trâu đi trước cái cày")
    await page.press("[name=password]", "Enter")
    await page.wait_for_selector("form [name=code]")


async def _quiet(page: Page) -> None:
    await page.wait_for_load_state("networkidle")


async def _live(page: Page) -> None:
    await page.wait_for_selector("body[data-live=yes]")


BOOK, ONE, DAYS = "?s={service}&at={free}", "?id={service}", "?from=2026-03-25&to=2026-03-31"
TRIED, PRESET = "?s=permanent-residence", "?preset={preset}"
DIRECTIVE = "/authority/{authority}/directives/{directive}"


def token(name: str) -> Mapping[str, str]:
    return {"token": "{" + name + "}"}


AREAS: dict[str, tuple[Shown, ...]] = {
    "Citizens": (
        Shown("offices", "/", "", "All offices"),
        Shown("services", "/o/{office}", "", "An office and its services"),
        Shown("services-found", "/o/{office}", "", "Services, by a word", "?q=giay khai sinh"),
        Shown("service", "/o/{office}/s/{service}", "", "A service, and ways without a visit"),
        Shown("busy", "/o/{office}/now", "", "How busy it is, and usually is"),
        Shown("on-duty", "/o/{office}/rota", "", "Who is on duty"),
        Shown("times", "/o/{office}/time", "", "Free times", "?s={service}"),
        Shown("details", "/o/{office}/book", "", "Name and phone", BOOK),
        Shown("details-refused", "/o/{office}/book", "", "What is missing", BOOK, _refused),
        Shown("ticket-held", "/t/{token}", "", "A phone to be confirmed", fills=token("held")),
        Shown("ticket", "/t/{token}", "", "A ticket"),
        Shown("ticket-called", "/t/{token}", "", "While being served", fills=token("called")),
        Shown("move", "/t/{token}/time", "", "Another time"),
        Shown("move-confirm", "/t/{token}/time", "", "Another time, asked again", "?at={free}"),
        Shown("cancel", "/t/{token}/cancel", "", "Cancelling"),
        Shown("own-data", "/t/{token}/data", "", "What is kept of somebody", fills=token("over")),
        Shown("wait", "/o/{office}/wait", "", "Waiting for an earlier time", "?s={service}"),
        Shown("waiting", "/w/{token}", "", "On the waiting list", fills=token("waiting")),
        Shown("not-found", "/t/{token}", "", "A link that leads nowhere", fills={"token": "x"}),
        Shown("problem", "/problems/{code}", "", "What a refusal of the API means"),
        Shown("urgent", "/urgent/{authority}", "", "The urgent list"),
        Shown("urgent-embedded", "/urgent/{authority}/embed", "", "The same, in other websites"),
    ),
    "Door and lobby": (
        Shown("kiosk", "/kiosk/{office}", "kiosk", "The kiosk", "", _quiet, "upright"),
        Shown("board", "/board/{office}", "board", "The lobby screen", "", _live, "tv"),
        Shown("board-door", "/board/{office}", "board", "At the door", "?view=door", _live, "tv"),
        Shown("board-desk", "/board/{office}", "board", "Above a counter", "?counter=1", _live),
        Shown("door", "/door/{office}", "helper", "The helper's page"),
        Shown("triage", "/triage/{office}", "helper", "Come, or not?"),
        Shown("triage-ways", "/triage/{office}", "helper", "Ways without a visit", TRIED),
        Shown("tablet", "/tablet/{office}", "clerk", "One tablet for everything"),
    ),
    "Clerks": (
        Shown("counters", "/counter/{office}", "clerk", "Choosing a counter"),
        Shown("counter", "/counter/{office}/{counter}", "clerk", "A counter"),
        Shown("counter-taken", "/counter/{office}/{counter}", "manager", "Somebody else's"),
    ),
    "Hotline": (
        Shown("hotline", "/hotline", "operator", "The operator's page"),
        Shown("hotline-caller", "/hotline", "operator", "A caller and free times", "", _caller),
        Shown("inbox", "/hotline/inbox", "operator", "Texts to be answered"),
        Shown("call-backs", "/hotline/call-backs", "operator", "Who is to be called back"),
        Shown("messages", "/messages", "operator", "Messages that could not be sent"),
        Shown("outbox", "/outbox", "operator", "Messages no carrier took"),
    ),
    "Managers": (
        Shown("manage", "/manage/{office}", "manager", "An office"),
        Shown("live", "/manage/{office}/live", "manager", "What goes on"),
        Shown("live-all", "/manage/live", "manager", "What goes on at all of mine"),
        Shown("statistics", "/manage/{office}/statistics", "manager", "Statistics", DAYS),
        Shown("statistics-all", "/manage/statistics", "manager", "Statistics of all", DAYS),
        Shown("caps", "/manage/{office}/caps", "manager", "Caps"),
        Shown("closures", "/manage/{office}/closures", "manager", "Closed days and hours"),
        Shown("opening", "/manage/{office}/opening", "manager", "Opening hours"),
        Shown("manage-services", "/manage/{office}/services", "manager", "Services"),
        Shown("manage-service", "/manage/{office}/services", "manager", "A service", ONE),
        Shown("office-catalogue", "/manage/{office}/catalogue", "manager", "From the catalogue"),
        Shown("days", "/manage/{office}/days", "manager", "Single dates"),
        Shown("day", "/manage/{office}/days", "manager", "A single date", "?id="),
        Shown("queues", "/manage/{office}/queues", "manager", "Queues"),
        Shown("queue", "/manage/{office}/queues", "manager", "A queue", "?id=civil-status"),
        Shown("manage-counters", "/manage/{office}/counters", "manager", "Counters"),
        Shown("pools", "/manage/{office}/pools", "manager", "Shared counters"),
        Shown("areas", "/manage/{office}/areas", "manager", "Rooms"),
        Shown("manage-board", "/manage/{office}/board", "manager", "What boards say"),
        Shown("rota", "/manage/{office}/rota", "manager", "Who works when"),
        Shown("rota-day", "/manage/{office}/rota/{day}", "manager", "One day of it"),
        Shown("rota-rules", "/manage/{office}/rota-rules", "manager", "What has to hold"),
        Shown("staff", "/manage/{office}/staff", "manager", "Staff and leave"),
        Shown("staff-person", "/manage/{office}/staff/{person}", "manager", "One of them"),
        Shown("manage-door", "/manage/{office}/door", "manager", "Door and kiosk"),
        Shown("printers", "/manage/{office}/printers", "manager", "Printers"),
        Shown("manage-messages", "/manage/{office}/messages", "manager", "What is sent when"),
        Shown("texts", "/manage/{office}/texts", "manager", "Message texts"),
        Shown("text", "/manage/{office}/texts", "manager", "A message's words", "?id=called"),
        Shown("rules", "/manage/{office}/rules", "manager", "Rules"),
        Shown("fairness", "/manage/{office}/fairness", "manager", "Fair booking"),
        Shown("targets", "/manage/{office}/targets", "manager", "Targets"),
        Shown("about", "/manage/{office}/about", "manager", "About the office"),
        Shown("filed", "/manage/{office}/filed", "manager", "Filed without a visit"),
        Shown("file", "/manage/{office}/file", "manager", "The office file"),
        Shown("history", "/manage/{office}/history", "manager", "What was changed"),
        Shown("version", "/manage/{office}/history/{version:int}", "manager", "An old version"),
        Shown("change", "/manage/{office}/changes/{change}", "manager", "What a change would do"),
        Shown("accounts", "/manage/{office}/accounts", "manager", "People who sign in"),
        Shown("devices", "/manage/{office}/devices", "manager", "Devices"),
        Shown("box", "/manage/{office}/box", "manager", "The box"),
        Shown("audit", "/manage/{office}/audit", "auditor", "Who changed what"),
    ),
    "Authorities": (
        Shown("authorities", "/authority", "admin", "All authorities"),
        Shown("authority", "/authority/{authority}", "authority", "What is in force where"),
        Shown("presets", "/authority/{authority}/presets", "authority", "Presets"),
        Shown("preset", "/authority/{authority}/presets/{preset}", "authority", "A preset"),
        Shown("direct", "/authority/{authority}/direct", "authority", "Put in force", PRESET),
        Shown("directive", DIRECTIVE, "authority", "What that does at each office"),
        Shown("catalogue", "/authority/{authority}/catalogue", "authority", "The catalogue"),
        Shown("shared", "/authority/{authority}/shared", "authority", "Calendar and texts"),
    ),
    "Signing in": (
        Shown("sign-in", "/sign-in", "", "Signing in"),
        Shown("signed-in", "/sign-in", "manager", "Where somebody may go"),
        Shown("sign-in-code", "/sign-in/code", "half", "The second step"),
        Shown("sign-in-broken", "/sign-in/openid/back", "", "It came to no end", "?state=x"),
        Shown("pair", "/pair", "", "A device's code"),
        Shown("new-password", "/new-password/{link}", "", "A password by a link"),
        Shown("account", "/account", "clerk", "One's own password"),
        Shown("second-factor", "/account/second-factor", "clerk", "The second factor"),
        Shown("factor-code", "/account/second-factor", "clerk", "Its code", "", _factor),
    ),
}
PAGES = tuple(page for pages in AREAS.values() for page in pages)

# What is fetched by GET and is no page: for each, what it is instead.
OTHER = {
    "/healthz": "for machines",
    "/readyz": "for machines",
    "/metrics": "for machines",
    "/robots.txt": "for machines",
    "/static/{digest}/{name:path}": "files",
    "/demo/qr.svg": "a picture on the page of offices",
    "/t/{token}/qr.{kind:str}": "a picture on the ticket",
    "/t/{token}/calendar.ics": "a file",
    "/t/{token}/standing": "a part of the ticket",
    "/board/{office}/speech/{counter}/{number}.wav": "what a board says",
    "/door/{office}/live": "a part of the helper's page",
    "/counter/{office}/{counter}/live": "a part of the counter",
    "/tablet/{office}/live": "a part of the tablet",
    "/manage/live/part": "a part of the live view",
    "/manage/{office}/live/part": "a part of the live view",
    "/manage/live/changes": "a stream",
    "/hotline/changes": "a stream",
    "/hotline/open": "leads to /hotline",
    "/hotline/book": "leads to /hotline",
    "/hotline/cancel": "leads to /hotline",
    "/hotline/move": "leads to /hotline",
    "/hotline/send": "leads to /hotline",
    "/hotline/link": "leads to /hotline",
    "/hotline/wait": "leads to /hotline",
    "/manage/statistics/{table}.{kind}": "a file",
    "/manage/{office}/statistics/{table}.{kind}": "a file",
    "/manage/{office}/office.toml": "a file",
    "/manage/{office}/rota.csv": "a file",
    "/o/{office}/rota.csv": "a file",
    "/sign-in/openid": "leads to the organisation",
}


def sizes(shown: Shown) -> dict[str, ViewportSize]:
    return {"phone": PHONE, "desktop": WIDE[shown.wide]}


def picture(shown: Shown, size: str) -> Path:
    return PICTURES / f"{shown.name}-{size}.webp"


def as_text() -> str:
    """docs/pages.md."""
    roles = {"": "anybody", "half": "who has given the password"}
    lines = [
        "# Every page",
        "",
        "As it is shown in Vietnamese, on a phone and on a wide screen. `make pictures` takes the",
        "pictures anew, from a made-up morning; tests/gallery.py has the list, and a test fails",
        "when a page is missing in it or has no pictures.",
    ]
    for area, pages in AREAS.items():
        lines += ["", f"## {area}", "", "| page | who | phone | wide |", "|---|---|---|---|"]
        for page in pages:
            who = roles.get(page.who, page.who)
            shots = (
                f'<img src="{picture(page, size).relative_to(GALLERY.parent)}" width="{width}" '
                f'alt="{page.says}, {words}" loading="lazy">'
                for size, width, words in (
                    ("phone", 160, "on a phone"),
                    ("desktop", 420, "on a wide screen"),
                )
            )
            lines.append(f"| **{page.says}**<br>`{page.route}` | {who} | {' | '.join(shots)} |")
    return "\n".join(lines) + "\n"
