"""What offices share below their authority: closed days, days with other hours, message texts."""

import re
from collections.abc import Mapping
from typing import Any

from queue_service.offices.form import SharedFile
from queue_service.offices.hours import closed_days
from queue_service.offices.parsing import parsed
from queue_service.offices.problems import FileError, Problem, Where
from queue_service.outgoing import kinds

SPAN = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)")
LANGUAGES = ("vi", "en")


def read(text: str, name: str, longest: Mapping[str, str]) -> dict[str, Any]:
    """The document of api.keep_shared; raises `FileError` with every mistake and its line.

    `longest` are the longest names that a text may have to hold.
    """
    file, _raw, lines = parsed(text, name, SharedFile)
    problems: list[Problem] = []

    def wrong(where: Where, vi: str, en: str) -> None:
        problems.append(Problem(lines.of(where), vi, en))

    closed = closed_days(file.closed, wrong)
    opened: list[dict[str, str]] = []
    for n, row in enumerate(file.open):
        if not row.hours:
            wrong(("open", n), "hãy ghi giờ (hours)", "give it hours")
        for k, span in enumerate(row.hours):
            found = SPAN.fullmatch(span)
            if found is None or found[1] >= found[2]:
                wrong(
                    ("open", n, "hours", k),
                    f"không hiểu giờ “{span}”: viết như 07:30-11:30",
                    f"cannot read the hours “{span}”: write them as 07:30-11:30",
                )
                continue
            times = {"opens": f"{found[1]}:00", "closes": f"{found[2]}:00"}
            opened.append({"day": row.day.isoformat(), **times})
    texts: list[dict[str, str]] = []
    for kind, said in file.texts.items():
        if kind not in kinds.KINDS or kind in kinds.NO_WORDS_OF_ITS_OWN:
            known = ", ".join(kinds.CONFIGURABLE)
            vi, en = (
                f"không có tin nhắn {kind}; có: {known}",
                f"no message {kind}; there are {known}",
            )
            wrong(("texts", kind), vi, en)
            continue
        for language in LANGUAGES:
            words = getattr(said, language)
            try:
                kinds.check(kind, words, longest, language)
            except kinds.BadText as bad:
                wrong(("texts", kind, language), bad.vi, bad.en)
            texts.append({"kind": kind, "language": language, "text": words})
    if problems:
        raise FileError(name, problems)
    return {
        "closures": [{"day": day.isoformat(), **closed[day]} for day in sorted(closed)],
        "special_openings": sorted(opened, key=lambda row: (row["day"], row["opens"])),
        "message_texts": texts,
        "source": text,
    }
