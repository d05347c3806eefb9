"""What a change changes, in the words of whoever reads pages; a file's keys say little to them."""

from datetime import date
from typing import cast

from babel.dates import format_date

from queue_service.i18n import N_, say_weekday, translator
from queue_service.offices.changes import Change, compared, told
from queue_service.offices.document import KEYS, Document

PARTS = {
    "areas": N_("Room"),
    "queues": N_("Queue"),
    "counters": N_("Counter"),
    "services": N_("Service"),
    "channels": N_("Way to have a service"),
    "openings": N_("Opening hours"),
    "closures": N_("Closed day"),
    "special_openings": N_("Other hours"),
    "plans": N_("Planned"),
    "day_plans": N_("Planned for one date:"),
    "caps": N_("Cap"),
    "shifts": N_("Shift"),
    "groups": N_("Staff group"),
    "attendance": N_("Staff present"),
    "message_texts": N_("Words of a message"),
    "printers": N_("Printer"),
    "targets": N_("Target"),
    "board": N_("Screens"),
    "messages": N_("Messages"),
    "fairness": N_("Fairness"),
    "door": N_("Door"),
    "rota": N_("Rota"),
}
FIELDS = {
    "slug": N_("name in addresses"),
    "kind": N_("kind"),
    "name_vi": N_("Vietnamese name"),
    "name_en": N_("English name"),
    "old_names": N_("former names"),
    "aliases": N_("everyday names"),
    "address_vi": N_("address in Vietnamese"),
    "address_en": N_("address in English"),
    "latitude": N_("latitude"),
    "longitude": N_("longitude"),
    "phone": N_("telephone"),
    "time_zone": N_("time zone"),
    "booking_days": N_("days that can be booked ahead"),
    "lead_minutes": N_("latest booking, minutes before"),
    "earliness_minutes": N_("let in at most so many minutes early"),
    "lateness_minutes": N_("late after minutes"),
    "headroom_minutes": N_("room kept for booked visitors, minutes before"),
    "usual_wait_minutes": N_("usual wait in minutes"),
    "bookings_per_phone": N_("bookings of one phone"),
    "largest_party": N_("largest party"),
    "leave_minutes": N_("minutes to leave after the visit"),
    "exits": N_("exits"),
    "lunch": N_("people at lunch"),
    "invitation_minutes": N_("minutes to come in when invited"),
    "invitations": N_("invitations before the place is lost"),
    "absent_minutes": N_("minutes until who is absent has left"),
    "slip_minutes": N_("minutes until a slip counts as taken"),
    "pass_minutes": N_("minutes a smaller party may pass"),
    "overdue_minutes": N_("minutes of waiting before anybody else"),
    "due_minutes": N_("due so many minutes before"),
    "window_minutes": N_("minutes of a kept window"),
    "walk_in_share": N_("share of walk-ins in per cent"),
    "retention_days": N_("days that names are kept"),
    "volume": N_("volume"),
    "muted": N_("silent screens"),
    "top_seconds": N_("seconds a call stays on top"),
    "stale_seconds": N_("seconds until a picture is old"),
    "screens": N_("screens"),
    "message_vi": N_("message in Vietnamese"),
    "message_en": N_("message in English"),
    "send": N_("are sent"),
    "carriers": N_("carriers"),
    "quiet_from": N_("quiet from"),
    "quiet_to": N_("quiet until"),
    "links": N_("with a link"),
    "day_before_minutes": N_("first reminder, minutes before"),
    "hour_before_minutes": N_("second reminder, minutes before"),
    "near": N_("told when so many are ahead"),
    "authority": N_("authority"),
    "per_person": N_("bookings of one person"),
    "prove_phone": N_("the phone is proven by a code"),
    "hold_minutes": N_("minutes a place is held for the code"),
    "codes_per_hour": N_("codes in an hour"),
    "code_tries": N_("tries for a code"),
    "offer_minutes": N_("minutes an offer is kept"),
    "return_minutes": N_("minutes until a scarce place returns"),
    "opens_from": N_("new days open from"),
    "opens_to": N_("new days open until"),
    "entry_check": N_("check at the door"),
    "one_number": N_("one number for each person"),
    "question_vi": N_("question in Vietnamese"),
    "question_en": N_("question in English"),
    "area_id": N_("room"),
    "pool_id": N_("shares counters as"),
    "letter": N_("letter"),
    "guidance": N_("guidance desk"),
    "position": N_("place in the order"),
    "where_vi": N_("where, in Vietnamese"),
    "where_en": N_("where, in English"),
    "queues": N_("queues"),
    "queue_id": N_("queue"),
    "national_code": N_("national code"),
    "field_vi": N_("field in Vietnamese"),
    "field_en": N_("field in English"),
    "minutes": N_("minutes"),
    "papers_vi": N_("papers in Vietnamese"),
    "papers_en": N_("papers in English"),
    "urgent": N_("urgent"),
    "collects": N_("to collect a result"),
    "in_person": N_("result only in person"),
    "scarce": N_("scarce"),
    "mode": N_("manner"),
    "url": N_("address"),
    "valid_from": N_("from"),
    "valid_to": N_("until"),
    "opens": N_("opens"),
    "closes": N_("closes"),
    "starts": N_("from"),
    "ends": N_("until"),
    "amount": N_("how many"),
    "maximum": N_("at most"),
    "minimum": N_("at least"),
    "scope": N_("where"),
    "binds": N_("applies to"),
    "hour_rule": N_("counted by"),
    "text": N_("text"),
    "address": N_("network address"),
    "paper_mm": N_("paper in millimetres"),
    "dots": N_("dots in a line"),
    "leader": N_("a leader on duty"),
    "covered": N_("queues covered"),
    "public": N_("published lists"),
    "place": N_("place"),
    "unit": N_("counted in"),
    "percent": N_("per cent without a visit"),
    "language": N_("language"),
    "channel": N_("way"),
}
VALUES = {
    True: N_("yes"),
    False: N_("no"),
    "infinity": N_("no end"),
    "-infinity": N_("always"),
    "everyone": N_("everybody"),
    "walk-ins": N_("walk-ins"),
    "clock": N_("the full hour"),
    "any-60-minutes": N_("any 60 minutes"),
    "online": N_("online"),
    "post": N_("by public post"),
    "home": N_("at home"),
    "later": N_("later, when the measure is over"),
    "offered": N_("offered"),
    "steered": N_("recommended"),
    "only": N_("only so"),
    "none": N_("not counted"),
    "counted": N_("counted"),
    "scanned": N_("scanned"),
    "people": N_("people"),
    "percent": N_("per cent"),
    "no": N_("no"),
    "names": N_("with names"),
    "numbers": N_("numbers only"),
}
# Scopes that name nothing of the office.
SCOPES = {
    "counter:*": N_("people at each counter"),
    "queue:*": N_("visits in an hour at each counter"),
    "branch": N_("visits in an hour, all counters"),
}


