"""Page: every change at an office, by whom, when, from where, before and after."""

from typing import Any

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from queue_service import reads, web, wording
from queue_service.i18n import N_
from queue_service.manager import frame
from queue_service.web import AppRequest

frame.PAGES.append(("audit", N_("Changes"), N_("What was changed, by whom, when and from where.")))
MOST = 100


async def show(request: AppRequest) -> Response:
    who, office = await frame.enter(request)
    now = request.state.clock.now()
    before = web.read_moment(request.query_params.get("before", "")) or now
    rows = await reads.audit(
        request.state.pool, office["office_id"], before, MOST, everywhere=who.offices is None
    )
    language = web.lang(request)
    context = {
        "rows": [_said(row, language) for row in rows],
        "older": rows[-1]["at"] if len(rows) >= MOST else None,
    }
    return frame.page(request, office, "audit.html", context)


def _said(row: dict[str, Any], language: str) -> dict[str, Any]:
    return {
        **row,
        "named": web.as_uuid(row["target"] or "") is None,
        "what": wording.say_change(language, row["act"]),
        "sides": [
            (side, msgspec.json.format(msgspec.json.encode(row[side]), indent=2).decode())
            for side in ("before", "after")
            if row[side]
        ],
    }


ROUTES = [Route("/manage/{office}/audit", show, methods=["GET"], name="manage_audit")]
