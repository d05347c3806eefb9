"""Pages: what the office's messages say, in words of its own."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from queue_service import web
from queue_service.db import Refused
from queue_service.i18n import N_
from queue_service.manager import above, editing, forms, frame
from queue_service.manager.asked import KINDS
from queue_service.manager.fields import Field, Languages, Sent, Tables, keys
from queue_service.offices.form import Both
from queue_service.outgoing import kinds
from queue_service.web import AppRequest

WORDS = Languages(Field("text", N_("In words of your own")), keys(Both)["vi"].type, False)


async def show(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    now = await editing.standing(request, office)
    return await _page(request, office, now, request.query_params.get("id"), None)


async def send(request: AppRequest) -> Response:
    who, office = await frame.enter(request)
    form = await web.read_form(request, editing.MOST_FIELDS)
    kind = form.get("one", "")

    def change(tables: Tables) -> dict[str, str]:
        said: dict[str, Any] = {}
        errors = forms.read(form, [WORDS], said, web.gettext(request))
        own: dict[str, Any] = tables.setdefault("messages", {}).setdefault("texts", {})
        own.pop(kind, None)
        if said:
            own[kind] = said[WORDS.name]
        return errors

    def placed(where: editing.Where) -> str:
        here = where[:3] == ("messages", "texts", kind)
        return f"text_{where[3]}" if here and len(where) > 3 else "text_vi" if here else ""

    answer = await editing.send(request, who, office, form, change, ["messages"], placed)
    if isinstance(answer, Response):
        return answer
    now = await editing.standing(request, office)
    return await _page(request, office, now, kind, form, answer)


async def _page(
    request: AppRequest,
    office: Mapping[str, Any],
    now: editing.Standing,
    kind: str | None,
    form: Sent | None,
    trouble: editing.Trouble | None = None,
) -> Response:
    higher = await above.words(request, office)
    standing: dict[str, Any] = now.tables.get("messages", {}).get("texts", {})
    own = {one: said for one, said in standing.items() if said != higher.of("texts", one)}
    say = web.gettext(request)
    if kind is None:
        theirs = say(N_("in the words of %(authority)s")) % {"authority": higher.name}
        said_by = {one: theirs for one, _words in KINDS if higher.of("texts", one)}
        said_by |= dict.fromkeys(own, say(N_("in words of your own")))
        rows = [(one, say(words), said_by.get(one, "")) for one, words in KINDS]
        title, lead = N_("Message texts"), N_("Each has its usual words, or your own.")
        words = {"title": title, "lead": lead, "add": "", "rows": rows, "of": "texts"}
        return frame.page(request, office, "rows.html", words)
    if kind not in dict(KINDS):
        raise Refused("no_such_page", 404, {})
    stands = WORDS.show(own.get(kind))
    context = {
        "one": kind,
        "name": say(dict(KINDS)[kind]),
        "authority": higher.name if higher.of("texts", kind) else "",
        "usual": higher.of("texts", kind)
        or {one: kinds.default(kind, one) for one in above.LANGUAGES},
        "gaps": sorted(kinds.KINDS[kind].gaps),
        "values": stands if form is None else form,
        "version": now.version,
        "errors": trouble.errors if trouble else {},
        "since": trouble.since if trouble else (),
    }
    return frame.page(request, office, "text.html", context, 422 if trouble else 200)


ROUTES = [
    Route("/manage/{office}/texts", show, methods=["GET"], name="manage_texts"),
    Route("/manage/{office}/texts", send, methods=["POST"]),
]
