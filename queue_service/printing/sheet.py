"""A strip of paper that grows downwards: centred lines, pictures and space, drawn dot by dot.

Receipt printers know few Vietnamese letters, each model others; a drawing has them all. The font's
letters come in two files, as the web pages load them, so a word may be drawn from both.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from unicodedata import combining, normalize

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parent.parent / "static" / "fonts"
SUBSETS = ("latin", "vietnamese")
REGULAR, BOLD = 400, 700
ASCENT, LEADING = 1.3, 1.6  # capitals with two marks, as in Ẳ, reach above the size itself
MARGIN = 8  # printers lose a dot or two at either side
NO_LETTER = "\U0010ffff"


class Sheet:
    def __init__(self, width: int) -> None:
        self.width = width
        self._parts: list[Image.Image] = []

    def say(self, text: str, size: int, weight: int = REGULAR) -> None:
        """A text in as many centred lines as it takes."""
        for line in _lines(_writable(text, weight), size, weight, self.width - 2 * MARGIN):
            self._parts.append(_line(line, size, weight, self.width))

    def shout(self, text: str, size: int) -> None:
        """One line, as large as the paper lets it be."""
        text = _writable(text, BOLD)
        while size > 12 and _length(text, size, BOLD) > self.width - 2 * MARGIN:
            size -= 4
        line = _line(text, size, BOLD, self.width)
        top, bottom = round(size * 0.5), round(size * (ASCENT + 0.05))  # letters and digits alone
        self._parts.append(line.crop((0, top, self.width, bottom)))

    def picture(self, picture: Image.Image) -> None:
        strip = Image.new("L", (self.width, picture.height), 255)
        strip.paste(picture.convert("L"), ((self.width - picture.width) // 2, 0))
        self._parts.append(strip)

    def space(self, height: int) -> None:
        self._parts.append(Image.new("L", (self.width, height), 255))

    def rule(self) -> None:
        strip = Image.new("L", (self.width, 18), 255)
        ImageDraw.Draw(strip).line((0, 8, self.width, 8), 0, 2)
        self._parts.append(strip)

    def image(self) -> Image.Image:
        """Black and white alone, nothing in between: that is all such a printer can do."""
        whole = Image.new("L", (self.width, sum(part.height for part in self._parts)), 255)
        top = 0
        for part in self._parts:
            whole.paste(part, (0, top))
            top += part.height
        return whole.convert("1", dither=Image.Dither.NONE)


def has(letter: str, weight: int = REGULAR) -> bool:
    return any(_in_file(letter, subset, weight) for subset in SUBSETS)


def _line(text: str, size: int, weight: int, width: int) -> Image.Image:
    strip = Image.new("L", (width, round(size * LEADING)), 255)
    pen = ImageDraw.Draw(strip)
    left = (width - _length(text, size, weight)) / 2
    for run, font in _runs(text, size, weight):
        pen.text((left, round(size * ASCENT)), run, 0, font, anchor="ls")
        left += font.getlength(run)
    return strip


def _lines(text: str, size: int, weight: int, width: int) -> Iterator[str]:
    line = ""
    for word in filter(None, text.split(" ")):
        longer = f"{line} {word}".lstrip()
        if _length(longer, size, weight) <= width:
            line = longer
            continue
        if line:
            yield line
        line = word
        while _length(line, size, weight) > width:  # a word wider than the paper
            fits = next(n for n in range(len(line), 0, -1) if n == 1 or
                        _length(line[:n], size, weight) <= width)  # fmt: skip
            yield line[:fits]
            line = line[fits:]
    if line:
        yield line


def _length(text: str, size: int, weight: int) -> float:
    return sum(font.getlength(run) for run, font in _runs(text, size, weight))


def _runs(text: str, size: int, weight: int) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
    """The text cut into pieces that one file of the font holds."""
    for subset, letters in groupby(text, lambda letter: _subset(letter, weight)):
        yield "".join(letters), _font(subset, weight, size)


@lru_cache(maxsize=4096)
def _subset(letter: str, weight: int) -> str:
    return next((name for name in SUBSETS if _in_file(letter, name, weight)), SUBSETS[0])


def _writable(text: str, weight: int) -> str:
    """What the font has; of a letter it lacks, the same without its marks, or a question mark."""
    return "".join(_nearest(letter, weight) for letter in normalize("NFC", text))


def _nearest(letter: str, weight: int) -> str:
    if letter.isspace() or has(letter, weight):
        return letter
    plain = "".join(part for part in normalize("NFKD", letter) if not combining(part))
    return plain if plain and all(has(part, weight) for part in plain) else "?"


@lru_cache(maxsize=4096)
def _in_file(letter: str, subset: str, weight: int) -> bool:
    """A font draws one and the same box for every letter it does not have."""
    font = _font(subset, weight, 24)
    return _dots(font, letter) != _dots(font, NO_LETTER)


def _dots(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    drawn = Image.new("L", (48, 48), 255)
    ImageDraw.Draw(drawn).text((8, 32), letter, 0, font, anchor="ls")
    return drawn.tobytes()


@cache
def _font(subset: str, weight: int, size: int) -> ImageFont.FreeTypeFont:
    path = FONTS / f"be-vietnam-pro-{subset}-{weight}-normal.woff2"
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
