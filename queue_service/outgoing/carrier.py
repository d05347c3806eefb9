"""What every carrier does: it takes a message and says what became of it.

A carrier writes or speaks. E-mail or a messenger would be one more class, with its name and medium:
docs/messages.md says what it needs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import structlog

log = structlog.get_logger()

Medium = Literal["text", "voice"]
NAMES = ("gateway", "twilio", "twilio-voice")  # by which an office's file orders them


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`reference` is ours, the same each time this message is sent again."""

    reference: str
    phone: str
    text: str
    language: str


class Carrier(Protocol):
    """`send` answers the carrier's own id of what it has accepted, or raises one of the three."""

    @property
    def name(self) -> str: ...

    @property
    def medium(self) -> Medium: ...

    async def send(self, message: Outgoing) -> str: ...

    async def find(self, message: Outgoing, since: datetime) -> list[str]:
        """The ids under which it may have this message since then; raises `CannotAsk`."""
        ...

    async def close(self) -> None: ...


class Passing(Exception):
    """Not accepted now; later it may be, in `pause` seconds at the soonest."""

    def __init__(self, error: str, pause: float = 0.0) -> None:
        super().__init__(error)
        self.error, self.pause = error, pause


class Permanent(Exception):
    """Never accepted. `everywhere`: no other carrier is to be tried either."""

    def __init__(self, error: str, *, everywhere: bool = False) -> None:
        super().__init__(error)
        self.error, self.everywhere = error, everywhere


class Unknown(Exception):
    """No answer, or none that says: it may have been accepted."""

    def __init__(self, error: str, pause: float = 0.0) -> None:
        super().__init__(error)
        self.error, self.pause = error, pause


class CannotAsk(Exception):
    """The carrier keeps no list of what it has accepted; our reference is all it may know it by."""


class Outbox:
    """Where no carrier is set up: the message stays with us, on the page /outbox.

    `told`: a demonstration, whose people are made up, writes it to its log as well.
    """

    name = "outbox"
    medium: Medium = "text"

    def __init__(self, told: bool = False) -> None:
        self._told = told

    async def send(self, message: Outgoing) -> str:
        if self._told:
            log.info("would be sent", to=f"…{message.phone[-3:]}", text=message.text)
        return message.reference

    async def find(self, message: Outgoing, since: datetime) -> list[str]:
        return [message.reference]

    async def close(self) -> None:
        """Holds nothing open."""
