"""Vietnamese names and words: found without their marks, sorted as a dictionary sorts them."""

import unicodedata

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
PLACE = {letter: place for place, letter in enumerate(ALPHABET)}
# Level, then the order of the marks in Vietnamese dictionaries: huyền, hỏi, ngã, sắc, nặng.
TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}

Key = tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...], str]


def fold(text: str) -> str:
    """What somebody types who leaves the marks out: 'Thọ  Quang' and 'tho quang' become one."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.casefold().replace("đ", "d").split())


def sort_key(text: str) -> Key:
    """Syllable by syllable: letters decide first, tones only between equal letters."""
    syllables = [_syllable(word) for word in text.casefold().split()]
    letters = tuple(letters for letters, _ in syllables)
    tones = tuple(tones for _, tones in syllables)
    return letters, tones, text


def same(text: str) -> object:
    """Equal for one name however it is typed: NGUYỄN THỊ HOÀ is Nguyễn Thị  Hòa, and not Hoa."""
    return sort_key(unicodedata.normalize("NFC", text))[:2]


def person_key(name: str) -> Key:
    """Lists of people go by the given name, which comes last; then by family and middle names."""
    words = name.split()
    return sort_key(" ".join(words[-1:] + words[:-1]))


def _syllable(word: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    letters: list[int] = []
    tones: list[int] = []
    for character in unicodedata.normalize("NFD", word):
        if character in TONES:
            tones.append(TONES[character])
            continue
        if unicodedata.combining(character) and letters:
            letters[-1] = _with_mark(letters[-1], character)
            continue
        letters.append(_place(character))
    return tuple(letters), tuple(tones)


def _with_mark(place: int, mark: str) -> int:
    if place >= len(ALPHABET):
        return place
    return PLACE.get(unicodedata.normalize("NFC", ALPHABET[place] + mark), place)


def _place(character: str) -> int:
    return PLACE.get(character, len(ALPHABET) + ord(character))
