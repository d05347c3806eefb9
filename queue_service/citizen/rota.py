"""Page: who is in the office and who works at home, where an office publishes that."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from queue_service import reads, sheets, web
from queue_service.db import Refused
from queue_service.web import AppRequest

DAYS = 14
FRESH = {"cache-control": "public, max-age=60", "x-robots-tag": "noindex"}  # names leave search


async def page(request: AppRequest) -> Response:
    office, found = await _read(request)
    context = {"office": office, "zone": ZoneInfo(office["time_zone"]), **found}
    return web.render(request, "citizen/rota.html", context, headers=dict(FRESH))


async def table(request: AppRequest) -> Response:
    office, found = await _read(request)
    language, _ = web.lang(request), web.gettext(request)
    places = {"office": _("In the office"), "home": _("At home")}
    named = found["public"] == "names"
    rows: list[list[sheets.Cell]] = []
    for day in found["days"]:
        if day["withdrawn_at"]:
            rows.append([day["day"], "", "", "", _("was withdrawn")] + [""] * (3 if named else 1))
        for shift in day["shifts"]:
            when = [day["day"], shift[f"name_{language}"], shift["starts"], shift["ends"]]
            for place, said in places.items():
                if not named:
                    rows.append([*when, said, shift[place]])
                for one in shift["people"] if named else ():
                    if one["place"] == place:
                        fields = ", ".join(field[f"name_{language}"] for field in one["fields"])
                        rows.append([*when, said, one["name"], one["title"], fields])
    head = [_("Day"), _("Shift"), _("From (time)"), _("To (time)"), _("Place")]
    head += [_("Name"), _("Position"), _("Fields")] if named else [_("People")]
    content = sheets.csv_of(sheets.Table("rota", _("Rota"), head, rows))
    said = f'attachment; filename="{office["slug"]}-rota.csv"'
    return Response(content, headers={**FRESH, "content-disposition": said}, media_type=sheets.CSV)


async def _read(request: AppRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    office_id = await web.office_of(request)
    state = request.state
    now = state.clock.now()
    office = await reads.office(state.pool, office_id, now)
    today = now.astimezone(ZoneInfo(office["time_zone"])).date()
    last = today + timedelta(days=DAYS - 1)
    found = await reads.public_rota(state.pool, office_id, now, today, last)
    if found is None:
        raise Refused("no_such_page", 404, {})
    return office, found


ROUTES = [
    Route("/o/{office}/rota", page, methods=["GET"], name="public_rota"),
    Route("/o/{office}/rota.csv", table, methods=["GET"], name="public_rota_table"),
]
