"""What each form of the manager asks, in the words of a lobby: keys of the office file by name.

A key without a line here and in rules.py is told by tests/pages/test_forms.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from msgspec import Struct

from queue_service.i18n import N_
from queue_service.manager.fields import Choices, Field, Say, Tables
from queue_service.offices import form as office_form
from queue_service.outgoing import kinds

SAID = 3  # queues by which shared counters are known

Chosen = Callable[[Tables, str, Say], Choices]


@dataclass(frozen=True)
class Once:
    """A table that stands once in the file."""

    name: str
    table: str
    struct: type[Struct]
    title: str
    lead: str
    fields: Sequence[Field]
    needed: bool = False  # stays in the file, whatever it says


@dataclass(frozen=True)
class Members:
    """Rows of another table that name this one, chosen from this side too."""

    table: str
    key: str
    label: str
    several: bool  # they may name more than one


@dataclass(frozen=True)
class Many:
    """A table that stands many times: a list, and a form of each row."""

    name: str
    table: str
    struct: type[Struct]
    title: str
    lead: str
    add: str
    fields: Sequence[Field]
    members: Members | None = None


# --- What may be chosen -----------------------------------------------------------------------


def _rows(table: str, empty: str = "") -> Chosen:
    """The rows of another table, by name; `empty`: what none of them is called."""

    def choices(tables: Tables, language: str, say: Say) -> Choices:
        first = [("", say(empty))] if empty else []
        name = partial(shared_by, tables) if table == "pool" else name_of
        return first + [(row["id"], name(row, language)) for row in tables.get(table, ())]

    return choices


def _words(*pairs: tuple[Any, str]) -> Chosen:
    return lambda _tables, _language, say: [(value, say(words)) for value, words in pairs]


def name_of(row: Mapping[str, Any], language: str) -> str:
    if "percent" in row:  # a target has neither name nor id
        return f"{row['percent']} % {row.get('service', '')}".strip()
    return row["name"][language] if "name" in row else str(row["id"])


def shared_by(tables: Tables, pool: Mapping[str, Any], language: str) -> str:
    """Shared counters have no name of their own: the queues that share them say which."""
    queues = [row for row in tables.get("queue", ()) if row.get("pool") == pool["id"]]
    names = [name_of(row, language) for row in queues]
    more = ["…"] if len(names) > SAID else []
    return "; ".join(names[:SAID] + more) or pool["id"]


KINDS = (
    ("confirmation", N_("A booking is confirmed")),
    ("day_before", N_("Reminder, the day before")),
    ("hour_before", N_("Reminder, an hour before")),
    ("invited", N_("Who waits outside may come in")),
    ("near", N_("The turn is near")),
    ("called", N_("A number is called")),
    ("moved", N_("A booking was moved")),
    ("cancelled", N_("A booking was cancelled by its holder")),
    ("cancelled_by_office", N_("A booking was cancelled by the office")),
    ("missed", N_("Somebody with a booking did not come")),
    ("cannot_be_served", N_("A turn cannot come before closing")),
    ("queue_unattended", N_("No counter serves a queue just now")),
    ("code", N_("A code to prove a phone")),
    ("offer", N_("A place is free, for who waits for one")),
    ("arrival_won", N_("A change came too late: they had arrived")),
    ("moved_by_office", N_("The office changes a time")),
    ("no_new_time", N_("The office cannot keep a time and found no other")),
)

NAME = Field("name", N_("What it is called"))
ID = Field(
    "id", N_("Short name in addresses"),
    N_("Small letters, figures and hyphens; it stays. Left empty it is made from the name."),
)  # fmt: skip
AREA = Field("area", N_("Room"), choices=_rows("area"))
PLANNED = Field(
    "planned", N_("Planned counters"),
    N_("One number for all opening hours, or line by line below. Lines hold before the number."),
)  # fmt: skip

ONCE = (
    Once("about", "office", office_form.OfficeTable, N_("About this office"),
         N_("Its number and its address on the web are printed on tickets and stay."), (
        NAME,
        Field("kind", N_("Kind of office"), choices=_words(
            ("office", N_("office")), ("bank", N_("bank")))),
        Field("address", N_("Address")),
        Field("phone", N_("Phone")),
        Field("location", N_("On the map"), N_("The hotline offers the offices near by too.")),
        Field("aliases", N_("Other names"), N_("One a line; search finds them.")),
        Field("old_names", N_("Old names"), N_("One a line; search finds them.")),
        Field("time_zone", N_("Time zone"), N_("Such as Asia/Ho_Chi_Minh.")),
        Field("public_holidays", N_("Closed on Vietnam's public holidays")),
    ), needed=True),
    Once("rules", "rules", office_form.Rules, N_("Rules"),
         N_("How booking, waiting and calling go here."), (
        Field("booking_days", N_("Days that can be booked ahead"), N_("0 is today only.")),
        Field("lead_minutes", N_("Book at least this many minutes ahead")),
        Field("earliness_minutes", N_("Minutes early a visitor may come")),
        Field("lateness_minutes", N_("Minutes late a booking still counts")),
        Field("bookings_per_phone", N_("Bookings one phone may hold")),
        Field("largest_party", N_("People in the largest party")),
        Field("usual_wait_minutes", N_("Usual wait inside, in minutes"),
              N_("Added to the time for which a booking takes up a place in the room.")),
        Field("headroom_minutes", N_("Minutes that places are kept for people with an appointment"),
              N_("For this long before an appointment nobody without one takes its place.")),
        Field("leave_minutes", N_("Minutes from the end of service until somebody has left")),
        Field("exits", N_("How leaving is noticed"), choices=_words(
            ("none", N_("not at all")), ("counted", N_("counted at the door")),
            ("scanned", N_("tickets are scanned at the door")))),
        Field("lunch", N_("At the break"), choices=_words(
            ("keep", N_("people stay inside")),
            ("arrived", N_("everybody goes out and keeps their place")))),
        Field("invitation_minutes", N_("Minutes an invitation to come in holds")),
        Field("invitations", N_("Invitations before a place is given up")),
        Field("absent_minutes",
              N_("Minutes until somebody who was called and did not come counts as gone")),
        Field("slip_minutes", N_("Minutes until an unprinted number may be called")),
        Field("pass_minutes",
              N_("Minutes for which a smaller party may go in before a larger one")),
        Field("overdue_minutes", N_("Minutes of waiting after which somebody goes first")),
        Field("due_minutes", N_("Minutes before its time that a booking joins the line")),
        Field("window_minutes", N_("Minutes in the window for coming back")),
        Field("walk_in_share", N_("Per cent kept for people without an appointment"),
              N_("Of each hour, while a machine at the office looks after its door.")),
        Field("retention_days", N_("Days until names and phones are removed after a visit")),
    )),
    Once("board", "board", office_form.Board, N_("Board"),
         N_("The screens in the lobby, at the door and at the desks."), (
        Field("message", N_("Message line"), N_("Left empty: none.")),
        Field("volume", N_("Volume, 0 to 100"), N_("0 is silence.")),
        Field("muted", N_("Hours without sound"), N_("One a line, as 11:30-13:30.")),
        Field("top_seconds", N_("Seconds a call stays on top")),
        Field("stale_seconds", N_("Seconds until a frozen picture says so")),
        Field("screens", N_("Screens installed"),
              N_("A short name on each line, such as lobby. Staff are told when one is silent.")),
    )),
    Once("messages", "messages", office_form.Messages, N_("Messages"),
         N_("What goes out by itself, and when."), (
        Field("send", N_("What is sent"), choices=lambda _t, _l, say: [
            (kind, say(words)) for kind, words in KINDS if kind in kinds.CONFIGURABLE]),
        Field("quiet", N_("No reminders in these hours"),
              N_("As 21:00-07:00. Left empty: at any hour.")),
        Field("links", N_("Links to the ticket in texts"), choices=_words(
            ("", N_("the usual: yes, in a bank no")), ("yes", N_("yes")), ("no", N_("no")))),
        Field("day_before_minutes", N_("First reminder, minutes before the time"),
              N_("1440 is a day. 0: none.")),
        Field("hour_before_minutes", N_("Second reminder, minutes before the time"),
              N_("0: none.")),
        Field("near", N_("“Your turn is near” when so many are ahead")),
        Field("carriers", N_("Carriers, in the order they are tried"),
              N_("One a line: gateway, twilio, twilio-voice. Left empty: all there are.")),
    )),
    Once("fairness", "fairness", office_form.Fairness, N_("Fair booking"),
         N_("Proven phones, freed places, and services with few places."), (
        Field("prove_phone", N_("A booking counts once the code texted to its phone is typed")),
        Field("hold_minutes", N_("Minutes its place is kept for the code")),
        Field("code_tries", N_("Wrong codes until the place is given back")),
        Field("codes_per_hour", N_("Codes an hour to one phone")),
        Field("offer_minutes", N_("Minutes a freed place is offered to one person")),
        Field("return_minutes", N_("Minutes within which a scarce service's freed place returns"),
              N_("At a moment nobody knows.")),
        Field("new_days", N_("Hours in which a new day opens for scarce services"),
              N_("As 08:00-10:00; at a minute nobody knows.")),
        Field("per_person", N_("Bookings of a scarce service one person may hold")),
        Field("authority", N_("Counted together with other offices as"),
              N_("Offices that write the same word here count a person's bookings together.")),
    )),
    Once("door", "door", office_form.Door, N_("Door and kiosk"),
         N_("What everybody is asked who comes in."), (
        Field("entry_check", N_("Nobody is let in without having passed the entry check")),
        Field("question", N_("What the kiosk asks then")),
        Field("one_number", N_("One open number per citizen card or phone"),
              N_("A kiosk gives no second one; known by a hash of that day only.")),
    )),
)  # fmt: skip

MANY = (
    Many("areas", "area", office_form.Area, N_("Rooms"), N_("Each with a count of its people."),
         N_("Add a room"), (
        ID, NAME,
        Field("staff", N_("Planned staff"),
              N_("One number for all opening hours, or line by line below.")),
    )),
    Many("queues", "queue", office_form.Queue, N_("Queues"),
         N_("Lines of people; each has a letter before its numbers."), N_("Add a queue"), (
        ID, NAME,
        Field("letter", N_("Letter"), N_("One or two capital letters, such as A.")),
        AREA,
        Field("pool", N_("Shares its counters in"), choices=_rows("pool", N_("nothing"))),
        PLANNED,
        Field("guidance", N_("Who does not know what to choose stands here"),
              N_("One queue at most; it needs a service first.")),
    ), Members("counter", "queues", N_("Called at these counters"), several=True)),
    Many("pools", "pool", office_form.Pool, N_("Shared counters"),
         N_("Counters that several queues share."), N_("Add shared counters"), (
        ID, PLANNED,
    ), Members("queue", "pool", N_("Queues that share them"), several=False)),
    Many("counters", "counter", office_form.Counter, N_("Counters"), N_("Where people are served."),
         N_("Add a counter"), (
        ID, NAME,
        Field("where", N_("Where it is"), N_("Such as: on the left, first floor.")),
        AREA,
        Field("queues", N_("Calls these queues"), choices=_rows("queue")),
    )),
    Many("services", "service", office_form.Service, N_("Services"),
         N_("What people come for."), N_("Add a service"), (
        ID, NAME,
        Field("queue", N_("Queue"), choices=_rows("queue", N_("please choose"))),
        Field("minutes", N_("Minutes at the counter")),
        Field("field", N_("Field"), N_("Services are listed by it.")),
        Field("aliases", N_("Other names"), N_("One a line; search finds them.")),
        Field("papers", N_("Papers to bring"), N_("One a line, in the same order.")),
        Field("national_code", N_("National code"), N_("Such as 1.001193.")),
        Field("urgent", N_("Urgent: still served when only urgent services are")),
        Field("collects", N_("People come for a finished result")),
        Field("in_person", N_("The result must be fetched in person")),
        Field("scarce", N_("Few places: a booking names its person, by identity number")),
        Field("channels", N_("Other ways to have it"),
              N_("“Only” takes no visits for it meanwhile.")),
    )),
    Many("targets", "target", office_form.Target, N_("Targets"),
         N_("What share is to be handled without a visit; statistics show it beside."),
         N_("Add a target"), (
        Field("percent", N_("Per cent without a visit")),
        Field("service", N_("Of"), choices=_rows("service", N_("all services together"))),
        Field("valid_from", N_("From")),
        Field("valid_to", N_("To (inclusive)")),
    )),
    Many("printers", "printer", office_form.Printer, N_("Printers"),
         N_("Receipt printers for slips; the first one is the kiosk's."), N_("Add a printer"), (
        ID, NAME,
        Field("address", N_("Address"), N_("tcp://192.168.1.50:9100, /dev/usb/lp0 or file.")),
        Field("paper", N_("Paper"), choices=_words((80, N_("80 mm")), (58, N_("58 mm")))),
        Field("dots", N_("Dots in a line"), N_("Left empty: as usual for the paper.")),
    )),
)  # fmt: skip
