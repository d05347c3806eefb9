"""What every form of an office's file does: it changes the tables, and shows what that would do.

Nobody overwrites unseen: a form says which version it was filled in from. Where another change
touched the same tables since, it is shown and the form is asked for once more.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from starlette.responses import Response

from queue_service import commands, offices, reads, web
from queue_service.manager import changes, checks
from queue_service.manager.fields import Say, Tables
from queue_service.web import AppRequest, Caller, Form

MOST_FIELDS = 1000  # a form of many lines has more than is usual
Where = tuple[str | int, ...]
Change = Callable[[Tables], Mapping[str, str]]  # what is wrong, by field
Placed = Callable[[Where], str]  # the field in which a mistake of the file stands


@dataclass(frozen=True)
class Standing:
    """The office's file as a form begins from it."""

    version: int
    document: Mapping[str, Any]
    tables: Tables


@dataclass(frozen=True)
class Trouble:
    """Why a form is shown again; `since`: what others changed under it."""

    errors: Mapping[str, str]
    since: Sequence[str] = field(default=())


async def standing(request: AppRequest, office: Mapping[str, Any]) -> Standing:
    # The version first: a change in between is asked about once too often, never passed over.
    version = await _version(request, office)
    document = await reads.standing_file(request.state.pool, office["office_id"])
    assert document is not None
    return Standing(version, document, _tables(request, office, document))


async def send(
    request: AppRequest,
    who: Caller,
    office: Mapping[str, Any],
    form: Form,
    change: Change,
    shown: Sequence[str] | None,
    placed: Placed,
) -> Response | Trouble:
    """To the page of what the change would do, or what is wrong with it. `shown`: the tables
    that the form shows."""
    now = await standing(request, office)
    changed = await since(request, office, now, form, shown)
    if changed is not None:
        return overtaken(web.gettext(request), changed)
    tables = _tables(request, office, now.document)
    if errors := change(tables):
        return Trouble(errors)
    day = today(request, office)
    try:
        document = read(offices.dump(tables), office, now.document, day)
    except offices.FileError as error:
        return Trouble(_told(error, web.lang(request), placed))
    return await propose(request, who, office, now, document, form.get("note", ""))


async def propose(
    request: AppRequest,
    who: Caller,
    office: Mapping[str, Any],
    now: Standing,
    document: Mapping[str, Any],
    note: str,
) -> Response | Trouble:
    """The page of what it would do; where somebody came in between, it is asked for again."""
    change_id = UUID(web.fresh_id())
    answer = await changes.propose(request, who, office, document, note, change_id=change_id)
    drafted = await reads.office_change(request.state.pool, office["office_id"], change_id)
    if drafted is not None and drafted["base"] != now.version:
        state, actor = request.state, who.actor
        at = state.clock.at()
        await commands.drop_change(state.pool, office["office_id"], at, actor, change_id)
        return overtaken(web.gettext(request), ())
    return answer


def read(
    text: str, office: Mapping[str, Any], before: Mapping[str, Any], day: date
) -> dict[str, Any]:
    """The document of a text that may become this office's; raises `FileError`."""
    found = offices.read_text(text, office["slug"], day)
    problems = checks.problems(text, tomllib.loads(text), found, office, before, day)
    if problems:
        raise offices.FileError(office["slug"], problems)
    return found.document


def today(request: AppRequest, office: Mapping[str, Any]) -> date:
    return request.state.clock.now().astimezone(office["zone"]).date()


async def _version(request: AppRequest, office: Mapping[str, Any]) -> int:
    newest = await reads.office_versions(request.state.pool, office["office_id"], 1)
    return newest[0]["version_no"] if newest else 0


def _tables(request: AppRequest, office: Mapping[str, Any], document: Mapping[str, Any]) -> Tables:
    day = today(request, office)
    return tomllib.loads(offices.write(office["office_id"], dict(document), day))


async def since(
    request: AppRequest,
    office: Mapping[str, Any],
    now: Standing,
    form: Form,
    shown: Sequence[str] | None,
) -> Sequence[str] | None:
    """What changed since the form was shown if these tables did (None: any); None: nothing."""
    said = form.get("version", "")
    if not (said.isascii() and said.isdecimal() and len(said) < 9) or int(said) == now.version:
        return None
    number = max(int(said), 1)  # what was there before the first change is kept as version 1
    found = await reads.office_version(request.state.pool, office["office_id"], number)
    if found is None:
        return ()
    # a version kept before there was such a part of the file has it as it is now
    before = {**now.document, **(found["standing"] or found["file"])}
    tables = _tables(request, office, before)
    if all(tables.get(name) == now.tables.get(name) for name in shown or {*tables, *now.tables}):
        return None
    day = today(request, office)
    return offices.said(web.lang(request), before, dict(now.document), day)


def overtaken(_: Say, since: Sequence[str]) -> Trouble:
    said = _("Somebody has changed this since you opened it. Please look, and send it again.")
    return Trouble({"": said}, since)


def _told(error: offices.FileError, language: str, placed: Placed) -> dict[str, str]:
    told: dict[str, str] = {}
    for problem in error.problems:
        name, said = placed(problem.where), getattr(problem, language)
        told[name] = f"{told[name]} {said}" if name in told else said
    return told
