"""Pages: the office's whole file, to take away, to edit here, or to put in; its history."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from queue_service import offices, reads, web, wording
from queue_service.db import Refused
from queue_service.manager import changes, editing, frame
from queue_service.web import AppRequest

LONGEST = 200_000
MOST_VERSIONS = 2**31  # as many as there can be


async def download(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    headers = {
        "content-disposition": f'attachment; filename="{office["slug"]}.toml"',
        "cache-control": "no-store",
    }
    now = await editing.standing(request, office)
    return PlainTextResponse(offices.dump(now.tables), headers=headers)


async def edit(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    now = await editing.standing(request, office)
    text = offices.dump(now.tables)
    return frame.page(request, office, "file.html", {"text": text, "version": now.version})


async def propose(request: AppRequest) -> Response:
    """The file as it was edited; what is wrong with it is said line by line."""
    who, office = await frame.enter(request)
    form = await web.read_form(request)
    text = form.get("text", "").replace("\r\n", "\n")
    if len(text) > LONGEST:
        raise Refused("body_too_large", 413, {"limit": LONGEST})
    now = await editing.standing(request, office)
    context: dict[str, Any] = {"text": text, "note": form.get("note", ""), "version": now.version}
    since = await editing.since(request, office, now, form, None)
    if since is not None:
        trouble = editing.overtaken(web.gettext(request), since)
        context |= {"errors": trouble.errors, "since": trouble.since}
        return frame.page(request, office, "file.html", context, 422)
    try:
        document = editing.read(text, office, now.document, editing.today(request, office))
    except offices.FileError as error:
        language = web.lang(request)
        context["problems"] = [(one.line, getattr(one, language)) for one in error.problems]
        return frame.page(request, office, "file.html", context, 422)
    answer = await editing.propose(request, who, office, now, document, form.get("note", ""))
    if isinstance(answer, Response):
        return answer
    now = await editing.standing(request, office)
    context |= {"errors": answer.errors, "version": now.version}
    return frame.page(request, office, "file.html", context, 422)


# --- History ----------------------------------------------------------------------------------


async def history(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    versions = await reads.office_versions(request.state.pool, office["office_id"])
    language = web.lang(request)
    said = [{**one, "why": wording.say_why(language, one)} for one in versions]
    return frame.page(request, office, "history.html", {"versions": said})


async def version(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    found = await _version(request, office)
    now = await reads.office_file(request.state.pool, office["office_id"])
    assert now is not None
    day, language = editing.today(request, office), web.lang(request)
    context = {
        "version": found,
        "why": wording.say_why(language, found),
        "lines": offices.said(language, found["before"], found["file"], day),
        "since": offices.said(language, found["file"], now, day),
    }
    return frame.page(request, office, "version.html", context)


async def restore(request: AppRequest) -> Response:
    """An older version, shown like any other change before it is made again."""
    who, office = await frame.enter(request)
    found = await _version(request, office)
    file = found["standing"] or found["file"]
    return await changes.propose(request, who, office, file, "", restores=found["version_no"])


async def _version(request: AppRequest, office: Mapping[str, Any]) -> dict[str, Any]:
    number, found = request.path_params["version"], None
    if number < MOST_VERSIONS:
        found = await reads.office_version(request.state.pool, office["office_id"], number)
    if found is None:
        raise Refused("no_such_change", 404, {})
    return found


ROUTES = [
    Route("/manage/{office}/office.toml", download, methods=["GET"], name="office_toml"),
    Route("/manage/{office}/file", edit, methods=["GET"], name="office_text"),
    Route("/manage/{office}/file", propose, methods=["POST"]),
    Route("/manage/{office}/history", history, methods=["GET"], name="history"),
    Route("/manage/{office}/history/{version:int}", version, methods=["GET"], name="version"),
    Route("/manage/{office}/history/{version:int}", restore, methods=["POST"]),
]
