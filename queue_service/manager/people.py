"""Pages: who works here for the rota, what each can serve, and who is on leave."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, names, reads, web, wording
from queue_service.db import Refused
from queue_service.i18n import N_
from queue_service.manager import frame
from queue_service.web import AppRequest, Caller, Form

frame.PAGES.append(
    ("staff", N_("Staff and leave"), N_("Who works here, in which group and for what; leave"))
)
LONGEST = 80

NEW = "new"
# Beside which field a refusal stands.
FIELDS = {
    "bad_name": "name",
    "bad_days": "left_on",
    "name_on_list": "name",
    "account_on_list": "account",
}
EXAMPLE = {
    "vi": (
        "họ tên,chức vụ,tổ,lĩnh vực,phụ trách",
        "Nguyễn Văn A,Công chức",
        "Trần Thị B,Viên chức",
    ),
    "en": ("name,position,group,fields,leads", "Nguyễn Văn A,Official", "Trần Thị B,Clerk"),
}


async def show(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    return await _page(request, office)


async def act(request: AppRequest) -> Response:
    """Somebody's leave, entered or taken back."""
    who, office = await frame.enter(request)
    form = await web.read_form(request)
    state, office_id = request.state, office["office_id"]
    try:
        staff_id = web.as_uuid(form.get("staff"))
        if staff_id is None:
            raise Refused("no_such_staff", 404, {})
        first = _day(form, "first")
        at = state.clock.at()
        if "drop" in form:
            await commands.drop_leave(state.pool, office_id, at, who.actor, staff_id, first)
        else:
            last = _day(form, "last") if form.get("last", "").strip() else first
            await commands.take_leave(state.pool, office_id, at, who.actor, staff_id, first, last)
    except Refused as refused:
        return await _page(request, office, form, refused)
    did = "dropped" if "drop" in form else "leave"
    return web.see_other(f"/manage/{office['slug']}/staff?did={did}")


