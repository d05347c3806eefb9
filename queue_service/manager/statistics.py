"""Pages: what chosen days came to, at one office or at all of mine; the same as CSV and XLSX."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from queue_service import reads, sheets, web
from queue_service.db import Refused
from queue_service.i18n import N_
from queue_service.manager import frame
from queue_service.manager.tables import Tables
from queue_service.sheets import Table
from queue_service.web import AppRequest

USUAL = 30  # days, where none are asked for
LONGEST = 1100
SPANS = (
    (1, N_("Today")),
    (7, N_("7 days")),
    (30, N_("30 days")),
    (365, N_("A year")),
    (1096, N_("Three years")),
)

frame.PAGES.append(
    ("statistics", N_("Statistics"), N_("Visits, waits, refusals and caps of chosen days."))
)


@dataclass
class Days:
    """The days a page is about; wrong ones are told beside the form, and the usual ones shown."""

    first: date
    last: date
    errors: dict[str, str]

    @property
    def query(self) -> str:
        return f"from={self.first}&to={self.last}"


def chosen(request: AppRequest, zone: ZoneInfo) -> Days:
    _ = web.gettext(request)
    today = request.state.clock.now().astimezone(zone).date()
    asked = request.query_params
    usual = Days(today - timedelta(days=USUAL - 1), today, {})
    try:
        first = date.fromisoformat(asked.get("from") or usual.first.isoformat())
        last = date.fromisoformat(asked.get("to") or usual.last.isoformat())
    except ValueError:
        usual.errors["from"] = _("Please give both days as day, month and year.")
        return usual
    if first > last:
        usual.errors["from"] = _("The first day is after the last. Please exchange them.")
    elif (last - first).days >= LONGEST:
        text = _("That is more than %(days)s days at once. Please choose fewer.")
        usual.errors["from"] = text % {"days": LONGEST}
    elif first.year < 2000 or last.year > 2199:
        usual.errors["from"] = _("Please give both days as day, month and year.")
    else:
        return Days(first, last, {})
    return usual


async def of_office(request: AppRequest) -> Response:
    who, office = await frame.enter(request)
    days = chosen(request, office["zone"])
    found = await _found(request, [office], office["zone"], days)
    found["may_file"] = who.may_open("/manage/{office}/filed")
    status = 422 if days.errors else 200
    return frame.page(request, office, "statistics.html", found, status)


async def of_all(request: AppRequest) -> Response:
    offices = await frame.mine(request)
    zone = ZoneInfo(offices[0]["time_zone"])
    days = chosen(request, zone)
    found = await _found(request, offices, zone, days)
    context = {"pages": (), "several": offices, **found}
    status = 422 if days.errors else 200
    return web.render(request, "manager/all_statistics.html", context, status, private=True)


async def file_of_office(request: AppRequest) -> Response:
    _who, office = await frame.enter(request)
    return await _file(request, [office], office["zone"], office["slug"])


async def file_of_all(request: AppRequest) -> Response:
    offices = await frame.mine(request)
    return await _file(request, offices, ZoneInfo(offices[0]["time_zone"]), "all")


async def _tables(
    request: AppRequest,
    offices: Sequence[Mapping[str, Any]],
    zone: ZoneInfo,
    days: Days,
    *,
    pictures: bool,
) -> tuple[Tables, list[Table], Mapping[str, Any]]:
    language = web.lang(request)
    numbers = [office["office_id"] for office in offices]
    answer = await reads.statistics(request.state.pool, numbers, days.first, days.last)
    made = Tables(answer, language, zone, pictures=pictures)
    names = {
        str(office["office_id"]): office.get(f"name_{language}") or office["name_vi"]
        for office in offices
    }
    return made, await made.all(names), answer


async def _found(
    request: AppRequest, offices: Sequence[Mapping[str, Any]], zone: ZoneInfo, days: Days
) -> dict[str, Any]:
    made, tables, answer = await _tables(request, offices, zone, days, pictures=True)
    today = request.state.clock.now().astimezone(zone).date()
    counted = answer["counted_at"]
    return {
        "days": days,
        "errors": days.errors,
        "spans": [(today - timedelta(days=many - 1), today, name, many) for many, name in SPANS],
        "summary": made.summary(),
        "tables": tables,
        "zone": zone,
        "counted_at": datetime.fromisoformat(counted) if counted else None,
    }


async def _file(
    request: AppRequest, offices: Sequence[Mapping[str, Any]], zone: ZoneInfo, name: str
) -> Response:
    days = chosen(request, zone)
    if days.errors:
        raise Refused("not_a_time", 422, {})
    _made, tables, _answer = await _tables(request, offices, zone, days, pictures=False)
    wanted, kind = request.path_params["table"], request.path_params["kind"]
    if kind == "xlsx" and wanted == "all":
        content, media = sheets.xlsx_of(tables), sheets.XLSX
    elif kind == "csv" and (table := next((one for one in tables if one.name == wanted), None)):
        content, media = sheets.csv_of(table), sheets.CSV
    else:
        raise Refused("no_such_page", 404, {})
    file = f"{name}-{wanted}-{days.first}-{days.last}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{file}"', "cache-control": "no-store"}
    return Response(content, headers=headers, media_type=media)


ROUTES = [
    Route("/manage/statistics", of_all, methods=["GET"], name="all_statistics"),
    Route("/manage/statistics/{table}.{kind}", file_of_all, methods=["GET"]),
    Route("/manage/{office}/statistics", of_office, methods=["GET"], name="statistics"),
    Route("/manage/{office}/statistics/{table}.{kind}", file_of_office, methods=["GET"]),
]
