"""Reads an office file into the document of api.import_office, or says what is wrong on which line.

What SQL would refuse or, worse, take without sense is found here, all of it at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from queue_service.offices import messages
from queue_service.offices.document import Document, Rows, key, names
from queue_service.offices.form import (
    Attendance,
    Both,
    Cap,
    Channel,
    OfficeFile,
    Papers,
    Service,
    SharedTexts,
    Target,
    UrgentOnly,
)
from queue_service.offices.hours import Hours, clock, ordered, span_in
from queue_service.offices.lines import Lines
from queue_service.offices.parsing import parsed, text_of
from queue_service.offices.plans import Plans
from queue_service.offices.problems import FileError, Problem, Where
from queue_service.offices.references import check_ids, check_known, check_references

DOTS = {58: 384, 80: 576}  # what printers of that paper print, at 8 dots a millimetre
PRINTER = re.compile(
    r"tcp://[A-Za-z0-9.-]+(:[0-9]{1,5})?|/dev(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+|file"
)


@dataclass(frozen=True)
class Read:
    """An office file that can be imported."""

    number: int
    slug: str
    document: Document


def read(path: Path, today: date) -> Read:
    return read_text(text_of(path), str(path), today, path.parent)


def read_text(text: str, name: str, today: date, folder: Path | None = None) -> Read:
    """`folder` is where a file of shared texts is looked for."""
    file, raw, lines = parsed(text, name, OfficeFile)
    shared: Mapping[str, Both] = {}
    if source := file.messages.texts_from:
        if folder is None or Path(source).name != source:
            vi = "texts_from là tên một tệp nằm cạnh tệp này"
            en = "texts_from is the name of a file beside this one"
            raise FileError(name, [Problem(lines.of(("messages", "texts_from")), vi, en)])
        beside = folder / source
        shared = parsed(text_of(beside), str(beside), SharedTexts)[0].texts
    return _Reader(file, raw, name, lines, today, shared).read()


class _Reader:
    """Checks a file of the right form part by part and writes the document beside."""

    def __init__(
        self,
        file: OfficeFile,
        raw: Document,
        name: str,
        lines: Lines,
        today: date,
        shared: Mapping[str, Both],
    ) -> None:
        self._file = file
        self._shared = shared  # words of messages
        self._raw = raw
        self._name = name
        self._lines = lines
        self._today = today
        self._problems: list[Problem] = []
        self._area = file.area[0].id

    def read(self) -> Read:
        file = self._file
        self._check_texts(self._raw, ())
        self._check_zone()
        hours = Hours(self._file, self._wrong)
        check_ids(file, self._wrong)
        check_references(file, self._wrong)
        plans = Plans(self._file, hours, self._wrong)
        document: Document = {
            "office": self._office(),
            "board": self._board(),
            "messages": messages.rules(self._file, self._wrong),
            "message_texts": messages.texts(self._file, self._shared, self._wrong),
            "fairness": self._fairness(),
            "door": self._door(),
            "areas": self._areas(),
            "queues": self._queues(),
            "counters": self._counters(),
            "services": self._services(),
            "channels": self._channels(),
            "openings": hours.openings(),
            "closures": hours.closures(self._today),
            "special_openings": hours.special_openings(),
            "plans": plans.of_week(),
            "day_plans": plans.of_days(),
            "rota": self._rota(),
            "shifts": self._shifts(),
            "groups": self._groups(),
            "attendance": self._attendance(),
            "caps": self._caps(),
            "printers": self._printers(),
            "targets": self._targets(),
        }
        if self._problems:
            raise FileError(self._name, self._problems)
        return Read(file.office.number, file.office.slug, document)

    def _wrong(self, where: Where, vi: str, en: str) -> None:
        self._problems.append(Problem(self._lines.of(where), vi, en, where))

    # What the file says as a whole

    def _check_texts(self, value: object, where: Where) -> None:
        if isinstance(value, str):
            if any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
                self._wrong(where, "có ký tự điều khiển", "holds a control character")
        elif isinstance(value, dict):
            for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
                self._check_texts(inner, (*where, str(key)))  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(value, list):
            for index, inner in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                self._check_texts(inner, (*where, index))  # pyright: ignore[reportUnknownArgumentType]

    def _check_zone(self) -> None:
        zone = self._file.office.time_zone
        try:
            ZoneInfo(zone)
        except (KeyError, OSError, ValueError):  # not found, or no name for a zone at all
            self._wrong(
                ("office", "time_zone"),
                f"không có múi giờ {zone}",
                f"no time zone is called {zone}",
            )
            self._file = msgspec.structs.replace(
                self._file, office=msgspec.structs.replace(self._file.office, time_zone="UTC")
            )

    # The parts of the document

    def _office(self) -> Document:
        office = self._file.office
        address = office.address
        return {
            "slug": office.slug,
            "kind": office.kind,
            "name_vi": office.name.vi,
            "name_en": office.name.en,
            "old_names": office.old_names,
            "aliases": office.aliases,
            "address_vi": address.vi if address else "",
            "address_en": address.en if address else "",
            "latitude": office.location.latitude if office.location else None,
            "longitude": office.location.longitude if office.location else None,
            "phone": office.phone,
            "time_zone": office.time_zone,
            **msgspec.structs.asdict(self._file.rules),
        }

    def _board(self) -> Document:
        board = self._file.board
        for index, text in enumerate(board.muted):
            span_in(text, ("board", "muted", index), self._wrong)
        for index, screen in enumerate(board.screens):
            if screen in board.screens[:index]:
                where = ("board", "screens", index)
                self._wrong(where, f"{screen} ghi hai lần", f"{screen} stands twice")
        return {
            "volume": board.volume,
            "muted": ["".join(text.split()) for text in board.muted],
            "top_seconds": board.top_seconds,
            "stale_seconds": board.stale_seconds,
            "screens": board.screens,
            "message_vi": board.message.vi if board.message else "",
            "message_en": board.message.en if board.message else "",
        }

    def _fairness(self) -> Document:
        said = msgspec.structs.asdict(self._file.fairness)
        span = span_in(said.pop("new_days"), ("fairness", "new_days"), self._wrong) or (0, 0)
        return {**said, "opens_from": clock(span[0]), "opens_to": clock(span[1])}

    def _door(self) -> Document:
        door = self._file.door
        return {
            "entry_check": door.entry_check,
            "one_number": door.one_number,
            "question_vi": door.question.vi if door.question else "",
            "question_en": door.question.en if door.question else "",
        }

    def _areas(self) -> Rows:
        return [
            {"area_id": area.id, **names(area.name), "position": position}
            for position, area in enumerate(self._file.area)
        ]

    def _queues(self) -> Rows:
        return [
            {
                "queue_id": queue.id,
                "area_id": queue.area or self._area,
                "pool_id": queue.pool,
                "letter": queue.letter,
                **names(queue.name),
                "guidance": queue.guidance,
                "position": position,
            }
            for position, queue in enumerate(self._file.queue)
        ]

    def _counters(self) -> Rows:
        return [
            {
                "counter_id": counter.id,
                "area_id": counter.area or self._area,
                **names(counter.name),
                **names(counter.where, "where"),
                "queues": counter.queues,
                "position": position,
            }
            for position, counter in enumerate(self._file.counter)
        ]

    def _services(self) -> Rows:
        return [
            self._service(position, service) for position, service in enumerate(self._file.service)
        ]

    def _service(self, position: int, service: Service) -> Document:
        papers = service.papers or Papers(vi=[], en=[])
        if len(papers.vi) != len(papers.en):
            self._wrong(
                ("service", position, "papers"),
                "giấy tờ cần mang phải có đủ hai thứ tiếng",
                "the papers must be listed line for line in both languages",
            )
        return {
            "service_id": service.id,
            "queue_id": service.queue,
            "national_code": service.national_code,
            "aliases": service.aliases,
            **names(service.name),
            **names(service.field, "field"),
            "minutes": service.minutes,
            "papers_vi": papers.vi,
            "papers_en": papers.en,
            "urgent": service.urgent,
            "collects": service.collects,
            "in_person": service.in_person,
            "scarce": service.scarce,
            "position": position,
        }

    def _channels(self) -> Rows:
        rows: Rows = []
        for position, service in enumerate(self._file.service):
            for n, channel in enumerate(service.channels):
                where: Where = ("service", position, "channels", n)
                row = {"service_id": service.id, **self._channel(channel, where)}
                if any(key("channels", row) == key("channels", other) for other in rows):
                    self._wrong(
                        where,
                        f"{channel.channel} ghi hai lần từ cùng một ngày",
                        f"{channel.channel} stands twice from the same day",
                    )
                rows.append(row)
        rows += self._later()
        return sorted(rows, key=lambda row: key("channels", row))

    def _later(self) -> Rows:
        """What is not urgent waits while a measure lasts; finished results are still handed out."""
        guidance = {queue.id for queue in self._file.queue if queue.guidance}
        wait = [
            one.id
            for one in self._file.service
            if not (one.urgent or one.collects or one.queue in guidance)
        ]
        rows: Rows = []
        before: date | None = None
        for n, measure in sorted(enumerate(self._file.urgent_only), key=lambda x: x[1].valid_from):
            where: Where = ("urgent_only", n)
            if before is not None and measure.valid_from <= before:
                self._wrong(
                    (*where, "valid_from"),
                    "hai đợt chồng lên nhau",
                    "two measures overlap",
                )
            before = measure.valid_to
            days = self._valid(measure, where)
            way = {"channel": "later", "mode": "only", "url": "", **days}
            rows += [{"service_id": one, **way} for one in wait]
        return rows

    def _channel(self, channel: Channel, where: Where) -> Document:
        if channel.channel == "online" and not channel.url:
            self._wrong(where, "online cần có url", "online needs a url")
        if channel.url and not re.fullmatch(r"https?://[^\s/?#]+\S*", channel.url):
            self._wrong(
                (*where, "url"),
                f"{channel.url} không phải địa chỉ web",
                f"{channel.url} is no web address",
            )
        return {
            "channel": channel.channel,
            "mode": channel.mode,
            "url": channel.url,
            **self._valid(channel, where),
        }

    def _rota(self) -> Document:
        rota = self._file.rota
        known = {queue.id for queue in self._file.queue}
        for n, name in enumerate(rota.covered or ()):
            check_known(("rota", "covered", n), name, known, "queue", self._wrong)
        return msgspec.structs.asdict(rota)

    def _shifts(self) -> Rows:
        rows: Rows = []
        for position, shift in enumerate(self._file.shift):
            span = ordered(shift.from_, shift.to, ("shift", position, "to"), self._wrong)
            start, end = span or (0, 1)
            hours = {"starts": clock(start), "ends": clock(end), "position": position}
            rows.append({"shift_id": shift.id, **names(shift.name), **hours})
        return rows

    def _groups(self) -> Rows:
        return [
            {"group_id": group.id, **names(group.name), "position": position}
            for position, group in enumerate(self._file.group)
        ]

    def _attendance(self) -> Rows:
        rows: Rows = []
        for index, row in enumerate(self._file.attendance):
            where: Where = ("attendance", index)
            least, most = row.minimum, row.maximum
            if least is None and most is None:
                self._wrong(where, "thiếu minimum hoặc maximum", "minimum or maximum is missing")
            if least is not None and most is not None and most < least:
                vi, en = "maximum nhỏ hơn minimum", "maximum is less than minimum"
                self._wrong((*where, "maximum"), vi, en)
            for side, bound in (("minimum", least), ("maximum", most)):
                if row.unit == "percent" and (bound or 0) > 100:
                    vi, en = f"{bound} phần trăm là quá 100", f"{bound} percent is more than 100"
                    self._wrong((*where, side), vi, en)
            bounds = {"minimum": least, "maximum": most, "unit": row.unit}
            days = self._valid(row, where)
            rows.append({"attendance_id": row.id, "place": row.place, **bounds, **days})
        return sorted(rows, key=lambda row: key("attendance", row))

    def _caps(self) -> Rows:
        rows = [
            {
                "cap_id": cap.id,
                "kind": cap.kind,
                "scope": cap.scope,
                "maximum": cap.maximum,
                "binds": cap.binds,
                "hour_rule": cap.hour_rule,
                **self._valid(cap, ("cap", index)),
            }
            for index, cap in enumerate(self._file.cap)
        ]
        for index, cap in enumerate(self._file.cap):
            self._check_scope(cap, ("cap", index, "scope"))
        return sorted(rows, key=lambda row: key("caps", row))

    def _printers(self) -> Rows:
        for index, printer in enumerate(self._file.printer):
            if not PRINTER.fullmatch(printer.address):
                self._wrong(
                    ("printer", index, "address"),
                    f"“{printer.address}” không phải địa chỉ máy in: "
                    "viết tcp://192.168.1.50:9100, /dev/usb/lp0 hoặc file",
                    f"“{printer.address}” is no printer's address: "
                    "write tcp://192.168.1.50:9100, /dev/usb/lp0 or file",
                )
        return [
            {
                "printer_id": printer.id,
                **names(printer.name),
                "address": printer.address,
                "paper_mm": printer.paper,
                "dots": printer.dots or DOTS[printer.paper],
                "position": position,
            }
            for position, printer in enumerate(self._file.printer)
        ]

    def _check_scope(self, cap: Cap, where: Where) -> None:
        file = self._file
        scopes = {
            "present": [
                *(f"area:{area.id}" for area in file.area),
                "counter:*",
                *(f"counter:{counter.id}" for counter in file.counter),
            ],
            "hour": ["branch", "queue:*", *(f"queue:{queue.id}" for queue in file.queue)],
        }[cap.kind]
        if cap.scope not in scopes:
            self._wrong(
                where,
                f"giới hạn {cap.kind} không áp dụng được cho {cap.scope}; có: {', '.join(scopes)}",
                f"a cap of kind {cap.kind} has no scope {cap.scope}; there are {', '.join(scopes)}",
            )

    def _targets(self) -> Rows:
        """Of one service, or of all, one target holds on a day."""
        rows: Rows = []
        for index, target in enumerate(self._file.target):
            valid = self._valid(target, ("target", index))
            row = {"service_id": target.service or "", "percent": target.percent, **valid}
            if any(_meet(row, other) for other in rows):
                self._wrong(
                    ("target", index, "percent"),
                    "trùng ngày với một target khác của cùng thủ tục",
                    "another target of this service holds on some of these days",
                )
            rows.append(row)
        return sorted(rows, key=lambda row: key("targets", row))

    def _valid(
        self, row: Cap | Channel | UrgentOnly | Attendance | Target, where: Where
    ) -> Document:
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            self._wrong(
                (*where, "valid_to"),
                "valid_to phải không sớm hơn valid_from",
                "valid_to is before valid_from",
            )
        return {
            "valid_from": row.valid_from.isoformat() if row.valid_from else "-infinity",
            "valid_to": row.valid_to.isoformat() if row.valid_to else "infinity",
        }


def _meet(one: Document, other: Document) -> bool:
    """Whether both hold on some day; days are written so that they sort as they follow."""
    first = max(_sorted(one["valid_from"]), _sorted(other["valid_from"]))
    last = min(_sorted(one["valid_to"]), _sorted(other["valid_to"]))
    return one["service_id"] == other["service_id"] and first <= last


def _sorted(day: str) -> str:
    return {"-infinity": "", "infinity": "~"}.get(day, day)