async def person(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    return await _form(request, office)


async def keep(request: AppRequest) -> Response:
    who, office = await frame.enter(request)
    form = await web.read_form(request)
    name = request.path_params["person"]
    if name == NEW:  # the form carries who it makes: pressed twice it adds one person
        staff_id = web.as_uuid(form.get("staff_id")) or uuid4()
    else:
        staff_id = UUID((await _known(request, office, name))["staff_id"])
    try:
        await _keep(request, who, office, staff_id, form)
    except Refused as refused:
        words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
        field = FIELDS.get(refused.code, "")
        return await _form(request, office, form, {field: words.text}, refused.status)
    return web.see_other(f"/manage/{office['slug']}/staff?did=kept")


async def _keep(
    request: AppRequest, who: Caller, office: Mapping[str, Any], staff_id: UUID, form: Form
) -> None:
    state = request.state
    account = web.as_uuid(form.get("account"))
    accounts = await reads.accounts(state.pool, office["office_id"])
    if account is not None and str(account) not in {row["account_id"] for row in accounts}:
        raise Refused("no_such_account", 404, {})
    name = web.clean_line(form.get("name", ""), LONGEST) or ""
    for one in (await read(request, office))["staff"]:
        other = one["staff_id"] != str(staff_id)
        if other and names.same(one["name"]) == names.same(name) and "other" not in form:
            raise Refused("name_on_list", 409, {"name": one["name"]})
    told = {
        "name": name,
        "title": web.clean_line(form.get("title", ""), LONGEST) or "",
        "group": form.get("group") or None,
        "area": form.get("area") or None,
        "queues": [name.partition(".")[2] for name in form if name.startswith("queue.")],
        "leads": "leads" in form,
        "account_id": str(account) if account else None,
        "left_on": _day(form, "left_on").isoformat() if form.get("left_on", "").strip() else None,
    }
    await commands.keep_staff(
        state.pool, office["office_id"], state.clock.at(), who.actor, staff_id, told
    )


def _day(form: Form, field: str) -> date:
    try:
        return date.fromisoformat(form.get(field, "").strip())
    except ValueError:
        raise Refused("bad_days", 422, {"most": 366}) from None


async def read(request: AppRequest, office: Mapping[str, Any]) -> dict[str, Any]:
    state = request.state
    now = state.clock.now()
    today = now.astimezone(office["zone"]).date()
    seen = await reads.rota(state.pool, office["office_id"], now, today, today)
    assert seen is not None
    return {**seen, "today": today}


async def _known(request: AppRequest, office: Mapping[str, Any], name: str) -> dict[str, Any]:
    for one in (await read(request, office))["staff"]:
        if one["staff_id"] == name:
            return one
    raise Refused("no_such_staff", 404, {})


async def _page(
    request: AppRequest,
    office: Mapping[str, Any],
    form: Form | None = None,
    refused: Refused | None = None,
) -> Response:
    if refused is None:
        return await page(request, office, {})
    said = wording.say_refusal(web.lang(request), refused.code, refused.facts).text
    return await page(request, office, {"errors": {"": said}}, form, refused.status)


async def page(
    request: AppRequest,
    office: Mapping[str, Any],
    more: Mapping[str, Any],
    form: Form | None = None,
    status: int = 422,
) -> Response:
    """The list; `more`: what is wrong with what was sent, with this status."""
    seen, language = await read(request, office), web.lang(request)
    context = {
        "seen": seen,
        "groups": {one["group_id"]: one[f"name_{language}"] for one in seen["groups"]},
        "fields": {one["queue"]: one[f"name_{language}"] for one in seen["queues"]},
        "people": [(one["staff_id"], one["name"]) for one in seen["staff"]],
        "sent": frame.Sent(form or {}),
        "errors": {},
        "problems": (),
        "did": request.query_params.get("did", ""),
        "example": _example(request, seen),
        **more,
    }
    return frame.page(request, office, "staff.html", context, status if more else 200)


def _example(request: AppRequest, seen: Mapping[str, Any]) -> str:
    """A table as it may be taken in, in the words of this office."""
    name = f"name_{web.lang(request)}"
    groups = [one[name] for one in seen["groups"]] or [""]
    fields = [one[name] for one in seen["queues"]]
    head, first, second = EXAMPLE[web.lang(request)]
    return "\n".join(
        (
            head,
            f"{first},{groups[0]},{'; '.join(fields[:2])},x",
            f"{second},{groups[-1]},{'; '.join(fields[-1:])},",
        )
    )


async def _form(
    request: AppRequest,
    office: Mapping[str, Any],
    form: Form | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    name, language = request.path_params["person"], web.lang(request)
    seen, _ = await read(request, office), web.gettext(request)
    known: dict[str, Any] = {} if name == NEW else await _known(request, office, name)
    area = seen["areas"][0]["area"] if seen["areas"] and not known else known.get("area_id")
    said: dict[str, Any] = {
        "name": known.get("name", ""),
        "title": known.get("title", ""),
        "group": known.get("group_id") or "",
        "area": area or "",
        "account": known.get("account_id") or "",
        "left_on": known.get("left_on") or "",
        "leads": known.get("leads", False),
        "queues": known.get("queues", []),
    }
    if form is not None:
        said |= {field: form.get(field, "") for field in said if field not in ("leads", "queues")}
        said["leads"] = "leads" in form
        said["queues"] = [name.partition(".")[2] for name in form if name.startswith("queue.")]
    accounts = await reads.accounts(request.state.pool, office["office_id"])
    context = {
        "new": name == NEW,
        "staff_id": form.get("staff_id") if form else web.fresh_id(),
        "namesake": "name" in (errors or {}) and form is not None and status == 409,
        "person": known,
        "said": said,
        "queues": seen["queues"],
        "groups": [("", _("Takes no turns: always in the office"))]
        + [(one["group_id"], one[f"name_{language}"]) for one in seen["groups"]],
        "areas": [(one["area"], one[f"name_{language}"]) for one in seen["areas"]]
        + [("", _("Elsewhere: does not count in a room's cap"))],
        "accounts": [("", _("None"))]
        + [(row["account_id"], f"{row['name']} ({row['login']})") for row in accounts],
        "errors": errors or {},
    }
    return frame.page(request, office, "staff_person.html", context, status)


ROUTES = [
    Route("/manage/{office}/staff", show, methods=["GET"], name="rota_staff"),
    Route("/manage/{office}/staff", act, methods=["POST"]),
    Route("/manage/{office}/staff/{person}", person, methods=["GET"], name="rota_person"),
    Route("/manage/{office}/staff/{person}", keep, methods=["POST"]),
]
