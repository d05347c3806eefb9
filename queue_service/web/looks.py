"""How pages look and speak: the language, the templates and what they say things with."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, cast, overload
from urllib.parse import quote, urlencode

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from queue_service import assets, i18n, machines, phones, reads, wording
from queue_service.web.asked import fresh_id
from queue_service.web.service import AppRequest

PACKAGE = Path(__file__).parent.parent
# A device's templates are named after it: "kiosk/start.html".
LOADER = ChoiceLoader(
    [
        FileSystemLoader(PACKAGE / "templates"),
        PrefixLoader(
            {
                device: FileSystemLoader(PACKAGE.parent / device / "templates")
                for device in ("kiosk", "display_board")
            }
        ),
    ]
)


def lang(request: Request[Any]) -> str:
    """What the address asks for, else what was chosen before, else the browser's wish.

    The API hears no choice of pages: a kiosk asks in the language on its screen, whatever was
    chosen by whoever signed it in.
    """
    called = request.url.path.startswith("/api/")
    return i18n.pick_language(
        request.query_params.get("lang"),
        None if called else request.cookies.get("lang"),
        request.headers.get("accept-language"),
    )


def render(
    request: Request[Any],
    template: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
    *,
    private: bool = False,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A page. A private one is kept by no cache and listed by no search engine."""
    language = lang(request)
    text = (
        templates(language)
        .get_template(template)
        .render(
            {
                "request": request,
                "lang": language,
                "languages": _languages(request),
                **(context or {}),
            }
        )
    )
    caching = {"cache-control": "no-store", "x-robots-tag": "noindex"} if private else {}
    response = HTMLResponse(
        text, status, {"cache-control": "no-cache", **caching, **(headers or {})}
    )
    response.headers.append("vary", "cookie, accept-language")
    if request.query_params.get("lang") == language != request.cookies.get("lang"):
        response.set_cookie("lang", language, max_age=365 * 86_400, samesite="lax")
    return response


@cache
def templates(language: str) -> Environment:
    """One environment per language, so that a template says dates and texts without naming it."""
    environment = Environment(
        loader=LOADER,
        autoescape=True,
        undefined=StrictUndefined,
        lstrip_blocks=True,
    )
    i18n.install(environment, language)

    environment.filters.update(_sayings(language))
    globals_: dict[str, Any] = cast("dict[str, Any]", environment.globals)
    globals_["static"] = assets.static
    globals_["version"] = assets.digest
    return environment


def _sayings(language: str) -> dict[str, Callable[..., str]]:
    """What templates say in their language; moments come as the text JSON has for them."""

    def name_of(thing: Mapping[str, Any], field: str = "name") -> str:
        return thing.get(f"{field}_{language}") or thing.get(f"{field}_vi") or ""

    def day(when: str | date, zone: tzinfo | None = None) -> str:
        return i18n.say_date(as_moment(when), language, zone)

    def moment(when: str | datetime, zone: tzinfo) -> str:
        return i18n.say_moment(as_moment(when), language, zone)

    def time(when: str | datetime, zone: tzinfo) -> str:
        return i18n.say_time(as_moment(when), zone)

    def from_time(when: str | datetime, zone: tzinfo) -> str:
        return i18n.say_time(i18n.whole_minute(as_moment(when)), zone)

    def minutes(count: int) -> str:
        return i18n.say_minutes(count, language)

    def state(name: str) -> str:
        return wording.say_state(language, name)

    def channel(name: str) -> str:
        return wording.say_channel(language, name)

    def role(name: str) -> str:
        return wording.say_role(language, name)

    def actor(who: str) -> str:
        return wording.say_actor(language, who)

    def phone(number: str) -> str:
        return phones.pretty(number) if number.startswith("+") else number

    def dial(number: str) -> str:
        """What a phone dials: links take no spaces and no brackets."""
        return "".join(sign for sign in number if sign.isdigit() or sign in "+*#")

    def attention(name: str) -> str:
        return wording.say_attention(language, name)

    def reason(name: str) -> str:
        return wording.say_reason(language, name)

    def whole_day(when: str | date) -> str:
        """A day without a time: no zone may move it."""
        return i18n.say_date(date.fromisoformat(when) if isinstance(when, str) else when, language)

    def weekday(number: int) -> str:
        return i18n.say_weekday(number, language)

    said = (name_of, day, moment, time, minutes, state, channel, reason, whole_day, weekday, phone)
    said += (dial, attention, from_time, role, actor)
    return {say.__name__: say for say in said}


@overload
def as_moment(when: str | datetime) -> datetime: ...
@overload
def as_moment(when: date) -> date: ...
def as_moment(when: str | date) -> date:
    """A moment, or a whole day, of what the database answers."""
    return datetime.fromisoformat(when) if isinstance(when, str) else when


def gettext(request: Request[Any]) -> Callable[[str], str]:
    return i18n.translator(lang(request)).gettext


def _languages(request: Request[Any]) -> dict[str, str]:
    """This very page in each language; after a form that failed, the page the form is on."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return {
        language: f"{quote(request.url.path)}?{urlencode([*asked, ('lang', language)])}"
        for language in i18n.LANGUAGES
    }


def staff_words(request: AppRequest) -> dict[str, Any]:
    """What every page of staff says things with."""
    return {
        "fresh": fresh_id,
        "refused": None,
        "say_refusal": wording.say_refusal,
        "priorities": dict(wording.options(lang(request), wording.PRIORITIES)),
        "needs": dict(wording.options(lang(request), wording.NEEDS)),
    }


async def troubles(request: AppRequest, office: Mapping[str, Any]) -> list[wording.Words]:
    """What staff should look at, in words: the office's machine and its line, then devices."""
    state = request.state
    devices = await reads.devices(state.pool, office["office_id"], state.clock.now())
    language, zone = lang(request), office["time_zone"]
    machine = [*wording.say_floor(language, office.get("floor"), zone)]
    if machines.disk_full(state.settings.data_dir):
        machine.insert(0, wording.say_disk_full(language))
    return machine + wording.say_troubles(language, devices, zone)
