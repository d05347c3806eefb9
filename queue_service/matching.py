"""What somebody typed against names as they stand: without marks, misspelt, shortened, joined.

`best` ranks; it never guesses. Where the first is not well ahead of the next there is no `sure`
match, and whoever asks shows `close` to the person who typed. Several names that hold every word
typed are close, however much longer the one is than the other: nobody types a name to its end.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from rapidfuzz import fuzz

from queue_service.names import fold

LONGEST = 200  # letters of a query that are looked at
LEAST = 72.0  # below this it is another name
CLOSE = 2.0  # nearer to each other than this, nobody can tell which one was meant
CERTAIN = 99.5  # the very name: only another very name comes near it
NUMBER = 4  # letters that a number is worth: "số 1" is not "số 2"
DIGITS = re.compile(r"\d+")
# Keys of a Vietnamese keyboard that was off: Telex ends no word of ours with a tone's letter, and
# VNI writes digits into words.
TELEX_TONE = re.compile(r"(?<=[aeiouywcghmnpt])[sfrxj](?=\s|$)")
TELEX_LETTER = re.compile(r"([aou])w|([aeod])\2")
VNI = re.compile(r"(?<=[a-z])[1-9]+")
WORD = 70.0  # two words less alike than this are two words


class Candidate(NamedTuple):
    """Something with all the names it goes by."""

    key: str
    names: Sequence[str]


class Match(NamedTuple):
    key: str
    score: float  # 0 to 100
    name: str  # the name of it that came nearest
    whole: bool = False  # that name holds every word typed


class Best(NamedTuple):
    """`sure`: the one that was meant; else `close`: those it may be, best first."""

    matches: Sequence[Match]
    sure: Match | None
    close: Sequence[Match]


def best(query: str, candidates: Iterable[Candidate], least: float = LEAST) -> Best:
    matches = ranked(query, candidates, least)
    if not matches:
        return Best((), None, ())
    first = matches[0]
    if first.score >= CERTAIN:
        close = [match for match in matches if match.score >= CERTAIN]
    else:
        near = first.score - CLOSE
        close = [m for m in matches if m.score > near or (first.whole and m.whole)]
    return Best(matches, first if len(close) == 1 else None, close)


def ranked(query: str, candidates: Iterable[Candidate], least: float = LEAST) -> list[Match]:
    """All that are at least so much alike, best first; equals keep the order they came in."""
    found: list[Match] = []
    typed = _ways(query)
    for candidate in candidates:
        names = [(_plain(name), name) for name in candidate.names if name]
        scored = [(_score(one, plain), one, plain, name) for one in typed for plain, name in names]
        if scored:
            score, one, plain, name = max(scored, key=lambda each: each[0])
            if score >= least:
                whole = set(one.split()) <= set(plain.split())
                found.append(Match(candidate.key, score, name, whole))
    return sorted(found, key=lambda match: -match.score)


def likeness(query: str, names: Iterable[str]) -> float:
    """Of the name that comes nearest; 0 where none is alike enough."""
    plain = [_plain(name) for name in names]
    score = max((_score(one, name) for one in _ways(query) for name in plain), default=0.0)
    return score if score >= LEAST else 0.0


def office_names(office: Mapping[str, Any]) -> list[str]:
    """Every name of an office: as reads.office gives it."""
    own = [office["name_vi"], office["name_en"], office["slug"].replace("-", " ")]
    return [*own, *office.get("old_names", ()), *office.get("aliases", ())]


def queue_names(queue: Mapping[str, Any]) -> list[str]:
    return [queue["name_vi"], queue["name_en"]]


def service_names(service: Mapping[str, Any]) -> list[str]:
    """Every name of a service: as reads.services gives it."""
    own = [service["name_vi"], service["name_en"], service.get("national_code", "")]
    return [name for name in (*own, *service.get("aliases", ())) if name]


def _ways(query: str) -> list[str]:
    """As it was typed, and as it was meant where the keyboard was off."""
    typed = _plain(query[:LONGEST])
    meant = TELEX_LETTER.sub(r"\1\2", TELEX_TONE.sub("", VNI.sub("", typed)))
    return [one for one in dict.fromkeys((typed, meant)) if one]


@lru_cache(maxsize=20_000)
def _plain(text: str) -> str:
    """Folded, with nothing but words in it."""
    letters = (c if c.isalnum() else " " for c in fold(text))
    return " ".join("".join(letters).split())


@lru_cache(maxsize=50_000)  # ninety wards call their services alike
def _score(typed: str, name: str) -> float:
    if not name:
        return 0.0
    if typed == name:
        return 100.0
    numbers, named = set(DIGITS.findall(typed)), set(DIGITS.findall(name))
    same = not numbers or named <= numbers
    joined = fuzz.ratio(typed.replace(" ", ""), name.replace(" ", "")) if same else 0.0
    words = typed.split()
    score = max(joined * 0.98, _by_words(words, name.split(), joined))
    if len(words) == 1 and 2 < len(typed) < 8 and typed == _initials(name):
        score = max(score, 95.0)
    return min(score, 99.0)


def _by_words(typed: Sequence[str], name: Sequence[str], whole: float) -> float:
    """Mostly that each word typed is there, somewhat that nothing of the name is missing."""
    return 0.72 * _covered(typed, name, _weight) + 0.1 * _covered(name, typed) + 0.18 * whole


def _covered(words: Sequence[str], by: Sequence[str], weight: Callable[[str], int] = len) -> float:
    """How much of these words the others hold, longer words counting more."""
    total = sum(map(weight, words))
    found = (weight(word) * max(_alike(word, other) for other in by) for word in words)
    return sum(found) / total


def _weight(word: str) -> int:
    return max(len(word), NUMBER) if word.isdecimal() else len(word)


@lru_cache(maxsize=100_000)  # a text of a few words, names of a few hundred
def _alike(word: str, other: str) -> float:
    if word.isdecimal() or other.isdecimal():  # "số 1" is nothing like "số 2"
        return 100.0 if word == other else 0.0
    ratio = fuzz.ratio(word, other)
    return ratio if ratio >= WORD else 0.0


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split())
