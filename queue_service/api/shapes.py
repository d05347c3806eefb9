"""Every body, query and answer of the HTTP API; the OpenAPI document is made of them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

# Rules of form live in the types, so that the document shows them. Where a person is the likely
# cause of an error (name, phone, party) the rule is only shown here and judged in checks.py.
Text = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Reason = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Slug = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\Z")]
Language = Literal["vi", "en"]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset")]
Name = Annotated[
    str, Meta(description="1 to 100 letters", extra_json_schema={"minLength": 1, "maxLength": 100})
]
Phone = Annotated[
    str,
    Meta(
        description="a phone number as people in Viet Nam write it, or with + and the country code",
        extra_json_schema={"maxLength": 40, "examples": ["0912 345 678"]},
    ),
]
PartySize = Annotated[
    int,
    Meta(
        description="how many people come, the one with the business included",
        extra_json_schema={"minimum": 1},
    ),
]
Quantity = Annotated[int, Meta(ge=1, le=100)]
People = Annotated[int, Meta(ge=0, le=10_000)]
# Words travel in the signed payload of the ticket, which knows small letters only.
Identity = Annotated[
    str,
    Meta(
        max_length=500,
        description="number of the citizen card or passport, for scarce services; a keyed hash of "
        "it is kept, never the number",
    ),
]
Word = Annotated[str, Meta(max_length=40, pattern=r"^([a-z0-9][a-z0-9_-]*)?\Z")]
Needs = Annotated[list[Word], Meta(max_length=5)]
Ticket = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        description="the text of the QR code, or the code as printed or typed",
    ),
]


Checked = Annotated[bool, Meta(description="the word that the entry check was passed")]


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """A body or a query: what is not asked for is refused, so that a misspelt field is noticed."""


class Nothing(Asked, frozen=True):
    pass


class ServiceWanted(Asked, frozen=True):
    service: Slug
    quantity: Quantity = 1


Services = Annotated[list[ServiceWanted], Meta(min_length=1, max_length=20)]


# Queries


class SlotsQuery(Asked, frozen=True, rename={"from_": "from"}):
    service: Annotated[list[Slug], Meta(min_length=1, max_length=20)]
    from_: date | None = None
    days: Annotated[int, Meta(ge=1, le=31)] = 7


class RevocationsQuery(Asked, frozen=True):
    since: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0


# Bodies


class BookingBody(Asked, frozen=True):
    starts_at: Moment
    name: Name
    phone: Phone = ""
    party_size: PartySize = 1
    booking_id: UUID | None = None
    service: Slug | None = None
    services: Services | None = None
    language: Language = "vi"
    priority: Word = ""
    needs: Needs = []
    identity: Identity = ""


class ProofBody(Asked, frozen=True):
    code: Annotated[str, Meta(pattern=r"^[0-9]{6}\Z")]


class WaitingBody(Asked, frozen=True):
    """Somebody without a booking waits; `until_at`: only what begins before is wanted."""

    services: Services
    name: Name
    phone: Phone
    waiting_id: UUID | None = None
    party_size: PartySize = 1
    until_at: Moment | None = None
    language: Language = "vi"
    identity: Identity = ""


class WaitingWithTicketBody(Asked, frozen=True):
    """The booking is to be moved to an earlier time."""

    until_at: Moment | None = None


class OfferBody(Asked, frozen=True):
    accept: bool


class CancelBody(Asked, frozen=True):
    reason: Text = ""


class RescheduleBody(Asked, frozen=True):
    starts_at: Moment


class ArrivalBody(Asked, frozen=True):
    """With `phone`, the ticket is the last four digits of the code."""

    ticket: Ticket
    phone: Phone = ""
    scan_id: UUID | None = None
    party_size: PartySize | None = None
    came_at: Moment | None = None
    checked: Checked = False


class WalkInBody(Asked, frozen=True):
    """No service at all leads to the guidance desk."""

    walk_in_id: UUID | None = None
    service: Slug | None = None
    services: Annotated[list[ServiceWanted], Meta(max_length=20)] | None = None
    party_size: PartySize = 1
    priority: Word = ""
    needs: Needs = []
    name: Annotated[str, Meta(extra_json_schema={"maxLength": 100})] = ""
    phone: Phone = ""
    language: Language = "vi"
    checked: Checked = False
    person: Annotated[
        str,
        Meta(
            max_length=20,
            pattern=r"^[0-9]*\Z",
            description="number of the citizen card or phone, where an office gives one number "
            "per person; only its hash with a key of the day is kept",
        ),
    ] = ""


class EnterBody(Asked, frozen=True):
    checked: Checked = False


class CheckBody(Asked, frozen=True):
    passed: Literal[False] = False


class HelpBody(Asked, frozen=True):
    help_id: UUID | None = None


class Picture(Asked, frozen=True):
    """The body is the picture itself, not JSON."""

    raw: bytes


class SlipBody(Asked, frozen=True):
    slip: Literal["printed", "phone", "said", "failed"]


class PrintBody(Asked, frozen=True):
    """Where no printer is named, the office's first one is meant. The id is the request's key."""

    print_id: UUID | None = None
    printer: Slug | None = None


class AdmitBody(Asked, frozen=True):
    reason: Reason
    checked: Checked = False


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


class CallBody(Asked, frozen=True):
    number: Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ExitBody(Asked, frozen=True):
    """Who went out: the ticket or the visit where it is known, else how many."""

    ticket: Ticket | None = None
    visit: UUID | None = None
    count: Annotated[int, Meta(ge=1, le=100)] | None = None


class PresentBody(Asked, frozen=True):
    present: People


class HeartbeatBody(Asked, frozen=True):
    """A device says that it lives. `office` is needed only where its token is good for several."""

    office: Slug | None = None
    version: Text = ""
    started_at: Moment | None = None
    shown_version: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    paper: Literal["ok", "low", "out"] | None = None
    problem: Text = ""
    page: Literal["", "kiosk", "lobby", "door", "desk", "counter", "helper"] = ""
    counter: Slug | None = None
    clock: Annotated[
        datetime | None, Meta(description="what the device's own clock says; RFC 3339")
    ] = None


# Answers. Times come in the office's zone.


class AreaNow(Struct, frozen=True):
    area: str
    present: int
    staff: int
    cap: int | None = None
    unnamed: int = 0
    name_vi: str | UnsetType = UNSET
    name_en: str | UnsetType = UNSET


class Hours(Struct, frozen=True):
    opens: datetime
    closes: datetime


class OfficeNow(Struct, frozen=True):
    slug: str
    kind: str
    name_vi: str
    name_en: str
    open_now: bool
    time_zone: str
    hours_today: list[Hours]
    areas: list[AreaNow]
    address_vi: str = ""
    address_en: str = ""
    phone: str = ""
    as_of: Annotated[
        datetime | None,
        Meta(description="the office's box has been silent since: the picture is that old"),
    ] = None


class Opening(Struct, frozen=True):
    weekday: Annotated[int, Meta(ge=1, le=7, description="Monday is 1")]
    opens: str
    closes: str


class Closure(Struct, frozen=True):
    day: date
    name_vi: str
    name_en: str


class Cap(Struct, frozen=True):
    kind: str
    scope: str
    maximum: int
    binds: str = "everyone"
    hour_rule: str = "clock"
    valid_from: date | None = None
    valid_to: date | None = None


class CounterOfOffice(Struct, frozen=True):
    counter: str
    name_vi: str
    name_en: str
    area: str
    state: str
    where_vi: str = ""
    where_en: str = ""
    queues: list[str] = []


class QueueOfOffice(Struct, frozen=True):
    queue: str
    letter: str
    name_vi: str
    name_en: str
    guidance: bool
    area: str
    pool: str | None = None


class DoorManner(Struct, frozen=True):
    """What the office file asks of everybody who comes in."""

    entry_check: bool
    one_number: bool
    question_vi: str
    question_en: str


class Help(Struct, frozen=True):
    help_id: UUID
    asked_at: datetime
    device: str | UnsetType = UNSET


class NotPassed(Struct, frozen=True):
    """What is left to somebody who may not come in today."""

    message: str
    phone: str
    book_url: str


class Office(Struct, frozen=True):
    slug: str
    kind: str
    name_vi: str
    name_en: str
    time_zone: str
    open_now: bool
    areas: list[AreaNow]
    counters: list[CounterOfOffice]
    queues: list[QueueOfOffice]
    hours: list[Opening]
    closures: list[Closure]
    caps: list[Cap]
    door: DoorManner
    address_vi: str = ""
    address_en: str = ""
    phone: str = ""
    booking_days: int = 0
    lead_minutes: int = 0
    earliness_minutes: int = 0
    lateness_minutes: int = 0
    bookings_per_phone: int = 0
    largest_party: int = 0


class Channel(Struct, frozen=True):
    channel: str
    mode: str
    url: str = ""


class Service(Struct, frozen=True):
    service: str
    name_vi: str
    name_en: str
    minutes: int
    queue: str
    bookable: bool
    national_code: str = ""
    aliases: list[str] = []
    field_vi: str = ""
    field_en: str = ""
    papers_vi: list[str] = []
    papers_en: list[str] = []
    urgent: bool = False
    collects: bool = False
    in_person: bool = False
    channels: list[Channel] = []


class Slot(Struct, frozen=True):
    starts_at: datetime
    ends_at: datetime
    left: Annotated[int, Meta(ge=0, description="bookings of one person that still fit")]


class Booked(Struct, frozen=True):
    booking_id: str
    code: str
    token: str
    status: str
    starts_at: datetime
    ends_at: datetime
    ticket_url: str
    qr_url: str
    held_until: datetime | None = None


class Proof(Struct, frozen=True):
    decision: Literal["proven", "wrong_code", "too_many_tries", "too_many_bookings"]
    tries_left: int | None
    state: str


class Offer(Struct, frozen=True):
    starts_at: datetime
    ends_at: datetime
    until: datetime


class Waiting(Struct, frozen=True):
    """Somebody on the waiting list; `offer`: a time that is kept while they answer."""

    token: str
    state: Literal["waiting", "offered", "booked", "left", "over"]
    moves: bool
    party_size: int
    until_at: datetime
    ahead: int
    waiting_url: str
    offer: Offer | None = None
    ticket_url: str | None = None
    decision: str | None = None


class ServiceOfVisit(Struct, frozen=True):
    service: str
    name_vi: str
    name_en: str
    queue: str
    quantity: int
    minutes: int
    state: str


class Because(Struct, frozen=True):
    """Somebody ahead, and the rule that puts them there."""

    number: str
    because: str


class Visit(Struct, frozen=True):
    """One coming of a person or party. Only staff are shown a name."""

    visit_id: UUID
    code: str
    state: str
    state_at: datetime
    day: date
    booked: bool
    promised: bool
    party_size: int
    language: str
    channel: str
    queue: str
    area: str
    revision: int
    services: list[ServiceOfVisit]
    number: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    priority: str = ""
    needs: list[str] = []
    counter: str | None = None
    parked: str | None = None
    slip: str = "none"
    arrived_at: datetime | None = None
    attention: str = ""
    ahead: int | None = None
    why: list[Because] = []
    expected_at: datetime | None = None
    name: str | UnsetType = UNSET
    passed: list[str] | UnsetType = UNSET
    callable: bool | UnsetType = UNSET
    checked: bool | UnsetType = UNSET


class OfficeOfTicket(Struct, frozen=True):
    slug: str
    name_vi: str
    name_en: str
    time_zone: str
    address_vi: str = ""
    address_en: str = ""
    phone: str = ""
    open_now: bool = False


class TicketView(Visit, frozen=True, kw_only=True):
    """The visit as the holder of its link may see it."""

    token: str
    name: str = ""
    phone: str
    office: OfficeOfTicket
    papers_vi: list[str]
    papers_en: list[str]
    area_name_vi: str | None = None
    area_name_en: str | None = None
    counter_vi: str | None = None
    counter_en: str | None = None
    invited_until: datetime | None = None
    held_until: datetime | None = None
    named: bool = False
    ticket_url: str
    qr_url: str
    calendar_url: str


class Window(Struct, frozen=True):
    starts_at: datetime
    ends_at: datetime


DecisionWord = Literal[
    "enter",
    "wait_outside",
    "come_back",
    "too_early",
    "too_late",
    "wrong_day",
    "wrong_office",
    "already_in",
    "cancelled",
    "invalid",
    "refuse",
]


class Decision(Struct, frozen=True, rename={"from_": "from"}):
    """What the door says. `message` is for the visitor, `reason` a word for programs."""

    decision: DecisionWord
    message: str
    visit: Visit | None = None
    reason: str | None = None
    number: str | None = None
    code: str | None = None
    come_back: Window | None = None
    starts_at: datetime | None = None
    from_: datetime | None = None
    late: bool = False
    offer: str | None = None
    area: AreaNow | None = None
    ticket_url: str | None = None
    qr_url: str | None = None
    facts: dict[str, Any] = {}


class Scanned(Struct, frozen=True):
    """The texts of the QR codes on a picture, from the top down; none is no error."""

    texts: list[str]


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


class CounterPage(Counter, frozen=True, kw_only=True):
    """The counter, its line in calling order, and who is parked or absent."""

    waiting: list[Visit]
    parked: list[Visit]
    attention: list[Visit]
    outside: int
    help: list[Help]


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


class BoardOffice(Struct, frozen=True):
    slug: str
    name_vi: str
    name_en: str
    time_zone: str


class BoardCall(Struct, frozen=True):
    number: str
    counter: str
    called_at: datetime
    counter_vi: str = ""
    counter_en: str = ""
    where_vi: str = ""
    where_en: str = ""
    recalled_at: datetime | None = None
    language: str = "vi"
    state: str = "called"


class BoardWaiting(Struct, frozen=True):
    queue: str
    letter: str
    name_vi: str
    name_en: str
    count: int
    numbers: list[str]
    wait_minutes: list[int] | None = None


class BoardEntering(Struct, frozen=True):
    number: str | None
    area: str
    invited_at: datetime
    until: datetime


class NumberAtCounter(Struct, frozen=True):
    number: str | None
    state: str


class BoardCounter(Struct, frozen=True):
    counter: str
    name_vi: str
    name_en: str
    state: str
    numbers: list[NumberAtCounter]
    reason: str | None = None
    until: datetime | None = None


class BoardPause(Struct, frozen=True):
    counter: str
    counter_vi: str
    counter_en: str
    reason: str = ""
    until: datetime | None = None


class WalkIns(Struct, frozen=True, rename={"from_": "from"}):
    possible: bool
    from_: datetime | None = None


class BoardManner(Struct, frozen=True):
    """What the office file says of its screens."""

    volume: Annotated[int, Meta(description="0 to 100; 0 is silence")]
    muted: Annotated[list[str], Meta(description="hours without sound, such as 11:30-13:30")]
    top_seconds: Annotated[int, Meta(description="each call stays on top at least this long")]
    stale_seconds: Annotated[int, Meta(description="a picture older than this is not live")]
    message_vi: str
    message_en: str


class Board(Struct, frozen=True):
    """The whole state of the lobby's boards; no personal data."""

    version: int
    at: datetime
    office: BoardOffice
    board: BoardManner
    areas: list[AreaNow]
    calls: list[BoardCall]
    entering: list[BoardEntering]
    waiting: list[BoardWaiting]
    outside: list[str | None]
    counters: list[BoardCounter]
    pauses: list[BoardPause]
    walk_ins: WalkIns


