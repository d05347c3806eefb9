"""Page: where an authority begins: what is not done everywhere, what is in force, its offices."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from queue_service import names, reads, web
from queue_service.authority import frame
from queue_service.db import Refused
from queue_service.web import AppRequest


async def all_of_mine(request: AppRequest) -> Response:
    who = await web.caller(request)
    found = await reads.authorities(request.state.pool)
    mine = [one for one in found if frame.reaches(who, one["authority_id"])]
    if not mine:
        raise Refused("no_such_authority", 404, {})
    if len(mine) == 1:
        return web.see_other(f"/authority/{mine[0]['authority_id']}")
    return web.render(request, "authority/all.html", {"authorities": mine}, private=True)


async def home(request: AppRequest) -> Response:
    _who, authority = await frame.enter(request)
    directives = [
        {**one, "counts": Counter(one["offices"] or {})} for one in authority["directives"]
    ]
    context = {
        "undone": [one for one in directives if undone(one)],
        "done": [one for one in directives if not undone(one)],
        "in_force": in_force(request, authority),
        "did": request.query_params.get("did", ""),
    }
    return frame.page(request, authority, "home.html", context)


def undone(directive: Mapping[str, Any]) -> bool:
    """Not given up, and not everywhere."""
    states: set[str] = set(directive["offices"] or ())
    return directive["dropped_at"] is None and states != {"applied"}


def in_force(request: AppRequest, authority: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each measure once, with how many offices have it; those with other days stand apart."""
    language, _ = web.lang(request), web.gettext(request)
    day = frame.today(request, authority).isoformat()
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for office in authority["offices"]:
        for one in office["measures"]:
            if one["valid_to"] < day:
                continue
            key = one["measure_id"], one["valid_from"], one["valid_to"]
            said = frame.say_rules(one["rules"], language, _)
            row = found.setdefault(key, {**one, "offices": 0, "said": said})
            row["offices"] += 1
    return sorted(
        found.values(), key=lambda one: (one["valid_from"], names.sort_key(one["name_vi"]))
    )


ROUTES = [
    Route("/authority", all_of_mine, methods=["GET"], name="authorities"),
    Route("/authority/{authority}", home, methods=["GET"], name="authority"),
]
