"""Pages: who works when. Groups take turns, a day is changed, it is checked and published."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, reads, sheets, web, wording
from queue_service.db import Refused
from queue_service.i18n import N_, say_date, translator
from queue_service.manager import changes, frame
from queue_service.manager.rota_words import say_break, say_place
from queue_service.web import AppRequest, Form

frame.PAGES.append(
    ("rota", N_("Rota"), N_("Who works in the office, who at home, who is on leave"))
)
MOST_FIELDS = 2000  # of a day's form: one for each person and shift
BY = ("published_by", "withdrawn_by")

Answer = Mapping[str, Any]


async def show(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    return await _page(request, office)


async def act(request: AppRequest) -> Response:
    """Plans days by turns, or draws up the publication of days, which then is shown."""
    who, office = await frame.enter(request)
    form = await web.read_form(request)
    state, office_id = request.state, office["office_id"]
    try:
        first, last = _day_of(form.get("first", "")), _day_of(form.get("last", ""))
        if "publish" in form or "withdraw" in form:
            change_id = UUID(web.fresh_id())
            withdraw = "withdraw" in form
            await (commands.draft_withdrawal if withdraw else commands.draft_rota)(
                state.pool, office_id, state.clock.at(), who.actor, change_id, first, last,
                changes.MOST_DAYS,
            )  # fmt: skip
            return web.see_other(f"/manage/{office['slug']}/changes/{change_id}")
        together = form.get("together", "")
        await commands.plan_rota(
            state.pool, office_id, state.clock.at(), who.actor, first, last,
            form.get("turn", ""), form.get("first_group") or None,
            int(together) if together.isascii() and together.isdecimal() else 0,
            form.get("others", ""),
        )  # fmt: skip
    except Refused as refused:
        return await _page(request, office, form, refused)
    return web.see_other(
        f"/manage/{office['slug']}/rota?from={first}&weeks={_weeks(form)}&did=planned"
    )


async def day(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    return await _day_page(request, office)


async def change_day(request: AppRequest) -> Response:
    who, office = await frame.enter(request)
    form = await web.read_form(request, MOST_FIELDS)
    when = _day_of(request.path_params["day"])
    duties: list[dict[str, str]] = []
    for name, place in form.items():
        kind, _, rest = name.partition(".")
        staff_id, _, shift_id = rest.partition(".")
        if kind == "duty" and web.as_uuid(staff_id) is not None:
            duties.append({"staff_id": staff_id, "shift_id": shift_id, "place": place})
    state = request.state
    try:
        await commands.plan_day(
            state.pool, office["office_id"], state.clock.at(), who.actor, when, duties
        )
    except Refused as refused:
        return await _day_page(request, office, refused)
    return web.see_other(f"/manage/{office['slug']}/rota/{when}?did=kept")


async def table(request: AppRequest) -> Response:
    """Who is where on the days that are shown, as a file."""
    _, office = await frame.enter(request)
    first, last = _span(request, office)
    seen = await _read(request, office, first, last)
    language = web.lang(request)
    _ = web.gettext(request)
    head = [
        _("Day"),
        _("Shift"),
        _("From (time)"),
        _("To (time)"),
        _("Place"),
        _("Name"),
        _("Position"),
        _("Published"),
    ]
    content = sheets.csv_of(sheets.Table("rota", _("Rota"), head, list(_rows(seen, language))))
    headers = {
        "content-disposition": f'attachment; filename="{office["slug"]}-rota-{first}.csv"',
        "cache-control": "no-store",
    }
    return Response(content, headers=headers, media_type=sheets.CSV)


def _rows(seen: Answer, language: str) -> Iterator[list[sheets.Cell]]:
    _ = translator(language).gettext
    people = {one["staff_id"]: one for one in seen["staff"]}
    shifts = {one["shift_id"]: one for one in seen["shifts"]}
    for one in seen["days"]:
        published = one["published"] or ()
        for duty in sorted(
            one["plan"],
            key=lambda row: (
                shifts.get(row["shift_id"], {}).get("starts", ""),
                row["place"] != "office",
            ),
        ):
            person, shift = people.get(duty["staff_id"]), shifts.get(duty["shift_id"])
            if person is None or shift is None:
                continue
            yield [
                one["day"], shift[f"name_{language}"], shift["starts"], shift["ends"],
                say_place(language, duty["place"]), person["name"], person["title"],
                _("published") if duty in published else _("not published"),
            ]  # fmt: skip


async def _read(request: AppRequest, office: Answer, first: date, last: date) -> dict[str, Any]:
    state = request.state
    seen = await reads.rota(state.pool, office["office_id"], state.clock.now(), first, last)
    assert seen is not None
    return seen


def _today(request: AppRequest, office: Answer) -> date:
    return request.state.clock.now().astimezone(office["zone"]).date()


def _span(request: AppRequest, office: Answer, form: Form | None = None) -> tuple[date, date]:
    """One week or two from the Monday of the day that is asked for."""
    asked = form.get("shown", "") if form else request.query_params.get("from", "")
    try:
        first = date.fromisoformat(asked)
    except ValueError:
        first = _today(request, office)
    first -= timedelta(days=first.weekday())
    return first, first + timedelta(days=7 * _weeks(form or request.query_params) - 1)


def _weeks(said: Mapping[str, str]) -> int:
    return 2 if said.get("weeks") == "2" else 1


def _day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("bad_days", 422, {"most": 31}) from None


async def _page(
    request: AppRequest, office: Answer, form: Form | None = None, refused: Refused | None = None
) -> Response:
    first, last = _span(request, office, form)
    seen = await _read(request, office, first, last)
    language, today = web.lang(request), _today(request, office)
    days = [_day(one, seen, language, today) for one in seen["days"]]
    to_come = [one for one in days if one["day"] >= today]
    planned = [one["day"] for one in to_come if one["plan"]]
    context = {
        "seen": seen,
        "days": days,
        "groups": list(_groups(seen, days, language)),
        "here": f"/manage/{office['slug']}/rota",
        "first": first,
        "weeks": _weeks(form or request.query_params),
        "before": first - timedelta(days=7),
        "after": first + timedelta(days=7),
        "plan_from": to_come[0]["day"] if to_come else today,
        "plan_to": days[-1]["day"],
        "publish_from": min(planned, default=today),
        "publish_to": max(planned, default=days[-1]["day"]),
        "any_published": any(one["published_at"] for one in to_come),
        "today": today,
        "sent": frame.Sent(form or {}),
        "did": request.query_params.get("did", ""),
        "errors": _told(language, seen, refused) if refused else {},
        "group_names": [(one["group_id"], one[f"name_{language}"]) for one in seen["groups"]],
        "numbers": [(n, n) for n in range(1, max(len(seen["groups"]), 1) + 1)],
    }
    status = refused.status if refused else 200
    return frame.page(request, office, "rota.html", context, status)


def _told(language: str, seen: Answer, refused: Refused) -> dict[str, str]:
    """What was refused; of a rota that breaks rules each day with each of them."""
    words = wording.say_refusal(language, refused.code, refused.facts)
    if refused.code != "rota_breaks":
        return {"": words.text}
    names = _names(seen)
    days = {
        f"day-{one['day']}": f"{say_date(date.fromisoformat(one['day']), language)}: "
        + " ".join(say_break(language, broken, names) for broken in one["breaks"])
        for one in refused.facts["days"]
    }
    return {"": words.text, **days}


def _names(seen: Answer) -> dict[str, str]:
    return {one["staff_id"]: one["name"] for one in seen["staff"]}


def _day(one: Answer, seen: Answer, language: str, today: date) -> dict[str, Any]:
    """A day of the page: how many are where in each shift, and what is wrong with it."""
    names, when = _names(seen), date.fromisoformat(one["day"])
    return {
        "day": when,
        "open": bool(one["hours"]),
        "over": when < today,
        "state": ("withdrawn" if one["withdrawn_at"] else "none") if one["published"] is None
        else "published" if one["published"] == one["plan"] else "changed",
        **{name: one[name] and wording.say_actor(language, one[name]) for name in BY},
        "published_at": one["published_at"],
        "withdrawn_at": one["withdrawn_at"],
        "holds": one["holds"],
        "plan": one["plan"],
        "counts": [
            {
                "shift": shift,
                **{
                    place: sum(
                        (duty["shift_id"], duty["place"]) == (shift["shift_id"], place)
                        for duty in one["plan"]
                    )
                    for place in ("office", "home")
                },
            }
            for shift in seen["shifts"]
        ],
        "unplanned": bool(one["hours"]) and not one["plan"] and one["published"] is None,
        "broken": [say_break(language, broken, names) for broken in one["breaks"]],
        "was_broken": [say_break(language, broken, names) for broken in one["published_breaks"]]
        if one["published_breaks"] != one["breaks"] else [],
    }  # fmt: skip


def _groups(
    seen: Answer, days: Sequence[Mapping[str, Any]], language: str
) -> Iterator[dict[str, Any]]:
    """The people of each group, and where each is on each day."""
    named = {one["group_id"]: one[f"name_{language}"] for one in seen["groups"]}
    for group_id in (None, *named):
        people = [
            one
            for one in seen["staff"]
            if (one["group_id"] if one["group_id"] in named else None) == group_id
        ]
        if people:
            yield {
                "name": named.get(group_id),
                "people": [
                    {**one, "cells": [_cell(one, at, seen, language) for at in days]}
                    for one in people
                ],
            }


def _cell(
    person: Answer, at: Mapping[str, Any], seen: Answer, language: str
) -> list[tuple[str, str, str]]:
    """Where somebody is on a day: kind, words, and the shift where it is not all day the same."""
    if on_leave(person, at["day"]):
        return [("leave", say_place(language, "leave"), "")]
    places = {
        duty["shift_id"]: duty["place"]
        for duty in at["plan"]
        if duty["staff_id"] == person["staff_id"]
    }
    if not places:
        return []
    if len(places) == len(seen["shifts"]) and len(set(places.values())) == 1:
        place = next(iter(places.values()))
        return [(place, say_place(language, place), "")]
    return [
        (
            places[one["shift_id"]],
            say_place(language, places[one["shift_id"]]),
            one[f"name_{language}"],
        )
        for one in seen["shifts"]
        if one["shift_id"] in places
    ]


def on_leave(person: Answer, when: date) -> bool:
    said = when.isoformat()
    return any(one["first_day"] <= said <= one["last_day"] for one in person["leaves"])


async def _day_page(
    request: AppRequest, office: Answer, refused: Refused | None = None
) -> Response:
    when = _day_of(request.path_params["day"])
    seen = await _read(request, office, when, when)
    language, today = web.lang(request), _today(request, office)
    one = _day(seen["days"][0], seen, language, today)
    places = {
        (duty["staff_id"], duty["shift_id"]): duty["place"] for duty in seen["days"][0]["plan"]
    }
    hours = [
        f"{_clock(span['opens'], office)}–{_clock(span['closes'], office)}"
        for span in seen["days"][0]["hours"]
    ]
    context = {
        "seen": seen,
        "one": one,
        "hours": hours,
        "places": places,
        "choices": [(place, say_place(language, place)) for place in ("office", "home", "off")],
        "people": [{**person, "on_leave": on_leave(person, when)} for person in seen["staff"]],
        "here": f"/manage/{office['slug']}/rota",
        "before": when - timedelta(days=1),
        "after": when + timedelta(days=1),
        "did": request.query_params.get("did", ""),
        "errors": _told(language, seen, refused) if refused else {},
    }
    status = refused.status if refused else 200
    return frame.page(request, office, "rota_day.html", context, status)


def _clock(moment: str, office: Answer) -> str:
    return datetime.fromisoformat(moment).astimezone(office["zone"]).strftime("%H:%M")


ROUTES = [
    Route("/manage/{office}/rota", show, methods=["GET"], name="rota"),
    Route("/manage/{office}/rota", act, methods=["POST"]),
    Route("/manage/{office}/rota.csv", table, methods=["GET"], name="rota_table"),
    Route("/manage/{office}/rota/{day}", day, methods=["GET"], name="rota_day"),
    Route("/manage/{office}/rota/{day}", change_day, methods=["POST"]),
]
