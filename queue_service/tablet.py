"""One tablet for the smallest office: door, counters and board on one screen."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from queue_service import desk, door, reads, web
from queue_service.web import AppRequest, Caller, Form

MOST_COUNTERS = 8  # three stand beside each other, the others are reached by a swipe
# What the undo of the page takes back of a counter's form; the rest has its own way back beside it.
TAKEN_BACK = ("step", "call-next", "call", "finish", "absent", "park")


async def page(request: AppRequest) -> Response:
    return await PAGE.show(request, Form(), dict(request.query_params))


async def fragment(request: AppRequest) -> Response:
    return web.render(request, "tablet/live.html", await _seen(request, Form(), {}), private=True)


async def at_door(request: AppRequest) -> Response:
    word = request.path_params["act"]
    office_id = await web.office_of(request)
    who = await _at_tablet(request, office_id)
    form = await web.read_form(request)
    return await PAGE.answer(request, form, door.Door(request, office_id, who, form).do(word))


async def at_counter(request: AppRequest) -> Response:
    office_id = await web.office_of(request)
    who = await _at_tablet(request, office_id)
    form = await web.read_form(request)
    one = desk.Desk(request, office_id, who, request.path_params["counter"], form)
    return await PAGE.answer(request, form, _at(one, request.path_params["act"]))


async def _at_tablet(request: AppRequest, office_id: int) -> Caller:
    who = await web.caller(request, office_id=office_id)
    web.share_seat()
    return who


async def _at(one: desk.Desk, word: str) -> Mapping[str, str]:
    first = one.key
    answer = await one.do(word)
    visit = answer.get("visit_id") or one.form.get("visit", "")
    told = {"did": word, "visit": str(visit), "counter": one.counter}
    if word == "step":
        told["did"] = one.form.get("next", "")
    if word in TAKEN_BACK and told["did"] not in ("open", "serve"):
        # Finished and called the next: the call is taken back first, then the finish.
        keys = [one.key] if answer else []
        told["undo"] = ",".join([*keys, first] if one.key != first else [first])
    return told


async def _seen(request: AppRequest, form: Form, told: Mapping[str, str]) -> dict[str, Any]:
    office_id = await web.office_of(request)
    who = await _at_tablet(request, office_id)
    said = {name: told[name] for name in (*door.TOLD, "counter") if name in told}
    context = await door.seen(request, office_id, who, form, said)
    pool, now = request.state.pool, context["now"]
    listed = [one["counter"] for one in context["office"]["counters"]][:MOST_COUNTERS]
    counters = [await reads.counter(pool, office_id, now, one) for one in listed]
    base = f"/tablet/{context['office']['slug']}"
    shown = [
        {**one, "next": desk.next_step(one), "whose": desk.whose(one, who)}
        for one in counters
        if one
    ]
    works = any(one["state"] == "open" and not one["whose"] for one in shown)
    return {
        **context,
        "door_base": f"{base}/door",
        "base": base,
        "counters": shown,
        "off_duty": not works and await desk.off_duty(request, who, office_id),
        "counter_told": said.get("counter", ""),
    }


PAGE = door.Page("tablet", "tablet/tablet.html", "tablet/answer.html", _seen)
ROUTES = [
    Route("/tablet/{office}", page, methods=["GET"], name="tablet"),
    Route("/tablet/{office}/live", fragment, methods=["GET"], name="tablet_live"),
    Route("/tablet/{office}/door/find", PAGE.find, methods=["POST"], name="tablet_find"),
    Route("/tablet/{office}/door/{act}", at_door, methods=["POST"], name="tablet_door"),
    Route(
        "/tablet/{office}/counter/{counter}/{act}",
        at_counter,
        methods=["POST"],
        name="tablet_counter",
    ),
]
