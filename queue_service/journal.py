"""Lines of the log that come by the thousand: one a command, one a job, one a request.

They are JSON whatever LOG_FORMAT says, hold numbers, names of ours and nothing else (never a name,
phone, code, token or address), and are written together, ten times a second: a booking storm shall
not wait for its log.
"""

import asyncio
import os
import re
import time
from collections.abc import Mapping

import msgspec

FLUSH_AFTER = 0.1  # seconds
# What an error's own words may quote: names, phones, codes, tokens.
UNSAID = re.compile(r"""(?<=")[^"]+(?=")|(?<=')[^']+(?=')|\+?\d{4,}|[0-9A-Za-z_-]{22,}""")


def unsaid(text: str) -> str:
    """The words of an error or a library, without what they may quote of a person."""
    return UNSAID.sub("…", text)[:300]


def told(error: BaseException) -> str:
    """An error for the log: its kind, and its words as far as they are ours."""
    return f"{type(error).__name__}: {unsaid(str(error))}"


class Journal:
    """Where lines are gathered; a quiet one keeps nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self._lines = bytearray()
        self._encoder = msgspec.json.Encoder()

    def add(self, line: Mapping[str, object]) -> None:
        if self.quiet:
            return
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_AFTER, self.flush)
        self._lines += self._encoder.encode({"at": round(time.time(), 3), **line}) + b"\n"

    def flush(self) -> None:
        """What is gathered is written; also called once more when the process ends."""
        lines, self._lines = self._lines, bytearray()
        if not lines:
            return
        try:
            os.write(2, lines)
        except OSError:  # nobody reads the log any more; the service goes on
            return


QUIET = Journal(quiet=True)