def said(language: str, before: Document | None, after: Document, today: date) -> list[str]:
    """As `changes`, in lines that a clerk would understand: `+` is new, `-` goes, `~` changes."""
    if before is None:
        return []
    speaker = _Speaker(language, after, before)
    changes = (one for one in compared(before, after, today) if not _same_names(one))
    return [f"{one.mark} {speaker.line(one)}" for one in changes]


def said_of(language: str, before: Document, after: Document) -> list[str]:
    """What of one thing, a procedure of a catalogue, is other than before."""
    return _Speaker(language).fields(before, after)


def _same_names(change: Change) -> bool:
    """Everyday names are found in any order; an authority's go first where there are some."""
    return change.name == "aliases" and sorted(change.old or ()) == sorted(change.new or ())


class _Speaker:
    def __init__(self, language: str, *files: Document) -> None:
        self._language, self._files = language, files
        self._say = translator(language).gettext

    def line(self, change: Change) -> str:
        name = ""
        if change.part != "office":
            part = self._say(PARTS[change.part])
            about = self._about(change)
            name = f"{part} {about}" if about else part
        if change.name:
            field = self._field(change.name)
            values = f"{self._value(change.old)} → {self._value(change.new)}"
            return f"{name}, {field}: {values}" if name else f"{_capital(field)}: {values}"
        rest = "; ".join(
            self._value(value)
            if field == "amount"
            else f"{self._field(field)} {self._value(value)}"
            for field, value in told(change.part, change.row).items()
            if not self._is_said_already(change, field)
        )
        return f"{name}: {rest}" if rest else name

    def fields(self, before: Document, after: Document) -> list[str]:
        return [
            f"{self._field(name)}: {self._value(before.get(name))} → {self._value(value)}"
            for name, value in after.items()
        ]

    def _is_said_already(self, change: Change, field: str) -> bool:
        """A row is called by its name; a scope is its name; forever needs no dates."""
        value = change.row[field]
        return (
            field in ("name_vi", "name_en")
            or (change.part in ("openings", "special_openings") and field == "closes")
            or (change.part in ("plans", "day_plans") and field == "ends")
            or (change.part == "caps" and field in ("scope", "kind"))
            or value in ("infinity", "-infinity", False)
            or (field == "hour_rule" and change.row.get("kind") == "present")
        )

    def _about(self, change: Change) -> str:
        """Whom or what the row is about."""
        row, key = change.row, [self._value(part) for part in change.key]
        match change.part:
            case "caps":
                return self._scope(str(row["scope"]), str(row["kind"]))
            case "plans":
                day = say_weekday(int(row["weekday"]), self._language)
                return (
                    f"{self._scope(str(row['scope']))}, {day} {key[2]}–{self._value(row['ends'])}"
                )
            case "day_plans":
                hours = f"{key[2]}–{self._value(row['ends'])}"
                return f"{self._scope(str(row['scope']))}, {key[0]} {hours}"
            case "openings":
                day = say_weekday(int(row["weekday"]), self._language)
                return f"{day} {key[1]}–{self._value(row['closes'])}"
            case "special_openings":
                return f"{key[0]} {key[1]}–{self._value(row['closes'])}"
            case "closures":
                return f"{key[0]}, {row[f'name_{self._language}'] or row['name_vi']}"
            case "channels":
                return f"{self._named('services', str(row['service_id']))}, {key[1]}"
            case "targets" if row["service_id"]:
                return self._named("services", str(row["service_id"]))
            case "targets":
                return self._say(N_("all services together"))
            case "attendance":
                return self._value(row.get("place"))
            case "areas" | "queues" | "counters" | "services" | "shifts" | "groups" | "printers":
                return self._named(change.part, str(change.key[0]))
            case _:
                return " ".join(key)

    def _scope(self, scope: str, kind: str = "") -> str:
        if scope in SCOPES:
            return self._say(SCOPES[scope])
        what, _, which = scope.partition(":")
        part = {"area": "areas", "staff": "areas", "counter": "counters", "queue": "queues"}
        name = self._named(part[what], which) if what in part else self._shared(which)
        if what == "staff":
            return self._say(N_("staff in %(room)s")) % {"room": name}
        if what == "area":
            return self._say(N_("people in %(room)s")) % {"room": name}
        if kind == "hour":
            return self._say(N_("visits in an hour, %(queue)s")) % {"queue": name}
        if what in ("queue", "pool"):
            return self._say(N_("counters of %(queue)s")) % {"queue": name}
        return name

    def _shared(self, pool: str) -> str:
        """Shared counters have no name of their own: the queues that share them say which."""
        for file in self._files:
            rows = [row for row in file["queues"] if row.get("pool_id") == pool]
            if names := [self._named("queues", str(row["queue_id"])) for row in rows[:3]]:
                return "; ".join(names + ["…"] * (len(rows) > len(names)))
        return pool

    def _named(self, part: str, which: str) -> str:
        """By its name, and by its id where neither file has it."""
        for file in self._files:
            for row in file.get(part, ()):
                if row[KEYS[part][0]] == which:
                    return row.get(f"name_{self._language}") or row.get("name_vi") or which
        return which

    def _field(self, field: str) -> str:
        return self._say(FIELDS[field]) if field in FIELDS else field

    def _value(self, value: object) -> str:
        if isinstance(value, list):
            return ", ".join(map(self._value, cast("list[object]", value))) or "–"
        if value is None or value == "":
            return "–"
        if isinstance(value, (str, bool)) and value in VALUES:
            return self._say(VALUES[value])
        text = str(value)
        if len(text) == 8 and text[2] == text[5] == ":":
            return text[:5]
        if len(text) == 10 and text[4] == text[7] == "-":
            day = date.fromisoformat(text)
            return format_date(day, "dd/MM/yyyy" if self._language == "vi" else "d MMMM y", "en")
        return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
