"""Which office and which service a message means, by all the names they go by."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from queue_service.matching import Candidate, best, office_names, queue_names, service_names
from queue_service.texts.reading import LONGEST_NAME, Book

Office = Mapping[str, Any]  # as reads.catalogue gives it

MOST = 5  # options in one answer
LONGEST = 25  # words of a message without separators that are looked at
NAME_WORDS = 6
LONGER = 5.0  # so much less alike may a longer end be than the best one, and still be meant
NEAR = 6.0  # agencies that are so much less alike are not meant
AGENCY = 80.0  # so much alike, words before the service are the agency and no name


class Wanted(NamedTuple):
    office_id: int
    service: str


class Chosen(NamedTuple):
    """`wanted`: what was meant; else the options to ask back, which may be none."""

    name: str
    wanted: Wanted | None
    options: tuple[Wanted, ...]


def choose(book: Book, catalogue: Sequence[Office]) -> Chosen:
    name, parts = book.name, book.parts
    if not name and len(parts) == 1:
        name, parts = _split(parts[0].split()[:LONGEST], catalogue)
    if not parts:
        return Chosen(name, None, ())
    if len(parts) == 1:
        wanted, options = _service(parts[0], _offered(catalogue))
        if not options:
            wanted, options = _only(wanted for wanted, _ in _of_agency(parts[0], catalogue))
        return Chosen(name, wanted, options)
    agency, service = " ".join(parts[:-1]), parts[-1]
    offered = dict(_of_agency(agency, catalogue))
    wanted, options = _service(service, offered or _offered(catalogue))
    if not options and offered:
        # The two may have come the other way round.
        turned = dict(_of_agency(service, catalogue))
        wanted, options = _service(agency, turned) if turned else (None, ())
        if not options:
            options = tuple(offered)[:MOST]
    return Chosen(name, wanted, options)


def _split(words: list[str], catalogue: Sequence[Office]) -> tuple[str, tuple[str, ...]]:
    """Name, agency and service without separators: the longest end that names a service well."""
    offered = _offered(catalogue)
    ends = [(_top(" ".join(words[at:]), offered), at) for at in range(1, len(words))]
    top = max((score for score, _ in ends), default=0.0)
    start = min((at for score, at in ends if score > top - LONGER), default=0)
    if not top:
        return " ".join(words)[:LONGEST_NAME], ()
    service = " ".join(words[start:])
    agencies = _agencies(catalogue)
    middles = [
        (_top(" ".join(words[at:start]), agencies), at)
        for at in range(1, min(start, NAME_WORDS + 1))
    ]
    likeness, at = max(middles, key=lambda middle: (middle[0], -middle[1]), default=(0.0, 0))
    if likeness >= AGENCY:
        return " ".join(words[:at])[:LONGEST_NAME], (" ".join(words[at:start]), service)
    return " ".join(words[:start])[:LONGEST_NAME], (service,)


Offered = Mapping[Wanted, Sequence[str]]


def _offered(catalogue: Iterable[Office]) -> Offered:
    return {
        Wanted(office["office_id"], service["service"]): service_names(service)
        for office in catalogue
        for service in office["services"]
    }


def _agencies(catalogue: Iterable[Office]) -> Offered:
    """Each service by the names of where it is had: its office, its line, and its own aliases."""
    found: dict[Wanted, Sequence[str]] = {}
    for office in catalogue:
        own = office_names(office)
        lines = {queue["queue"]: queue_names(queue) for queue in office["queues"]}
        for service in office["services"]:
            wanted = Wanted(office["office_id"], service["service"])
            found[wanted] = [*own, *lines.get(service["queue"], ()), *service["aliases"]]
    return found


def _of_agency(agency: str, catalogue: Sequence[Office]) -> Iterable[tuple[Wanted, Sequence[str]]]:
    offered = _offered(catalogue)
    keys = {_key(wanted): wanted for wanted in offered}
    matches = best(agency, _candidates(_agencies(catalogue))).matches
    for match in matches:
        if match.score > matches[0].score - NEAR:
            yield keys[match.key], offered[keys[match.key]]


def _service(words: str, offered: Offered) -> tuple[Wanted | None, tuple[Wanted, ...]]:
    keys = {_key(wanted): wanted for wanted in offered}
    found = best(words, _candidates(offered))
    options = tuple(keys[match.key] for match in found.close[:MOST])
    return (keys[found.sure.key] if found.sure else None), options


def _only(options: Iterable[Wanted]) -> tuple[Wanted | None, tuple[Wanted, ...]]:
    few = tuple(options)[:MOST]
    return (few[0] if len(few) == 1 else None), few


def _top(words: str, offered: Offered) -> float:
    matches = best(words, _candidates(offered)).matches
    return matches[0].score if matches else 0.0


def _candidates(offered: Offered) -> list[Candidate]:
    return [Candidate(_key(wanted), names) for wanted, names in offered.items()]


def _key(wanted: Wanted) -> str:
    return f"{wanted.office_id}/{wanted.service}"
