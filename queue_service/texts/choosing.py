"""Which office and which service a message means, by all the names they go by."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from queue_service.matching import (
    CERTAIN,
    LEAST,
    Candidate,
    best,
    likeness,
    office_names,
    queue_names,
    service_names,
)
from queue_service.texts.reading import LONGEST_NAME, Book

Office = Mapping[str, Any]  # as reads.catalogue gives it

MOST = 5  # options in one answer
BOTH = "+"  # between services; no name of one has it
LONGEST = 25  # words of a message without separators that are looked at
NAME_WORDS = 6
LONGER = 5.0  # so much less alike may a longer end be than the best one, and still be meant
NEAR = 6.0  # agencies that are so much less alike are not meant
AGENCY = 80.0  # so much alike, words before the service are the agency and no name
SERVICE = 80.0  # so much alike, the end of a message without separators is the service
SHORT_WORD, SHORT_SERVICE = 6, 95.0  # "Tam" ends many names, and begins "tam tru"
WHOLE = 90.0  # less alike than this, two names of services joined by "and" are two
JOINS = re.compile(r"(?:\s+(?:và|va|with|and)\s+|\s*[+&]\s*)", re.IGNORECASE)
FOR_WHOM = re.compile(
    r"\s+(?:cho|của|cua)\s+(?:con|bé|be|cháu|chau|bố|bo|ba|mẹ|me|vợ|vo|chồng|chong|em|tôi|toi|mình)"
    r"\b(?:\s+(?:gái|gai|trai|tôi|toi|em|mình|minh))?$",
    re.IGNORECASE,
)
WARD = re.compile(r"\bp(?:\.\s?|\s)(?=\w)", re.IGNORECASE)
AGENCIES = frozenset(["phường", "xã", "quận", "huyện", "ubnd", "sở"])
# Numbers of phones and identity cards, years of birth: no part of a name, and not ours to keep.
NOT_OF_A_NAME = re.compile(
    r"[\s(]*\b(?:(?:sđt|sdt|[đd]t|điện thoại|dien thoai|cmnd|cccd|sn|sinh năm|sinh nam)\W*)?"
    r"\d[\d .-]{2,}\d\)?",
    re.IGNORECASE,
)
LINKS = re.compile(r"ở|o|tại|tai|làm|lam|để|de|xin|về|ve|cần|can|nộp|nop|[đd]ki?", re.IGNORECASE)


class Wanted(NamedTuple):
    """`service`: two that were asked for together are joined by BOTH."""

    office_id: int
    service: str


Offered = Mapping[Wanted, Sequence[str]]


class Chosen(NamedTuple):
    """`wanted`: what was meant; else the options, none or more than can be asked back."""

    name: str
    wanted: Wanted | None
    options: tuple[Wanted, ...]


def choose(book: Book, catalogue: Sequence[Office]) -> Chosen:
    name, parts = book.name, book.parts
    parts = tuple(WARD.sub("phường ", FOR_WHOM.sub("", part)) for part in parts)
    if len(parts) == 1 and not (name and _is_one(parts[0], catalogue)):
        found, parts = _split(parts[0].split()[:LONGEST], catalogue)
        name = name or found
    parts = tuple(part for part in parts if any(letter.isalpha() for letter in part))
    name = NOT_OF_A_NAME.sub("", name).strip()
    if not parts:
        return Chosen(name, None, ())
    if len(parts) == 1:
        wanted, options = _service(parts[0], _offered(catalogue))
        if not options:
            wanted, options = _only(wanted for wanted, _ in _of_agency(parts[0], catalogue))
        return Chosen(name, wanted, options)
    return Chosen(name, *_there(parts, catalogue))


def _is_one(part: str, catalogue: Sequence[Office]) -> bool:
    """Beside a name: nothing but a service, or nothing but an agency."""
    if _service(part, _offered(catalogue))[1]:
        return True
    return likeness(part, _names(_agencies(catalogue))) >= AGENCY


def _there(
    parts: Sequence[str], catalogue: Sequence[Office]
) -> tuple[Wanted | None, tuple[Wanted, ...]]:
    """The last part is the service, what stands before it the agency."""
    agency, service = " ".join(parts[:-1]), parts[-1]
    offered = dict(_of_agency(agency, catalogue))
    wanted, options = _service(service, offered or _offered(catalogue))
    if options and not offered:
        return None, options  # an agency was named that nobody knows: it is asked, not guessed
    if not options and offered:
        # The two may have come the other way round.
        turned = dict(_of_agency(service, catalogue))
        wanted, options = _service(agency, turned) if turned else (None, ())
        if not options:
            options = _service(service, _offered(catalogue), SERVICE)[1]  # had elsewhere
    if not options and len(parts) > 2:
        return _there(parts[:-1], catalogue)  # "as early as can be" names no service
    return wanted, options


def _split(
    words: list[str], catalogue: Sequence[Office], turned: bool = True
) -> tuple[str, tuple[str, ...]]:
    """Name, agency and service without separators: the longest end that names a service well."""
    offered, agencies = _names(_offered(catalogue)), _names(_agencies(catalogue))
    ends = [(_end(words[at:], offered), at) for at in range(len(words))]
    top = max((score for score, _ in ends), default=0.0)
    if not top and turned:
        return _agency_last(words, agencies, catalogue)
    if not top:
        return " ".join(words)[:LONGEST_NAME], ()
    near = top if top >= CERTAIN else top - LONGER  # the very name is not made longer
    start = min(at for score, at in ends if score >= near)
    if JOINS.fullmatch(f" {words[start]} "):
        start += 1
    service = " ".join(words[start:])
    if start > 1 and JOINS.fullmatch(f" {words[start - 1]} "):
        name, parts = _split(words[: start - 1], catalogue, turned=False)
        if parts:
            return name, (*parts[:-1], f"{parts[-1]} + {service}")
    before = len(_without_links(words[:start]))
    middles = [
        (_end(words[at:before], agencies), at) for at in range(1, min(before, NAME_WORDS + 1))
    ]
    alike, at = max(middles, key=lambda middle: (middle[0], -middle[1]), default=(0.0, 0))
    if alike >= AGENCY:
        # "Trần Phương Thảo" is no ward: the agency is believed, the name stays whole.
        name = words[: at if at > 1 else before]
        return " ".join(name)[:LONGEST_NAME], (" ".join(words[at:before]), service)
    at = _unknown_agency(words[:before])
    if at:
        return " ".join(words[:at])[:LONGEST_NAME], (" ".join(words[at:before]), service)
    return " ".join(words[:start])[:LONGEST_NAME], (service,)


def _unknown_agency(words: list[str]) -> int:
    """Where a name goes on with an agency that nobody here knows; "Phuong" is a name as well."""
    for at in range(1, len(words) - 1):
        word = words[at].lower()
        if word in AGENCIES or (word == "phuong" and at > 2):
            return at
    return 0


def _agency_last(
    words: list[str], agencies: frozenset[str], catalogue: Sequence[Office]
) -> tuple[str, tuple[str, ...]]:
    """ "khai sinh ở phường Sơn Trà"."""
    alike, at = max(
        ((_end(words[at:], agencies), at) for at in range(1, len(words))),
        key=lambda end: (end[0], -end[1]),
        default=(0.0, 0),
    )
    if alike >= AGENCY:
        name, parts = _split(_without_links(words[:at]), catalogue, turned=False)
        if parts:
            return name, (" ".join(words[at:]), *parts)
    return " ".join(words)[:LONGEST_NAME], ()


def _without_links(words: list[str]) -> list[str]:
    end = len(words)
    while end > 1 and LINKS.fullmatch(words[end - 1]):
        end -= 1
    return words[:end]


def _end(words: Sequence[str], names: Iterable[str]) -> float:
    score = likeness(" ".join(words), names)
    short = len(words) == 1 and len(words[0]) < SHORT_WORD
    return score if score >= (SHORT_SERVICE if short else SERVICE) else 0.0


def _names(offered: Offered) -> frozenset[str]:
    """Each once: ninety wards call their services alike."""
    return frozenset(name for names in offered.values() for name in names)


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


def _service(
    words: str, offered: Offered, least: float = LEAST
) -> tuple[Wanted | None, tuple[Wanted, ...]]:
    keys = {_key(wanted): wanted for wanted in offered}
    found = best(words, _candidates(offered), least)
    if not found.matches or found.matches[0].score < WHOLE:
        each = [best(part, _candidates(offered)).close for part in JOINS.split(words)]
        several = list(dict.fromkeys(keys[match.key] for close in each for match in close))
        if len(each) > 1 and all(each) and len(several) > 1:
            office, services = several[0].office_id, [wanted.service for wanted in several]
            if len(several) == len(each) and all(w.office_id == office for w in several):
                both = Wanted(office, BOTH.join(services))
                return both, (both,)
            return None, tuple(several[:MOST])
    options = tuple(keys[match.key] for match in found.close)
    return (keys[found.sure.key] if found.sure else None), options


def _only(options: Iterable[Wanted]) -> tuple[Wanted | None, tuple[Wanted, ...]]:
    few = tuple(options)
    if len(few) > MOST:  # the first five of fifteen would be a guess
        return None, ()
    return (few[0] if len(few) == 1 else None), few


def _candidates(offered: Offered) -> list[Candidate]:
    return [Candidate(_key(wanted), names) for wanted, names in offered.items()]


def _key(wanted: Wanted) -> str:
    return f"{wanted.office_id}/{wanted.service}"
