"""Pages: presets, the named sets of rules that are put in force and used again."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, web
from queue_service.authority import frame
from queue_service.web import AppRequest, Form

CODE = re.compile(r"[0-9]\.[0-9]{6}(\.[0-9A-Z.]+)?")
MOST = 100_000  # what a cap may say


async def show_all(request: AppRequest) -> Response:
    _who, authority = await frame.enter(request)
    language, _ = web.lang(request), web.gettext(request)
    presets = [
        {**one, "said": frame.say_rules(one["rules"], language, _)} for one in authority["presets"]
    ]
    return frame.page(request, authority, "presets.html", {"presets": presets})


async def add(request: AppRequest) -> Response:
    _who, authority = await frame.enter(request)
    return web.see_other(f"/authority/{authority['authority_id']}/presets/{uuid4()}")


async def edit(request: AppRequest) -> Response:
    _who, authority = await frame.enter(request)
    preset_id = frame.need_uuid(request.path_params["preset"], "no_such_preset")
    found = _preset(authority, str(preset_id))
    return _page(request, authority, _as_form(found) if found else Form(), known=found is not None)


async def keep(request: AppRequest) -> Response:
    who, authority = await frame.enter(request)
    preset_id = frame.need_uuid(request.path_params["preset"], "no_such_preset")
    form, _offices = await frame.read_form(request)
    known = _preset(authority, str(preset_id))
    state, here = request.state, authority["authority_id"]
    if form.get("act") == "retire" and known:
        at, names = state.clock.at(), (known["name_vi"], known["name_en"])
        await commands.keep_preset(
            state.pool, at, who.actor, here, preset_id, *names, known["rules"], True
        )
        return web.see_other(f"/authority/{here}/presets")
    rules, errors = _read(request, form)
    names = frame.name_of(form, "name_vi"), frame.name_of(form, "name_en")
    if not names[0]:
        errors["name_vi"] = web.gettext(request)("Please give it a name.")
    if errors:
        return _page(request, authority, form, errors, known is not None, 422)
    await commands.keep_preset(
        state.pool,
        state.clock.at(),
        who.actor,
        here,
        preset_id,
        names[0],
        names[1] or names[0],
        rules,
    )
    return web.see_other(f"/authority/{here}/direct?preset={preset_id}")


def _preset(authority: Mapping[str, Any], preset_id: str) -> dict[str, Any] | None:
    found = (one for one in authority["presets"] if one["preset_id"] == preset_id)
    return next(found, None)


def _as_form(preset: Mapping[str, Any]) -> Form:
    rules = preset["rules"]
    form = Form(name_vi=preset["name_vi"], name_en=preset["name_en"])
    fields = {scope: name for name, _kind, scope, _said in frame.CAPS}
    form |= {fields[cap["scope"]]: str(cap["maximum"]) for cap in rules["caps"]}
    form |= {one: "1" for one in ("urgent_only", "online_only") if rules[one]}
    form["urgent_codes"] = "\n".join(rules["urgent_codes"])
    if closed := rules.get("closed"):
        form |= {"closed": "1", "closed_vi": closed["vi"], "closed_en": closed["en"]}
    return Form(form)


def _read(request: AppRequest, form: Form) -> tuple[dict[str, Any], dict[str, str]]:
    """The rules of a form, and what is wrong with which of its fields."""
    _, errors = web.gettext(request), dict[str, str]()
    caps: list[dict[str, Any]] = []
    for name, kind, scope, _said in frame.CAPS:
        text = form.get(name, "").strip()
        if not text:
            continue
        if not (text.isascii() and text.isdecimal() and int(text[:7]) <= MOST and len(text) < 7):
            errors[name] = _("Please give a number.")
        else:
            caps.append({"kind": kind, "scope": scope, "maximum": int(text)})
    codes = [part for part in re.split(r"[\s,;]+", form.get("urgent_codes", "")) if part]
    wrong = [code for code in codes if not CODE.fullmatch(code)]
    if wrong:
        said = _("This is no national code: %(code)s. Write it as 1.001193.")
        errors["urgent_codes"] = said % {"code": wrong[0][:40]}
    rules: dict[str, Any] = {
        "caps": caps,
        "urgent_only": "urgent_only" in form,
        "urgent_codes": list(dict.fromkeys(codes)) if "urgent_only" in form else [],
        "online_only": "online_only" in form,
    }
    if "closed" in form:
        why = frame.name_of(form, "closed_vi"), frame.name_of(form, "closed_en")
        rules["closed"] = {"vi": why[0], "en": why[1] or why[0]}
        if not why[0]:
            errors["closed_vi"] = _("Please say why: people who want to book then read it.")
    if not errors and not (
        caps or rules["urgent_only"] or rules["online_only"] or "closed" in form
    ):
        errors["area"] = _("This preset says nothing yet: give it one rule at least.")
    return rules, errors


def _page(
    request: AppRequest,
    authority: Mapping[str, Any],
    form: Form,
    errors: Mapping[str, str] | None = None,
    known: bool = False,
    status: int = 200,
) -> Response:
    context = {"form": form, "errors": errors or {}, "known": known, "caps": frame.CAPS}
    return frame.page(request, authority, "preset.html", context, status)


ROUTES = [
    Route("/authority/{authority}/presets", show_all, methods=["GET"], name="presets"),
    Route("/authority/{authority}/presets", add, methods=["POST"]),
    Route("/authority/{authority}/presets/{preset}", edit, methods=["GET"], name="preset"),
    Route("/authority/{authority}/presets/{preset}", keep, methods=["POST"]),
]