PrinterProblem = Literal[
    "",
    "paper_out",
    "cover_open",
    "not_ready",
    "unreachable",
    "stuck",
    "no_word",
    "disk_full",
    "error",
]


class Printed(Struct, frozen=True):
    """Whether the slip came out. `message` is for the visitor, `problem` a word for programs."""

    printed: bool
    problem: PrinterProblem
    printer: str
    message: str
    visit: Visit


class TicketKey(Struct, frozen=True):
    office: str
    office_number: int
    key_id: int
    algorithm: Literal["Ed25519"]
    public_key: Annotated[str, Meta(description="32 bytes, base64url without padding")]


class Revocation(Struct, frozen=True):
    no: int
    visit: UUID
    revision: Annotated[int, Meta(description="tickets up to this revision are worth nothing")]
    reason: Literal["cancelled", "moved"]
    at: datetime


class Revocations(Struct, frozen=True):
    revocations: list[Revocation]
    next: Annotated[int, Meta(description="ask `since` this the next time; 1,000 come at once")]


class Alive(Struct, frozen=True):
    at: datetime
    office: str
    device: str
    troubled: Annotated[
        list[str] | UnsetType, Meta(description="for staff: the devices in trouble, and why")
    ] = UNSET


# The floor at a box

Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Seq = Annotated[int, Meta(ge=0, le=2**53)]


