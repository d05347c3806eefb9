"""Page: a service of the authority's catalogue, found and taken over.

The form it leads to is filled in from the catalogue. What is left as it is follows the catalogue
from then on; the office keeps only what it says otherwise.
"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from queue_service import reads
from queue_service.db import Refused
from queue_service.manager import frame
from queue_service.web import AppRequest

SHOWN = 50


async def search(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    words = " ".join(request.query_params.get("q", "").split())[:80]
    found = await reads.office_catalogue(request.state.pool, office["office_id"], words, SHOWN)
    return frame.page(request, office, "catalogue.html", {"words": words, "catalogue": found})


async def above(request: AppRequest, office: Mapping[str, Any]) -> bool:
    """Whether there is a catalogue to choose from."""
    return await reads.office_catalogue(request.state.pool, office["office_id"], "", 0) is not None


async def start(request: AppRequest, office: Mapping[str, Any], code: str) -> dict[str, Any]:
    """A service as the catalogue has it, to begin its form with."""
    said = await reads.office_catalogue(request.state.pool, office["office_id"], code, SHOWN)
    rows = said["found"] if said is not None else ()
    one = next((row for row in rows if row["national_code"] == code), None)
    if one is None:
        raise Refused("no_such_page", 404, {})
    row: dict[str, Any] = {
        "name": {"vi": one["name_vi"], "en": one["name_en"]},
        "national_code": code,
        "aliases": one["aliases"],
        "minutes": one["minutes"],
        "urgent": one["urgent"],
        "in_person": one["in_person"],
    }
    # What the catalogue says in Vietnamese alone still has to stand in both languages here.
    if one["field_vi"]:
        row["field"] = {"vi": one["field_vi"], "en": one["field_en"] or one["field_vi"]}
    row["papers"] = {"vi": one["papers_vi"], "en": one["papers_en"] or one["papers_vi"]}
    if one["url"]:
        row["channels"] = [{"channel": "online", "mode": "offered", "url": one["url"]}]
    return row


ROUTES = [Route("/manage/{office}/catalogue", search, methods=["GET"], name="office_catalogue")]
