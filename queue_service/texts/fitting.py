"""At most two segments: with marks where that fits, else without, else cut at a word."""

import unicodedata

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
    bare = _bare(text)
    if _length(bare) <= PLAIN:
        return bare
    while _length(bare) > PLAIN - 3:
        bare = bare.rpartition(" ")[0] or bare[: PLAIN - 10]
    return bare.rstrip(" ,;.:") + "..."


def _bare(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.translate(ELSEWHERE))
    return "".join(c if c in GSM else "?" for c in parts if not unicodedata.combining(c))


def _length(text: str) -> int:
    return len(text) + sum(c in TWICE for c in text)
