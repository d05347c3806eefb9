"""The helper's page at the door, for a phone in the hand: who may go in, who gets a number."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, reads, tickets, web, wording
from queue_service.db import Refused
from queue_service.web import AppRequest, Caller, Form

Answer = dict[str, Any]
ROLES = ("helper", "clerk", "manager")
# A decision told on the page again after the redirect: these facts of it travel in the address.
TOLD = ("decision", "reason", "late")


async def page(request: AppRequest) -> Response:
    return web.render(request, "helper/door.html", await _seen(request), private=True)


async def fragment(request: AppRequest) -> Response:
    return web.render(request, "helper/live.html", await _seen(request), private=True)


async def act(request: AppRequest) -> Response:
    office_id = await web.office_of(request)
    word = request.path_params["act"]
    who = await web.caller(
        request, *(("manager",) if word == "admit" else ROLES), office_id=office_id
    )
    door = _Door(request, office_id, who, await web.read_form(request))
    try:
        query = await door.do(word)
    except Refused as refused:
        if refused.code == "no_such_page":
            raise
        context = {**await _seen(request, door.form), "refused": refused}
        return web.render(request, "helper/door.html", context, refused.status, private=True)
    path = f"/door/{request.path_params['office']}?area={door.form.get('area', '')[:63]}"
    return web.see_other(path + "".join(f"&{name}={value}" for name, value in query.items()))


class _Door:
    def __init__(self, request: AppRequest, office_id: int, who: Caller, form: Form) -> None:
        self.request, self.office_id, self.who, self.form = request, office_id, who, form
        self.key = web.key(request, form)

    async def do(self, word: str) -> Mapping[str, str]:
        match word:
            case "arrive":
                return _told(await self.arrive())
            case "walk-in":
                return _told(await self.walk_in())
            case "enter" | "leave" | "said":
                await self.run(
                    {"enter": commands.enter, "leave": commands.leave}.get(word, commands.slip),
                    visit_id=self.visit_id(),
                    **({"word": "said"} if word == "said" else {}),
                )
            case "admit":
                reason = web.clean_line(self.form.get("reason", ""), 200) or ""
                visit_id = self.visit_id()
                await self.run(commands.admit, visit_id=visit_id, reason=reason)
            case "in":
                await self.one_in()
            case "out":
                await self.run(commands.exit, area_id=self.area(), visit_id=None, count=1)
            case "recount":
                await self.recount()
            case "staff":
                await self.run(commands.staff, area_id=self.area(), present=self.number("present"))
            case _:
                raise Refused("no_such_page", 404, {})
        return {"did": word}

    async def arrive(self) -> Answer:
        """A code, a number of today, or the text of a QR."""
        text = self.form.get("ticket", "").strip()[:2000]
        scan = tickets.read_scan(text)
        if isinstance(scan, tickets.Code):
            answer = await self.run(commands.arrive, code=scan.code)
            if answer["decision"] == "invalid":
                await web.spend_try(self.request, "code", self.who)
            return answer
        state = self.request.state
        now = state.clock.now()
        if isinstance(scan, tickets.Link):
            parsed = tickets.parse_token(scan.token)
            if parsed and parsed[0] != self.office_id:
                return {"decision": "wrong_office"}
            found = await reads.ticket(state.pool, *self._mine(now), parsed[1]) if parsed else None
        else:
            number = text.upper()[:20]
            rows = await reads.find_visits(state.pool, *self._mine(now), number=number)
            found = rows[0] if number and rows else None
        if found is None:
            return {"decision": "invalid", "reason": "unknown"}
        return await self.run(commands.arrive, visit_id=UUID(found["visit_id"]))

    def _mine(self, now: Any) -> tuple[int, Any]:
        return self.office_id, now

    async def walk_in(self) -> Answer:
        service = self.form.get("service", "")[:63]
        quantity = self.number("quantity", 1)
        wanted: Sequence[Mapping[str, object]] = (
            [{"service": service, "quantity": quantity}] if service else []
        )
        answer = await self.run(
            commands.walk_in,
            visit_id=web.as_uuid(self.key) or uuid4(),
            services=wanted,
            party_size=self.number("party_size", 1),
            priority=self.form.get("priority", "")
            if self.form.get("priority") in wording.PRIORITIES
            else "",
            needs=[need for need in wording.NEEDS if self.form.get(f"need-{need}")],
            name=web.clean_line(self.form.get("name", ""), 100) or "",
            phone="",
            language="en" if self.form.get("language") == "en" else "vi",
            channel="helper",
            token=secrets.token_hex(16),
            digits=tickets.new_digits(),
        )
        visit = answer.get("visit")
        if visit and answer.get("number"):
            # The helper says the number aloud, so there is no slip to wait for.
            said = {"visit_id": UUID(visit["visit_id"]), "word": "said"}
            await web.act(self.request, commands.slip, self.office_id, self.who.actor, None, **said)
        return answer

    async def one_in(self) -> None:
        """Somebody nobody can name went in: the room counts one more than it did."""
        area = self.area()
        state = self.request.state
        board = await reads.board(state.pool, self.office_id, state.clock.now())
        present = next((row["present"] for row in board["areas"] if row["area"] == area), 0)
        await self.run(commands.recount, area_id=area, present=present + 1)

    async def recount(self) -> None:
        """Everybody inside. Who was named as gone leaves first, by a command of their own."""
        if visit_id := web.as_uuid(self.form.get("gone")):
            key, self.key = self.key, f"{self.key}/leave"
            await self.run(commands.leave, visit_id=visit_id)
            self.key = key
        await self.run(commands.recount, area_id=self.area(), present=self.number("present"))

    async def run(self, command: Any, **rest: Any) -> Answer:
        return await web.act(
            self.request, command, self.office_id, self.who.actor, self.key, **rest
        )

    def area(self) -> str:
        return self.form.get("area", "")[:63]

    def visit_id(self) -> UUID:
        visit_id = web.as_uuid(self.form.get("visit"))
        if visit_id is None:
            raise Refused("no_such_visit", 404, {})
        return visit_id

    def number(self, field: str, usual: int | None = None) -> int:
        text = tickets.plain_digits(self.form.get(field, "").strip() or str(usual or ""))
        if not text or len(text) > 4:
            raise Refused("bad_count", 422, {})
        return int(text)


def _told(answer: Answer) -> Mapping[str, str]:
    told = {name: str(answer[name]) for name in TOLD if answer.get(name)}
    visit = answer.get("visit")
    return {**told, "visit": str(visit["visit_id"])} if visit else told


async def _seen(request: AppRequest, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    office_id = await web.office_of(request)
    who = await web.caller(request, *ROLES, office_id=office_id)
    state = request.state
    now = state.clock.now()
    office = await reads.office(state.pool, office_id, now)
    lines = await reads.queue(state.pool, office_id, now)
    board = await reads.board(state.pool, office_id, now)
    wanted = (form or {}).get("area") or request.query_params.get("area")
    area = next((one for one in board["areas"] if one["area"] == wanted), board["areas"][0])
    door = next((one for one in lines["door"] if one["area"] == area["area"]), None)
    inside = [
        visit for line in lines["lines"] if line["area"] == area["area"] for visit in line["visits"]
    ]
    return {
        "office": office,
        "zone": ZoneInfo(office["time_zone"]),
        "areas": board["areas"],
        "area": area,
        "door": door or {"visits": [], "invited": []},
        "inside": inside,
        "services": await reads.services(state.pool, office_id, now),
        "walk_ins": board["walk_ins"],
        "who": who,
        "now": now,
        "troubles": await web.troubles(request, office),
        "fresh": web.fresh_id,
        "refused": None,
        "form": form or {},
        "say_refusal": wording.say_refusal,
        "priorities": dict(wording.options(web.lang(request), wording.PRIORITIES)),
        "needs": dict(wording.options(web.lang(request), wording.NEEDS)),
        "did": request.query_params.get("did", ""),
        "group": tickets.group_code,
        "base": f"/door/{office['slug']}",
        **await _decision(request, office_id, office),
    }


async def _decision(request: AppRequest, office_id: int, office: Answer) -> dict[str, Any]:
    """What the door said to whoever came last, in words, with their visit as it now stands."""
    asked = request.query_params
    if asked.get("decision") not in wording.DECISIONS:
        return {"told": None, "visit": None, "decision": ""}
    visit = None
    if visit_id := web.as_uuid(asked.get("visit")):
        visit = await reads.visit(
            request.state.pool, office_id, request.state.clock.now(), visit_id
        )
    facts: dict[str, Any] = {"decision": asked["decision"], "visit": visit}
    facts |= {name: asked[name][:40] for name in ("reason", "late") if name in asked}
    if visit and visit.get("number"):
        facts["number"] = visit["number"]
    told = wording.say_decision(web.lang(request), facts, office["time_zone"])
    return {"told": told, "visit": visit, "decision": asked["decision"]}


ROUTES = [
    Route("/door/{office}", page, methods=["GET"], name="door"),
    Route("/door/{office}/live", fragment, methods=["GET"], name="door_live"),
    Route("/door/{office}/{act}", act, methods=["POST"], name="door_act"),
]
