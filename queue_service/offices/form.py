"""The form of an office file: its tables and fields, each with the type that is checked first."""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

Text = Annotated[str, Meta(min_length=1, max_length=500)]
Id = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Amount = Annotated[int, Meta(ge=0, le=1000)]
Count = Annotated[int, Meta(ge=1, le=1000)]
Minutes = Annotated[int, Meta(ge=0, le=1440)]
SomeMinutes = Annotated[int, Meta(ge=1, le=1440)]


class Strict(Struct, forbid_unknown_fields=True, kw_only=True):
    """A field nobody knows is a slip of the pen, never passed over."""


class Both(Strict):
    """A text in both languages."""

    vi: Text
    en: Text


class Papers(Strict):
    """What to bring, line for line in both languages."""

    vi: list[Text]
    en: list[Text]


class Location(Strict):
    """Where the office is on the map: the offices near by are offered beside it."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


class OfficeTable(Strict):
    """`[office]`."""

    slug: Id
    number: Annotated[int, Meta(ge=1, le=9999)]
    name: Both
    kind: Literal["office", "bank"] = "office"
    old_names: list[Text] = []
    aliases: list[Text] = []
    address: Both | None = None
    location: Location | None = None
    phone: str = ""
    time_zone: str = "Asia/Ho_Chi_Minh"
    public_holidays: bool = True


class Rules(Strict):
    """`[rules]`: the settings of an office; what is left out keeps its default."""

    booking_days: Annotated[int, Meta(ge=0, le=365)] = 6
    lead_minutes: Annotated[int, Meta(ge=0, le=10080)] = 30
    earliness_minutes: Minutes = 15
    lateness_minutes: Minutes = 10
    headroom_minutes: Minutes = 15
    usual_wait_minutes: Minutes = 15
    bookings_per_phone: Count = 2
    largest_party: Annotated[int, Meta(ge=1, le=50)] = 5
    leave_minutes: Minutes = 2
    exits: Literal["none", "counted", "scanned"] = "none"
    lunch: Literal["keep", "arrived"] = "keep"
    invitation_minutes: SomeMinutes = 3
    invitations: Annotated[int, Meta(ge=1, le=20)] = 3
    absent_minutes: SomeMinutes = 15
    slip_minutes: Minutes = 2
    pass_minutes: Minutes = 10
    overdue_minutes: SomeMinutes = 45
    due_minutes: Minutes = 5
    window_minutes: Annotated[int, Meta(ge=5, le=480)] = 30
    walk_in_share: Annotated[int, Meta(ge=0, le=100)] = 30
    retention_days: Annotated[int, Meta(ge=1, le=3650)] = 30


class Board(Strict):
    """`[board]`: how the screens of the office look and sound."""

    volume: Annotated[int, Meta(ge=0, le=100)] = 80
    muted: list[str] = []
    top_seconds: Annotated[int, Meta(ge=3, le=60)] = 8
    stale_seconds: Annotated[int, Meta(ge=20, le=600)] = 45
    screens: Annotated[list[Id], Meta(max_length=20)] = []
    message: Both | None = None


class Messages(Strict):
    """`[messages]`: what goes out by itself; `send` left out is every kind."""

    send: list[str] | None = None
    carriers: list[str] = []
    quiet: str = "21:00-07:00"
    links: bool | None = None
    day_before_minutes: Annotated[int, Meta(ge=0, le=20160)] = 1440
    hour_before_minutes: Annotated[int, Meta(ge=0, le=1440)] = 60
    near: Annotated[int, Meta(ge=0, le=50)] = 3
    texts: dict[str, Both] = {}
    texts_from: str = ""


class SharedTexts(Strict):
    """A file that several offices name with `texts_from`: the words of what is above them."""

    texts: dict[str, Both]


class Fairness(Strict):
    """`[fairness]`: proven phones, offers to who waits, and how scarce services are given out."""

    authority: Annotated[str, Meta(max_length=60)] = ""
    per_person: Annotated[int, Meta(ge=1, le=100)] = 1
    prove_phone: bool = False
    hold_minutes: Annotated[int, Meta(ge=1, le=60)] = 10
    codes_per_hour: Annotated[int, Meta(ge=1, le=100)] = 3
    code_tries: Annotated[int, Meta(ge=1, le=20)] = 5
    offer_minutes: SomeMinutes = 10
    return_minutes: Minutes = 60
    new_days: str = "08:00-10:00"


class Door(Strict):
    """`[door]`: what the office asks of everybody who comes in."""

    entry_check: bool = False
    question: Both | None = None
    one_number: bool = False


class Planned(Strict):
    """Counters of a queue or pool on some days, from one time to another."""

    days: str
    from_: str = field(name="from")
    to: str
    counters: Amount


class Staffed(Strict):
    """Staff of an area on some days, from one time to another."""

    days: str
    from_: str = field(name="from")
    to: str
    people: Amount


class PlannedHours(Strict):
    """Counters of a queue or pool from one time of a date to another."""

    from_: str = field(name="from")
    to: str
    counters: Amount


class StaffedHours(Strict):
    """Staff of an area from one time of a date to another."""

    from_: str = field(name="from")
    to: str
    people: Amount


class PlannedDay(Strict):
    """`[[planned]]`: one date on which other counters or staff are planned than in the week."""

    day: date
    area: dict[str, Amount | list[StaffedHours]] = {}
    pool: dict[str, Amount | list[PlannedHours]] = {}
    queue: dict[str, Amount | list[PlannedHours]] = {}


class Rota(Strict):
    """`[rota]`: what must hold in every hour; `covered` left out is every queue."""

    leader: bool = False
    covered: list[str] | None = None
    public: Literal["no", "numbers", "names"] = "no"


class Shift(Strict):
    """`[[shift]]`: hours that are worked together."""

    id: Id
    name: Both
    from_: str = field(name="from")
    to: str


class Group(Strict):
    """`[[group]]`: people who take turns together; who they are is not in the file."""

    id: Id
    name: Both


class Attendance(Strict):
    """`[[attendance]]`: how many must, and how many may, be in the office or work at home."""

    id: Id
    place: Literal["office", "home"]
    minimum: Amount | None = None
    maximum: Amount | None = None
    unit: Literal["people", "percent"] = "people"
    valid_from: date | None = None
    valid_to: date | None = None


class Area(Strict):
    """`[[area]]`; staff as a number means that many in all opening hours."""

    id: Id
    name: Both
    staff: Amount | list[Staffed] = 0


class Pool(Strict):
    """`[[pool]]`: counters that several queues share."""

    id: Id
    planned: Amount | list[Planned]


class Queue(Strict):
    """`[[queue]]`; without planned counters of its own it has those of its pool."""

    id: Id
    letter: Annotated[str, Meta(pattern=r"^[A-Z]{1,2}$")]
    name: Both
    area: str = ""
    pool: str | None = None
    guidance: bool = False
    planned: Amount | list[Planned] | UnsetType = UNSET


class Counter(Strict):
    """`[[counter]]`."""

    id: Id
    name: Both
    queues: Annotated[list[str], Meta(min_length=1)]
    area: str = ""
    where: Both | None = None


class Channel(Strict):
    """One way to have a service, with its days; both end days belong to it."""

    channel: Literal["in_person", "online", "post", "home"]
    mode: Literal["offered", "steered", "only"] = "offered"
    url: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


class Service(Strict):
    """`[[service]]`."""

    id: Id
    queue: str
    name: Both
    minutes: Annotated[int, Meta(ge=1, le=480)]
    field: Both | None = None
    national_code: Annotated[str, Meta(pattern=r"^([0-9]\.[0-9]{6}(\.[0-9A-Z.]+)?)?$")] = ""
    aliases: list[Text] = []
    papers: Papers | None = None
    urgent: bool = False
    collects: bool = False
    in_person: bool = False
    scarce: bool = False
    channels: list[Channel] = []


class Cap(Strict):
    """`[[cap]]`; without days it has no beginning and no end."""

    id: Id
    kind: Literal["present", "hour"]
    scope: str
    maximum: Annotated[int, Meta(ge=0, le=100_000)]
    binds: Literal["everyone", "walk-ins"] = "everyone"
    hour_rule: Literal["clock", "any-60-minutes"] = "clock"
    valid_from: date | None = None
    valid_to: date | None = None


class Printer(Strict):
    """`[[printer]]`: a receipt printer; without dots it prints as wide as its paper usually is."""

    id: Id
    name: Both
    address: str
    paper: Literal[58, 80] = 80
    dots: Annotated[int, Meta(ge=200, le=1000, multiple_of=8)] | None = None


class Closed(Strict):
    """`[[closed]]`: a day, or all days up to `until`, on which the office stays closed."""

    day: date
    name: Both
    until: date | None = None


class Open(Strict):
    """`[[open]]`: a day that is no holiday here; with hours of its own if it names them."""

    day: date
    hours: list[str] = []


class UrgentOnly(Strict):
    """`[[urgent_only]]`: days on which nothing but urgent services is handled in person."""

    valid_from: date
    valid_to: date


class Target(Strict):
    """`[[target]]`: of all that is handled, the share without a visit; of one service or all."""

    percent: Annotated[int, Meta(ge=0, le=100)]
    service: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class OfficeFile(Strict):
    """A whole file."""

    office: OfficeTable
    hours: dict[str, list[str]]
    area: Annotated[list[Area], Meta(min_length=1)]
    queue: Annotated[list[Queue], Meta(min_length=1)]
    counter: Annotated[list[Counter], Meta(min_length=1)]
    service: Annotated[list[Service], Meta(min_length=1)]
    rules: Rules = field(default_factory=Rules)
    board: Board = field(default_factory=Board)
    messages: Messages = field(default_factory=Messages)
    fairness: Fairness = field(default_factory=Fairness)
    door: Door = field(default_factory=Door)
    pool: list[Pool] = []
    cap: list[Cap] = []
    printer: list[Printer] = []
    closed: list[Closed] = []
    open: list[Open] = []
    urgent_only: list[UrgentOnly] = []
    planned: list[PlannedDay] = []
    rota: Rota = field(default_factory=Rota)
    shift: list[Shift] = []
    group: list[Group] = []
    attendance: list[Attendance] = []
    target: list[Target] = []


class SharedFile(Strict):
    """What offices share below their authority; each part as in an office's file."""

    closed: list[Closed] = []
    open: list[Open] = []
    texts: dict[str, Both] = {}
