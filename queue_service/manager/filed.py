"""Page: how many of each service were handled without a visit, as a table that is taken in."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, offices, reads, web
from queue_service.manager import frame
from queue_service.offices import filed
from queue_service.web import AppRequest

EXAMPLE = {
    "vi": ("ngày,mã thủ tục,hình thức,số lượng", "%d/%m/%Y", "trực tuyến", "bưu chính", "tại nhà"),
    "en": ("day,service,way,count", "%Y-%m-%d", "online", "post", "home"),
}


async def show(request: AppRequest) -> Response:
    _who, office = await frame.enter(request)
    return await _page(request, office, {})


async def take_in(request: AppRequest) -> Response:
    """All of it, or nothing and every mistake with its line."""
    who, office = await frame.enter(request)
    sent = await web.read_table(request)
    if sent is None:
        _ = web.gettext(request)
        return await _page(request, office, {"errors": {"file": _("Please choose a file.")}})
    number, state = office["office_id"], request.state
    today = state.clock.now().astimezone(office["zone"]).date()
    document = await reads.office_file(state.pool, number)
    assert document is not None
    try:
        rows = filed.read(*sent, document, today)
    except offices.FileError as error:
        language = web.lang(request)
        problems = [(one.line, getattr(one, language)) for one in error.problems]
        return await _page(request, office, {"problems": problems})
    told = await commands.keep_filed(state.pool, number, state.clock.at(), who.actor, rows)
    return await _page(request, office, {"told": told})


async def _page(
    request: AppRequest, office: Mapping[str, Any], more: Mapping[str, Any]
) -> Response:
    document = await reads.office_file(request.state.pool, office["office_id"])
    assert document is not None
    context: dict[str, Any] = {
        "services": document["services"],
        "example": _example(request, office, document),
        "problems": [],
        "told": None,
        **more,
    }
    status = 422 if more.get("errors") or more.get("problems") else 200
    return frame.page(request, office, "filed.html", context, status)


def _example(request: AppRequest, office: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """A table as it may be taken in, of this office's own services."""
    head, written, *ways = EXAMPLE[web.lang(request)]
    today = request.state.clock.now().astimezone(office["zone"]).date()
    day = (today - timedelta(days=1)).strftime(written)
    lines = [head]
    for number, service in enumerate(document["services"][:3]):
        code = service["national_code"] or service["service_id"]
        lines.append(f"{day},{code},{ways[number % len(ways)]},{12 - 5 * number}")
    return "\n".join(lines)


ROUTES = [
    Route("/manage/{office}/filed", show, methods=["GET"], name="filed"),
    Route("/manage/{office}/filed", take_in, methods=["POST"]),
]
