"""Texts that no rule could read: oldest first, each with its clock, answered by a person."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, i18n, reads, web, wording
from queue_service.db import Refused
from queue_service.fitting import fits
from queue_service.web import AppRequest, Caller, Form

LATE = timedelta(minutes=30)
LONGEST = 500


async def show(request: AppRequest) -> Response:
    return await _page(request, await web.caller(request))


async def answer(request: AppRequest) -> Response:
    """By text, or with no words where none are needed."""
    who = await web.caller(request)
    form = await web.read_form(request)
    try:
        await _answer(request, who, form)
    except Refused as refused:
        words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
        field = f"text-{form.get('inbox', '')}" if refused.status == 422 else ""
        return await _page(request, who, form, {field: words.text}, refused.status)
    return web.see_other(f"/hotline/inbox?done={'sent' if 'send' in form else 'done'}")


async def _answer(request: AppRequest, who: Caller, form: Form) -> None:
    inbox_id = web.as_uuid(form.get("inbox"))
    waiting = {UUID(one["inbox_id"]): one for one in await _waiting(request, who)}
    if inbox_id is None:
        raise Refused("no_such_text", 404, {})
    text = ""
    if "send" in form:
        text = _words(form)
    item = waiting.get(inbox_id)
    # One that has gone from the list is refused by the command, which knows why.
    office_id = (item["office_id"] if item else None) or await _own_office(request, who)
    state = request.state
    await commands.answer_inbox(state.pool, office_id, state.clock.at(), who.actor, inbox_id, text)


def _words(form: Form) -> str:
    given = " ".join(form.get("text", "").split())
    if not given:
        raise Refused("no_words", 422, {})
    text = web.clean_line(given, LONGEST)
    if text is None or not fits(text):
        raise Refused("words_too_long", 422, {})
    return text


async def _own_office(request: AppRequest, who: Caller) -> int:
    """Whose carriers take an answer to somebody who never booked anywhere."""
    mine = [
        row["office_id"]
        for row in await reads.directory(request.state.pool)
        if who.may_enter(row["office_id"])
    ]
    if not mine:
        raise Refused("no_such_office", 404, {})
    return min(mine)


async def _waiting(request: AppRequest, who: Caller) -> list[dict[str, Any]]:
    offices = None if who.offices is None else sorted(who.offices)
    return await reads.inbox(request.state.pool, offices, request.state.clock.now())


async def _page(
    request: AppRequest,
    who: Caller,
    form: Form | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    now, language = request.state.clock.now(), web.lang(request)
    names = {row["office_id"]: row for row in await reads.offices(request.state.pool, now)}
    items = [
        {
            **one,
            "office": names.get(one["office_id"]),
            "since": i18n.say_from_now(_moment(one), now, language),
            "late": now - _moment(one) > LATE,
        }
        for one in await _waiting(request, who)
    ]
    context = {
        "items": items,
        "form": form or Form(),
        "errors": errors or {},
        "done": request.query_params.get("done"),
    }
    page = "hotline/inbox_list.html" if web.asks_part(request) else "hotline/inbox.html"
    return web.render(request, page, context, status, private=True)


def _moment(item: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(item["first_at"])


ROUTES = [
    Route("/hotline/inbox", show, methods=["GET"], name="inbox"),
    Route("/hotline/inbox", answer, methods=["POST"]),
]
