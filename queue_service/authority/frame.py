"""What all pages of an authority share: whose it is, its forms, and its rules in words."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response

from queue_service import reads, web
from queue_service.db import Refused
from queue_service.i18n import N_
from queue_service.web import AppRequest, Caller, Form

MOST_OFFICES = 2_000
LONGEST_NAME = 120
# The caps a preset may have: what they are on wherever they are put in force.
CAPS: Sequence[tuple[str, str, str, str]] = (
    ("area", "present", "area:*", N_("People in each room, staff included")),
    ("counter", "present", "counter:*", N_("People at each counter")),
    ("desk_hour", "hour", "queue:*", N_("Visits an hour at each counter")),
    ("office_hour", "hour", "branch", N_("Visits an hour in the whole office")),
)


def reaches(who: Caller, authority_id: str) -> bool:
    """An administrator of everything, or who speaks for this very authority."""
    return who.authority == authority_id or (who.role == "admin" and who.offices is None)


async def enter(request: AppRequest) -> tuple[Caller, dict[str, Any]]:
    """Who asks, and the authority; any other is as if it were not there."""
    who = await web.caller(request)
    name = request.path_params["authority"]
    found = await reads.authority(request.state.pool, name) if reaches(who, name) else None
    if found is None:
        raise Refused("no_such_authority", 404, {})
    return who, found


def page(
    request: AppRequest,
    authority: Mapping[str, Any],
    template: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    usual: dict[str, Any] = {"authority": authority, "errors": {}, "zone": zone(authority)}
    full = {**usual, **(context or {})}
    return web.render(request, f"authority/{template}", full, status, private=True, headers=headers)


def zone(authority: Mapping[str, Any]) -> ZoneInfo:
    """Where its offices are; one far off has its own days, which its own change keeps to."""
    offices = authority["offices"]
    return ZoneInfo(offices[0]["time_zone"] if offices else "Asia/Ho_Chi_Minh")


def today(request: AppRequest, authority: Mapping[str, Any]) -> date:
    now: datetime = request.state.clock.now()
    return now.astimezone(zone(authority)).date()


async def read_form(request: AppRequest) -> tuple[Form, list[int]]:
    """The fields, and the offices that are ticked: there may be hundreds of them."""
    async with request.form(max_files=0, max_fields=MOST_OFFICES + 100) as sent:
        fields, offices = Form(), list[int]()
        for name, value in sent.multi_items():
            if not isinstance(value, str):
                continue
            if name == "office":
                if value.isascii() and value.isdecimal() and len(value) < 5:
                    offices.append(int(value))
            else:
                text = value.replace("\0", "").replace("\r\n", "\n")
                fields.setdefault(name, unicodedata.normalize("NFC", text))
        return fields, offices


def name_of(form: Form, field: str) -> str:
    return web.clean_line(form.get(field, ""), LONGEST_NAME) or ""


def need_uuid(text: str | None, code: str) -> UUID:
    found = web.as_uuid(text)
    if found is None:
        raise Refused(code, 404, {})
    return found


def say_rules(rules: Mapping[str, Any], language: str, _: Callable[[str], str]) -> list[str]:
    """What a preset says, line by line."""
    named = {scope: words for _name, _kind, scope, words in CAPS}
    said: list[str] = []
    for cap in rules["caps"]:
        words, maximum = named[cap["scope"]], cap["maximum"]
        said.append(_("%(what)s: at most %(maximum)s") % {"what": _(words), "maximum": maximum})
    if rules["urgent_only"] and rules["urgent_codes"]:
        codes = ", ".join(rules["urgent_codes"])
        said.append(_("In person only what is on the urgent list: %(codes)s") % {"codes": codes})
    elif rules["urgent_only"]:
        said.append(_("In person only what is marked as urgent"))
    if rules["online_only"]:
        said.append(_("What can be had online is to be had only there"))
    if closed := rules.get("closed"):
        said.append(_("Closed: %(why)s") % {"why": closed.get(language) or closed["vi"]})
    return said
