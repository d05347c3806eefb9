"""At most two segments: with marks where that fits, else without, else cut at a word."""

import unicodedata
from collections.abc import Callable, Sequence

from queue_service.i18n import N_, translator

MORE = N_("and %(left)s more, please ask the office")
MORE_BY_PHONE = N_("and %(left)s more, ask %(phone)s")
MORE_BY_LINK = N_("and %(left)s more, see the link")
MARKED = 134  # UTF-16 units in two segments of UCS-2
PLAIN = 306  # letters in two segments of GSM-7
ELSEWHERE = str.maketrans(
    {"đ": "d", "Đ": "D", "–": "-", "—": "-", "×": "x", "“": '"', "”": '"', "’": "'", "…": "..."}
)
# What ASCII and GSM-7 (3GPP TS 23.038) have in common; any other letter makes a message UCS-2.
GSM = frozenset(chr(c) for c in range(32, 127)) - {"`"} | {"\n"}
TWICE = "^{}\\[]~|"  # letters of the GSM extension count double


def fit(text: str) -> str:
    if len(text.encode("utf-16-le")) // 2 <= MARKED:
        return text
    plain = bare(text)
    if length(plain) <= PLAIN:
        return plain
    while length(plain) > PLAIN - 3:
        plain = plain.rpartition(" ")[0] or plain[: PLAIN - 10]
    return plain.rstrip(" ,;.:") + "..."


def cut(text: str, longest: int) -> str:
    """So many letters of it at most, ending with a word."""
    if len(text) <= longest:
        return text
    kept = text[: longest - 3].rpartition(" ")[0] or text[: longest - 3]
    return kept.rstrip(" ,;.:(") + "..."


def with_papers(
    say: Callable[[str, bool], str],
    papers: Sequence[str],
    language: str,
    phone: str = "",
    link: str = "",
) -> str:
    """With all papers if they fit, else with as many as do, whole, and where the others are told.

    `say(papers, brief)`: brief is without the address, which is easier to find out than papers.
    """
    said = say("; ".join(papers), False)
    if not fits(said):
        said = say("; ".join(papers), True)
    most = len(papers)
    while most and not fits(said):
        most -= 1
        more = MORE_BY_LINK if link else MORE_BY_PHONE if phone else MORE
        told = translator(language).gettext(more) % {"left": len(papers) - most, "phone": phone}
        said = say("; ".join((*papers[:most], told)), True)
    return said if fits(said) else say("", False)


def fits(text: str) -> bool:
    """Whether nothing of it has to be cut."""
    return len(text.encode("utf-16-le")) // 2 <= MARKED or length(bare(text)) <= PLAIN


def segments(text: str) -> int:
    """How many a carrier counts."""
    if all(letter in GSM for letter in text):
        many = length(text)
        return 1 if many <= 160 else -(-many // 153)
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= 70 else -(-units // 67)


def bare(text: str) -> str:
    """Without marks, in letters that GSM-7 has."""
    parts = unicodedata.normalize("NFKD", text.translate(ELSEWHERE))
    return "".join(c if c in GSM else "?" for c in parts if not unicodedata.combining(c))


def length(text: str) -> int:
    return len(text) + sum(c in TWICE for c in text)
