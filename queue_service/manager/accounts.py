"""Page: who works here and signs in; new people, links to choose a password, withdrawal."""

from typing import Any
from uuid import UUID, uuid4

from starlette.responses import Response
from starlette.routing import Route

from queue_service import accounts, commands, reads, rights, web, wording
from queue_service.db import Refused
from queue_service.i18n import N_
from queue_service.manager import frame
from queue_service.web import AppRequest, Caller, Form

frame.PAGES.append(("accounts", N_("Staff accounts"), N_("Who signs in here, and as what.")))
LONGEST_NAME = 80


async def show(request: AppRequest) -> Response:
    who, office = await frame.enter(request)
    return await _page(request, who, office)


async def act(request: AppRequest) -> Response:
    who, office = await frame.enter(request)
    form = await web.read_form(request)
    doing = {"add": _add, "link": _link, "reset": _reset, "disable": _disable, "enable": _enable}
    one = next((doing[word] for word in doing if word in form), None)
    if one is None:
        raise Refused("bad_request", 422, {})
    try:
        told = await one(request, who, office, form)
    except Refused as refused:
        words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
        field = FIELDS.get(refused.code, "")
        return await _page(request, who, office, form, {field: words.text}, status=refused.status)
    if "link" in told:  # shown now and never again: no address may carry it
        return await _page(request, who, office, told=told)
    return web.see_other(f"/manage/{office['slug']}/accounts?done={told['done']}")


FIELDS = {"login_taken": "login", "bad_login": "login", "bad_name": "name"}
Told = dict[str, str]


async def _add(request: AppRequest, who: Caller, office: dict[str, Any], form: Form) -> Told:
    role, name = form.get("role", ""), web.clean_line(form.get("name", ""), LONGEST_NAME)
    if role not in rights.GRANTS.get(who.role, ()):
        raise Refused("forbidden", 403, {})
    if name is None:
        raise Refused("bad_name", 422, {})
    account_id, login = uuid4(), form.get("login", "").strip().lower()
    state = request.state
    await commands.add_account(
        state.pool,
        state.clock.at(),
        who.actor,
        account_id,
        login,
        name,
        role,
        [office["office_id"]],
    )
    return await _linked(request, who, {"account_id": str(account_id), "login": login})


async def _link(request: AppRequest, who: Caller, office: dict[str, Any], form: Form) -> Told:
    return await _linked(request, who, await _theirs(request, who, office, form["link"]))


async def _linked(request: AppRequest, who: Caller, account: dict[str, Any]) -> Told:
    state = request.state
    link = await accounts.make_link(
        state.pool,
        state.clock.at(),
        who.actor,
        UUID(account["account_id"]),
        state.settings.address,
    )
    return {"link": link, "login": account["login"]}


async def _reset(request: AppRequest, who: Caller, office: dict[str, Any], form: Form) -> Told:
    account = await _theirs(request, who, office, form["reset"])
    state = request.state
    await commands.reset_factor(
        state.pool, state.clock.at(), who.actor, UUID(account["account_id"])
    )
    return {"done": "reset"}


async def _disable(request: AppRequest, who: Caller, office: dict[str, Any], form: Form) -> Told:
    return await _switch(request, who, await _theirs(request, who, office, form["disable"]), True)


async def _enable(request: AppRequest, who: Caller, office: dict[str, Any], form: Form) -> Told:
    return await _switch(request, who, await _theirs(request, who, office, form["enable"]), False)


async def _switch(
    request: AppRequest, who: Caller, account: dict[str, Any], disabled: bool
) -> Told:
    state = request.state
    account_id = UUID(account["account_id"])
    await commands.set_account(
        state.pool, state.clock.at(), who.actor, account_id, disabled=disabled
    )
    return {"done": "disabled" if disabled else "enabled"}


async def _theirs(
    request: AppRequest, who: Caller, office: dict[str, Any], account_id: str
) -> dict[str, Any]:
    """An account of this office that is theirs to change; any other is as if it were not there."""
    for row in await reads.accounts(request.state.pool, office["office_id"]):
        if row["account_id"] == account_id and _may_change(who, row):
            return row
    raise Refused("no_such_account", 404, {})


def _may_change(who: Caller, row: dict[str, Any]) -> bool:
    """Nobody's own, none of a higher role, and none that reaches an office they do not."""
    return (
        row["role"] in rights.GRANTS.get(who.role, ())
        and row["account_id"] != str(who.account_id)
        and all(who.may_enter(one) for one in row["offices"])
    )


async def _page(
    request: AppRequest,
    who: Caller,
    office: dict[str, Any],
    form: Form | None = None,
    errors: dict[str, str] | None = None,
    told: Told | None = None,
    status: int = 200,
) -> Response:
    rows = await reads.accounts(request.state.pool, office["office_id"])
    roles = [role for role in rights.ROLES if role in rights.GRANTS.get(who.role, ())]
    context = {
        "accounts": [{**row, "mine": _may_change(who, row)} for row in rows],
        "roles": [(role, wording.say_role(web.lang(request), role)) for role in roles],
        "form": form or Form(),
        "errors": errors or {},
        "told": told or {},
        "hours": accounts.LINK_HOURS,
        "done": request.query_params.get("done", ""),
    }
    return frame.page(request, office, "accounts.html", context, status)


ROUTES = [
    Route("/manage/{office}/accounts", show, methods=["GET"], name="manage_accounts"),
    Route("/manage/{office}/accounts", act, methods=["POST"]),
]
