"""Pages: the catalogue of services, and the calendar and texts that offices share.

Nothing of it changes an office before it is passed on, by a directive like any other.
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, reads, web
from queue_service.authority import frame
from queue_service.db import Refused
from queue_service.i18n import N_
from queue_service.offices import FileError, catalogue, shared
from queue_service.offices.said import said_of
from queue_service.web import AppRequest, Form

SHOWN = 50
# Words on screens: where they stand in an office's file, and what they are called.
WORDS = (
    ("board", "message", N_("Message line on the screens")),
    ("door", "question", N_("What the kiosk asks at the entry check")),
)
LANGUAGES = ("vi", "en")
LONGEST_WORDS = 500  # as an office's own
LONGEST = 60  # letters of a name that is not known here, as texts must hold it


async def show(request: AppRequest) -> Response:
    _who, authority = await frame.enter(request)
    return await _page(request, authority, {})


async def take_in(request: AppRequest) -> Response:
    """A table as CSV or XLSX: all of it, or nothing and every mistake with its line."""
    who, authority = await frame.enter(request)
    sent = await web.read_table(request)
    if sent is None:
        _ = web.gettext(request)
        errors = {"file": _("Please choose a file.")}
        return await _page(request, authority, {"errors": errors}, 422)
    try:
        rows = catalogue.read(*sent)
    except FileError as error:
        language = web.lang(request)
        problems = [(one.line, getattr(one, language)) for one in error.problems]
        return await _page(request, authority, {"problems": problems}, 422)
    state, here = request.state, authority["authority_id"]
    told = await commands.keep_procedures(state.pool, state.clock.at(), who.actor, here, rows)
    language = web.lang(request)
    lines = [
        {**one, "said": [] if one["added"] else said_of(language, one["before"], one["after"])}
        for one in told["lines"]
    ]
    return await _page(request, await _again(request), {"told": {**told, "lines": lines}})


async def _again(request: AppRequest) -> dict[str, Any]:
    found = await reads.authority(request.state.pool, request.path_params["authority"])
    if found is None:
        raise Refused("no_such_authority", 404, {})
    return found


async def _page(
    request: AppRequest, authority: Mapping[str, Any], more: Mapping[str, Any], status: int = 200
) -> Response:
    words = " ".join(request.query_params.get("q", "").split())[:80]
    found = await reads.procedures(request.state.pool, authority["authority_id"], words, SHOWN)
    context = {
        "words": words,
        "found": found,
        "behind": sum(1 for office in authority["offices"] if office["behind"]),
        "problems": [],
        "told": None,
        **more,
    }
    return frame.page(request, authority, "catalogue.html", context, status)


async def edit_shared(request: AppRequest) -> Response:
    _who, authority = await frame.enter(request)
    said = authority["shared"]
    values = {
        f"{name}_{one}": said.get(table, {}).get(f"{name}_{one}", "")
        for table, name, _label in WORDS
        for one in LANGUAGES
    }
    context: dict[str, Any] = {"text": said.get("source", ""), "values": values}
    return _shared(request, authority, context)


async def keep_shared(request: AppRequest) -> Response:
    who, authority = await frame.enter(request)
    form, _offices = await frame.read_form(request)
    text, language = form.get("text", ""), web.lang(request)
    words, errors = _words(form, web.gettext(request))
    document: dict[str, Any] = {}
    problems: list[tuple[int, str]] = []
    try:
        document = shared.read(text, "calendar", _longest(authority)) | words
    except FileError as error:
        problems = [(one.line, getattr(one, language)) for one in error.problems]
    if errors or problems:
        context = {"text": text, "values": form, "errors": errors, "problems": problems}
        return _shared(request, authority, context, 422)
    state, here = request.state, authority["authority_id"]
    await commands.keep_shared(state.pool, state.clock.at(), who.actor, here, document)
    return web.see_other(f"/authority/{here}/direct?act=pass_on")


def _shared(
    request: AppRequest, authority: Mapping[str, Any], context: Mapping[str, Any], status: int = 200
) -> Response:
    return frame.page(
        request, authority, "shared.html", {"problems": [], "words": WORDS, **context}, status
    )


def _words(form: Form, _: Callable[[str], str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What screens say, by the table of the office's file; what is wrong with which field."""
    said: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for table, name, _label in WORDS:
        sent = {f"{name}_{one}": form.get(f"{name}_{one}", "").strip() for one in LANGUAGES}
        if not any(sent.values()):
            continue
        said[table] = {field: web.clean_line(text, LONGEST_WORDS) for field, text in sent.items()}
        for field, text in sent.items():
            if not text:
                errors[field] = _("Please write it in both languages.")
            elif len(text) > LONGEST_WORDS:
                errors[field] = _("This is too long.")
            elif said[table][field] is None:
                errors[field] = _("Please write it as one line of plain text.")
    return said, errors


def _longest(authority: Mapping[str, Any]) -> dict[str, str]:
    names = [office["name_vi"] for office in authority["offices"]]
    office = max(names, key=len, default="x" * LONGEST)
    some = dict.fromkeys(("area", "counter", "where", "service"), "x" * LONGEST)
    return {**some, "office": office, "place": office, "phone": "0236 1022"}


ROUTES = [
    Route("/authority/{authority}/catalogue", show, methods=["GET"], name="catalogue"),
    Route("/authority/{authority}/catalogue", take_in, methods=["POST"]),
    Route("/authority/{authority}/shared", edit_shared, methods=["GET"], name="shared"),
    Route("/authority/{authority}/shared", keep_shared, methods=["POST"]),
]