class FloorTakeBody(Asked, frozen=True):
    box_id: UUID
    name: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+\Z")]


class FloorEntry(Asked, frozen=True):
    seq: Seq
    kind: Word
    body: Annotated[Any, Meta(description="what only hub and box read: docs/box.md")]


class FloorWord(Asked, frozen=True):
    """What happened at the floor since the hub last said up to where it heard."""

    box_id: UUID
    epoch: Count
    ack: Annotated[Seq, Meta(description="the last entry of the hub's that the box has")]
    at: Moment
    entries: list[FloorEntry]


class FloorHandBackBody(Asked, frozen=True):
    box_id: UUID
    epoch: Count
    seq: Annotated[Seq, Meta(description="the last entry the box has made")]


class FloorTakeBackBody(Asked, frozen=True):
    reason: Reason


class FloorTaken(Struct, frozen=True):
    office_id: int
    epoch: int
    at: datetime
    file: dict[str, Any]


class FloorAnswer(Struct, frozen=True):
    lost: Annotated[bool, Meta(description="a higher epoch has begun: the box must stop")]
    epoch: int
    at: datetime
    ack: int | None
    entries: list[FloorEntry] = []
    more: bool = False
    closed_until: Annotated[
        datetime | None,
        Meta(description="nothing before this is sold any more, and all that was is told"),
    ] = None
    keys: dict[str, str] = {}


class FloorNow(Struct, frozen=True):
    """Where the floor is, and how fresh the picture of it."""

    at: datetime
    at_box: bool
    side: Literal["hub", "box"] = "hub"
    box: str | None = None
    epoch: int = 0
    heard_at: datetime | None = None
    silent: bool = False
    clock_off: Annotated[float, Meta(description="seconds the box is ahead of the hub")] = 0.0
    stopped: str = ""
    trouble: str = ""
    uncounted: list[str] = []
    late: int = 0


class LateVisit(Struct, frozen=True):
    """A visit that a box told of after its floor had been taken back."""

    epoch: int
    at: datetime
    visit_id: UUID
    number: str | None
    code: str
    state: str
    arrived_at: datetime | None
    stays: list[dict[str, Any]]


class Problem(Struct, frozen=True):
    """RFC 9457; the facts of a refusal stand beside these fields."""

    type: Annotated[str, Meta(description="ends in the refusal's code")]
    title: str
    status: int
    detail: str
    code: str = ""
