"""The counters and their lines."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from queue_service.api.shapes.door import Help
from queue_service.api.shapes.forms import Asked, Moment, Slug, Text
from queue_service.api.shapes.visits import Visit


class ParkBody(Asked, frozen=True):
    place: Literal["here", "away"] = "here"
    reason: Text = ""


class ResumeBody(Asked, frozen=True):
    counter: Slug | None = None


class TransferBody(Asked, frozen=True):
    queue: Slug


class PauseBody(Asked, frozen=True):
    reason: Text = ""
    until: Moment | None = None


class TakeBody(Asked, frozen=True):
    """`since`: when who has it took it, as `taken` of the counter says; none: nobody has it."""

    since: Moment | None = None


class CallBody(Asked, frozen=True):
    number: Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[^\x00-\x1f\x7f]*$")]


class DossierBody(Asked, frozen=True):
    code: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Questions(Struct, frozen=True):
    """How many questions this counter has answered today without a number."""

    counter: str
    today: int


class KeyBody(Asked, frozen=True):
    """`step` opens the counter, calls, serves, or finishes and calls: whatever comes next.

    With `at_once` whoever it calls is served with the call, so that one key is one visit.
    """

    key: Literal[
        "step", "call-next", "recall", "absent", "park-here", "park-away", "question", "undo"
    ]
    at_once: bool = False


class Pressed(Struct, frozen=True):
    """What the key did, and the number that is at the counter or was meant by it."""

    did: str
    number: str | None = None


class NearlyFull(Struct, frozen=True):
    """The last places of the hour at this counter, and when the next may begin after them."""

    left: int
    next_at: datetime


class Taken(Struct, frozen=True):
    """Who has the counter, since when, and whom they took it over from, if from anybody."""

    name: str
    taken_at: datetime
    from_name: str = ""


class Counter(Struct, frozen=True):
    counter: str
    name_vi: str
    name_en: str
    area: str
    state: str
    queues: list[str]
    visits: list[Visit]
    where_vi: str = ""
    where_en: str = ""
    reason: str = ""
    until: datetime | None = None
    maximum: int | None = None
    next_at: datetime | None = None
    left_this_hour: int | None = None
    taken: Taken | None = None


class CounterPage(Counter, frozen=True, kw_only=True):
    """The counter, its line in calling order, and who is parked or absent."""

    waiting: list[Visit]
    parked: list[Visit]
    attention: list[Visit]
    outside: int
    help: list[Help]
    questions: int
    nearly_full: NearlyFull | None = None


class QueueLine(Struct, frozen=True):
    area: str
    queue: str
    letter: str
    name_vi: str
    name_en: str
    visits: list[Visit]


class DoorLine(Struct, frozen=True):
    area: str
    visits: list[Visit]
    invited: list[Visit]


class QueueNow(Struct, frozen=True):
    """Who waits where, in the order they will be called, and why."""

    lines: list[QueueLine]
    door: list[DoorLine]
    help: list[Help]
    parked: list[Visit]
    attention: list[Visit]
    overdue: list[Visit]
