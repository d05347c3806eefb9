"""On which line of a TOML text each key and value stands: the parser itself does not say."""

from collections.abc import Sequence

Step = str | int
Path = tuple[Step, ...]

_BARE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
_SHORT_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


class Lines:
    """Where every path of a text stands. The text must be TOML that a parser has accepted."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}  # tables so far of each array of tables
        self._read()

    def of(self, path: Sequence[Step]) -> int:
        """The line of this path, or of what it would stand in."""
        known = tuple(path)
        while known and known not in self._lines:
            known = known[:-1]
        return self._lines.get(known, 1)

    def _read(self) -> None:
        table: Path = ()
        while self._skip():
            line = self._line
            if self._peek("["):
                table = self._header()
                self._lines.setdefault(table, line)
            else:
                self._pair(table)

    def _header(self) -> Path:
        many = self._peek("[[")
        self._take(2 if many else 1)
        names = self._key()
        self._take(2 if many else 1)
        path: Path = ()
        for name in names[:-1]:
            path = self._last((*path, name))
        path = (*path, names[-1])
        if not many:
            return path
        count = self._counts.get(path, 0)
        self._counts[path] = count + 1
        self._lines.setdefault(path, self._line)
        return (*path, count)

    def _last(self, path: Path) -> Path:
        # A header below an array of tables means the last of them.
        count = self._counts.get(path)
        return path if count is None else (*path, count - 1)

    def _pair(self, table: Path) -> None:
        path = table
        line = self._line
        for name in self._key():
            path = (*path, name)
            self._lines.setdefault(path, line)
        self._take(1)  # the equals sign
        self._skip()
        self._value(path)

    def _key(self) -> list[str]:
        names: list[str] = []
        while True:
            self._skip()
            names.append(self._name())
            self._skip()
            if not self._peek("."):
                return names
            self._take(1)

    def _name(self) -> str:
        if self._peek('"') or self._peek("'"):
            return self._string()
        start = self._at
        while self._at < len(self._text) and self._text[self._at] in _BARE:
            self._at += 1
        return self._text[start : self._at]

    def _value(self, path: Path) -> None:
        if self._peek("["):
            self._items(path)
        elif self._peek("{"):
            self._take(1)
            while self._skip() and not self._peek("}"):
                self._pair(path)
                self._skip()
                if self._peek(","):
                    self._take(1)
            self._take(1)
        elif self._peek('"') or self._peek("'"):
            self._string()
        else:
            while self._at < len(self._text) and self._text[self._at] not in ",]}#\n":
                self._at += 1

    def _items(self, path: Path) -> None:
        self._take(1)
        index = 0
        while self._skip() and not self._peek("]"):
            self._lines.setdefault((*path, index), self._line)
            self._value((*path, index))
            index += 1
            self._skip()
            if self._peek(","):
                self._take(1)
        self._take(1)

    def _string(self) -> str:
        quote = self._text[self._at]
        end = quote * 3 if self._peek(quote * 3) else quote
        self._take(len(end))
        letters: list[str] = []
        while not self._peek(end):
            letter = self._text[self._at]
            self._take(1)
            if letter == "\\" and quote == '"':
                letter = _SHORT_ESCAPES.get(self._text[self._at], "")
                self._take(1)
            letters.append(letter)
        self._take(len(end))
        while len(end) == 3 and self._peek(quote):  # up to two more quotes belong to the string
            self._take(1)
        return "".join(letters)

    def _skip(self) -> bool:
        """Over blanks, line ends and comments; is anything left?"""
        while self._at < len(self._text):
            if self._peek("#"):
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            elif self._text[self._at].isspace() or self._text[self._at] == "\ufeff":
                self._take(1)
            else:
                return True
        return False

    def _peek(self, mark: str) -> bool:
        return self._text.startswith(mark, self._at)

    def _take(self, letters: int) -> None:
        self._line += self._text.count("\n", self._at, self._at + letters)
        self._at += letters
