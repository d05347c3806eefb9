"""Messages as people send them, right, misspelt and hostile: what each is read as."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from queue_service import reads
from queue_service.fitting import fit
from queue_service.texts import choosing, reading
from queue_service.texts.conversation import ZONE

if TYPE_CHECKING:
    from tests.texts.conftest import City


class Sample(NamedTuple):
    kind: str
    meant: str
    text: str


LINES = (Path(__file__).parent / "corpus.tsv").read_text().splitlines()
CORPUS = [
    Sample(kind, meant, json.loads(text))
    for kind, meant, text in (line.split("\t") for line in LINES if not line.startswith("#"))
]
READABLE = [sample for sample in CORPUS if sample.kind != "hostile"]
HOSTILE = [sample for sample in CORPUS if sample.kind == "hostile"]
SHARE = 0.95


def understood(text: str, city: "City", catalogue: list[dict[str, Any]]) -> str:
    """The message as the corpus writes down what is meant by one."""
    wish = reading.read(text, city.clock.now(), ZONE)
    match wish:
        case reading.Cancel(code):
            return f"cancel {code}"
        case reading.Where(code):
            return f"where {code}"
        case reading.Choice(number):
            return f"choice {number}"
        case reading.Reply(accept):
            return "yes" if accept else "no"
        case reading.Other(hour, day, _):
            said = [f"{hour:%H:%M}" if hour else "?", f"{day:%-d/%-m/%Y}" if day else "?"]
            return f"other {' '.join(said)}"
        case reading.Mine():
            return "mine"
        case reading.Thanks():
            return "thanks"
        case reading.Nothing():
            return "nothing"
        case reading.Book():
            chosen = choosing.choose(wish, catalogue)
            if chosen.wanted is None:
                return "ask" if chosen.options else "nothing"
            office = next(o for o in catalogue if o["office_id"] == chosen.wanted.office_id)
            hour = f"{wish.hour:%H:%M}" if wish.hour else "?"
            day = f"{wish.day.day}/{wish.day.month}/{wish.day.year}" if wish.day else "?"
            return f"{office['slug']}/{chosen.wanted.service} {hour} {day}"


def test_the_corpus_is_large_and_says_nothing_twice() -> None:
    assert len(CORPUS) >= 300
    assert len({sample.text for sample in CORPUS}) == len(CORPUS)


@pytest.mark.anyio
async def test_right_and_misspelt_messages_are_understood(
    city: "City", capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = await reads.catalogue(city.pool)
    found = [(sample, understood(sample.text, city, catalogue)) for sample in READABLE]
    good = Counter(sample.kind for sample, seen in found if seen.strip() == sample.meant.strip())
    wrong = [
        f"{sample.text!r}: {seen}, meant {sample.meant}"
        for sample, seen in found
        if seen.strip() != sample.meant.strip()
    ]
    of = Counter(sample.kind for sample in READABLE)
    with capsys.disabled():
        print()
        for kind in of:
            print(
                f"{kind}: {good[kind]} of {of[kind]} texts understood, {good[kind] / of[kind]:.1%}"
            )
    assert all(good[kind] >= SHARE * of[kind] for kind in of), "\n".join(wrong)


@pytest.mark.anyio
async def test_hostile_messages_are_harmless(city: "City") -> None:
    for sample in HOSTILE:
        reply = await city.phone().send(sample.text)
        assert reply.text == fit(reply.text) != "", sample
        assert not set("<>{}$`") & set(reply.text), sample
    for office_id in (1, 2, 3):
        assert await reads.check_office(city.pool, office_id, city.clock.now()) == []
