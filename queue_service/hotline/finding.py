"""Which office and service a caller means, when, and where the same is to be had near by."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from queue_service import matching
from queue_service.names import fold
from queue_service.texts import moments

Answer = dict[str, Any]
MOST_PLACES = 4
NEIGHBOURS = 3
EARTH = 6371.0  # kilometres
PARTS = (("chieu", time(13)), ("afternoon", time(13)), ("sang", time(0)), ("morning", time(0)))


class Wish(NamedTuple):
    """A service at an office that the words may mean; `kilometres`: it is one near by."""

    office: Answer
    service: Answer
    kilometres: float | None = None


def wishes(offices: Iterable[Answer], what: str, where: str) -> list[Wish]:
    """The best by their names; where one office is meant, its neighbours too."""
    if not what.strip():
        return []
    known = {office["slug"]: office for office in offices}
    places: Sequence[Sequence[Answer]] = [list(known.values())]
    if where.strip():
        named = [matching.Candidate(slug, matching.office_names(o)) for slug, o in known.items()]
        found = matching.best(where, named)
        # Those that were meant; only if none of them has the service, those that sound alike.
        places = [[known[one.key] for one in some] for some in (found.close, found.matches)]
    for some in places:
        if meant := _at(some, what):
            return [*meant, *_near(meant, known.values())]
    return []


def _at(offices: Iterable[Answer], what: str) -> list[Wish]:
    scored = list[tuple[float, Wish]]()
    for office in offices:
        services = {one["service"]: one for one in office["services"]}
        known = [matching.Candidate(k, matching.service_names(s)) for k, s in services.items()]
        best = matching.best(what, known).close[:MOST_PLACES]
        scored += [(one.score, Wish(office, services[one.key])) for one in best]
    scored.sort(key=lambda one: -one[0])
    return [wish for _, wish in scored[:MOST_PLACES]]


def _near(meant: Sequence[Wish], offices: Iterable[Answer]) -> list[Wish]:
    """The same service at the nearest offices, where the map knows them and one was meant."""
    first = meant[0]
    here = first.office
    if len({wish.office["slug"] for wish in meant}) > 1 or here["latitude"] is None:
        return []
    found = list[Wish]()
    for office in offices:
        if office["slug"] == here["slug"] or office["latitude"] is None:
            continue
        same = next((one for one in office["services"] if _same(one, first.service)), None)
        if same is not None:
            found.append(Wish(office, same, _kilometres(here, office)))
    return sorted(found, key=lambda wish: wish.kilometres or 0.0)[:NEIGHBOURS]


def _same(one: Answer, other: Answer) -> bool:
    if one["national_code"] and other["national_code"]:
        return one["national_code"] == other["national_code"]
    return fold(one["name_vi"]) == fold(other["name_vi"])


def _kilometres(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """As the crow flies; over a province the earth is as good as flat."""
    middle = math.radians((one["latitude"] + other["latitude"]) / 2)
    east = math.radians(other["longitude"] - one["longitude"]) * math.cos(middle)
    north = math.radians(other["latitude"] - one["latitude"])
    return EARTH * math.hypot(east, north)


def from_when(text: str, now: datetime) -> datetime | None:
    """From when on the caller wants a time: 'mai', 'T5 chieu', '8h', '31/3'. None: not read."""
    if not text.strip():
        return now
    said = moments.plain(text)
    hour, day, _ = moments.read(text, now)
    if hour is None:
        hour = next((at for word, at in PARTS if re.search(rf"\b{word}\b", said)), None)
    if hour is None and day is None:
        return None
    at = datetime.combine(day or now.date(), hour or time(0), now.tzinfo)
    return at + timedelta(days=1) if day is None and at < now else at
