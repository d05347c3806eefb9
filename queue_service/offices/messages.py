"""`[messages]` of an office file: what is sent, when, by whom, and in which words."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from queue_service.offices.document import Document
from queue_service.offices.form import Both, OfficeFile
from queue_service.offices.problems import Where, Wrong
from queue_service.outgoing import kinds
from queue_service.outgoing.carrier import NAMES

LANGUAGES = ("vi", "en")
QUIET = re.compile(r"\s*((?:[01]\d|2[0-3]):[0-5]\d)\s*-\s*((?:[01]\d|2[0-3]):[0-5]\d)\s*")


def rules(file: OfficeFile, wrong: Wrong) -> Document:
    """The row of what the office sends. A bank's texts have no links unless it says so."""
    given = file.messages
    for index, kind in enumerate(given.send or ()):
        if kind not in kinds.CONFIGURABLE:
            _unknown(("messages", "send", index), kind, wrong)
    for index, name in enumerate(given.carriers):
        if name not in NAMES:
            known = ", ".join(NAMES)
            wrong(
                ("messages", "carriers", index),
                f"không có nhà mạng {name}; có: {known}",
                f"no carrier {name}; there are {known}",
            )
    send = kinds.CONFIGURABLE if given.send is None else given.send
    quiet = QUIET.fullmatch(given.quiet)
    if quiet is None and given.quiet:
        wrong(
            ("messages", "quiet"),
            f"không hiểu giờ “{given.quiet}”: viết như 21:00-07:00, để trống thì không có",
            f"cannot read “{given.quiet}”: write it as 21:00-07:00, or leave it empty for none",
        )
    start, end = quiet.groups() if quiet else ("00:00", "00:00")
    return {
        "send": [kind for kind in kinds.CONFIGURABLE if kind in send],
        "carriers": list(given.carriers),
        "quiet_from": f"{start}:00",
        "quiet_to": f"{end}:00",
        "links": file.office.kind != "bank" if given.links is None else given.links,
        "day_before_minutes": given.day_before_minutes,
        "hour_before_minutes": given.hour_before_minutes,
        "near": given.near,
    }


def texts(file: OfficeFile, shared: Mapping[str, Both], wrong: Wrong) -> list[Document]:
    """The office's own words, else those it shares with others, else the usual ones.

    Every text it sends must fit two segments with its longest names.
    """
    own = {**shared, **file.messages.texts}
    for kind in own:
        if kind not in kinds.KINDS or kind in kinds.NO_WORDS_OF_ITS_OWN:
            _unknown(_where(file, kind), kind, wrong)
    rows: list[Document] = []
    for kind in kinds.KINDS:
        for language in LANGUAGES:
            said = getattr(own[kind], language) if kind in own else None
            text = kinds.default(kind, language) if said is None else said
            try:
                kinds.check(kind, text, _longest(file, language), language)
            except kinds.BadText as bad:
                where: Where = ("office", "name")
                source = ""
                if said is not None:
                    where = (*_where(file, kind), language)
                    source = "" if kind in file.messages.texts else f"{file.messages.texts_from}: "
                wrong(
                    where,
                    f"{source}tin nhắn {kind} ({language}): {bad.vi}",
                    f"{source}message {kind} ({language}): {bad.en}",
                )
            if said is not None:
                rows.append({"kind": kind, "language": language, "text": said})
    return sorted(rows, key=lambda row: (row["kind"], row["language"]))


def _where(file: OfficeFile, kind: str) -> Where:
    """Where the words stand, or the name of the file they come from."""
    own = kind in file.messages.texts
    return ("messages", "texts", kind) if own else ("messages", "texts_from")


def _unknown(where: Where, kind: str, wrong: Wrong) -> None:
    known = ", ".join(kinds.CONFIGURABLE)
    wrong(where, f"không có tin nhắn {kind}; có: {known}", f"no message {kind}; there are {known}")


def _longest(file: OfficeFile, language: str) -> dict[str, str]:
    office = file.office
    parts = (office.name, office.address)
    names = {
        "area": [area.name for area in file.area],
        "counter": [counter.name for counter in file.counter],
        "where": [counter.where for counter in file.counter],
        "service": [service.name for service in file.service],
    }
    return {
        "office": getattr(office.name, language),
        "place": ", ".join(getattr(part, language) for part in parts if part is not None),
        "phone": office.phone,
        **{gap: _longest_of(several, language) for gap, several in names.items()},
    }


def _longest_of(several: Sequence[msgspec.Struct | None], language: str) -> str:
    return max((getattr(one, language) for one in several if one is not None), key=len, default="")
