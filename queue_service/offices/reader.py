"""Reads an office file into the document of api.import_office, or says what is wrong on which line.

What SQL would refuse or, worse, take without sense is found here, all of it at once.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import holidays
import msgspec

from queue_service.offices import messages
from queue_service.offices.form import (
    UNSET,
    Attendance,
    Both,
    Cap,
    Channel,
    OfficeFile,
    Papers,
    Planned,
    PlannedHours,
    Service,
    SharedTexts,
    Staffed,
    StaffedHours,
    Target,
    UrgentOnly,
)
from queue_service.offices.lines import Lines
from queue_service.offices.lines import Path as Where

Document: TypeAlias = dict[str, Any]
Rows: TypeAlias = list[Document]
Spans: TypeAlias = list[tuple[int, int]]  # minutes of the day
Form = TypeVar("Form")

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DOTS = {58: 384, 80: 576}  # what printers of that paper print, at 8 dots a millimetre
PRINTER = re.compile(
    r"tcp://[A-Za-z0-9.-]+(:[0-9]{1,5})?|/dev(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+|file"
)
YEARS_OF_HOLIDAYS = 3  # this one and the next two
_SPAN = re.compile(r"\s*(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)\s*")
_CLOCK = re.compile(r"(\d\d):(\d\d)")
_PLACE = re.compile(r"^(?P<said>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]|(\[\.\.\.\])")
_SAID = (
    (r"Object contains unknown field `(.+)`", "không có mục tên {0}", "nothing is called {0}"),
    (r"Object missing required field `(.+)`", "thiếu {0}", "{0} is missing"),
    (r"Invalid enum value '(.+)'", "không dùng được giá trị {0}", "{0} is not one of the choices"),
)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file; `where`: its place in the tables, for who sees a form."""

    line: int
    vi: str
    en: str
    where: Where = ()


class FileError(Exception):
    """A file that cannot be imported, with everything that is wrong with it."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        super().__init__(name)
        self.name = name
        self.problems = sorted(problems, key=lambda problem: problem.line)

    def __str__(self) -> str:
        return "\n".join(
            f"{self.name}:{problem.line}: {problem.vi}\n  {problem.en}" for problem in self.problems
        )


@dataclass(frozen=True)
class Read:
    """An office file that can be imported."""

    number: int
    slug: str
    document: Document


def read(path: Path, today: date) -> Read:
    return read_text(_text_of(path), str(path), today, path.parent)


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise FileError(str(path), [Problem(line, "không phải UTF-8", "not UTF-8")]) from None
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise FileError(str(path), [Problem(1, f"không đọc được: {said}", said)]) from None


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
        shared = parsed(_text_of(beside), str(beside), SharedTexts)[0].texts
    return _Reader(file, raw, name, lines, today, shared).read()


def parsed(text: str, name: str, form: type[Form]) -> tuple[Form, Document, Lines]:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        problem = Problem(line, f"không phải TOML: {error}", f"not TOML: {error}")
        raise FileError(name, [problem]) from None
    lines = Lines(text)
    try:
        return msgspec.convert(raw, form, builtin_types=(date,)), raw, lines
    except msgspec.ValidationError as error:
        raise FileError(name, [_translated(error, raw, lines)]) from None


def _translated(error: msgspec.ValidationError, raw: Document, lines: Lines) -> Problem:
    found = _PLACE.match(str(error))
    assert found is not None
    said, steps = found["said"], _steps(found["path"] or "")
    place = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps)
    place = f"{place.lstrip('.')}: " if place else ""
    for pattern, vi, en in _SAID:
        if words := re.match(pattern, said):
            unknown = "unknown" in pattern
            line = lines.of([*steps, words[1]] if unknown else steps)
            where = (*steps, words[1])
            return Problem(line, place + vi.format(words[1]), place + en.format(words[1]), where)
    where = tuple(steps)
    return Problem(lines.of(steps), f"{place}sai dạng ({said})", f"{place}{said}", where)


def _steps(path: str) -> list[str | int]:
    """msgspec's `$.queue[0].letter` as the steps of a path, up to where it no longer says."""
    steps: list[str | int] = []
    for name, index, any_key in _STEP.findall(path):
        if any_key:
            break
        steps.append(int(index) if index else name)
    return steps


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
        self._week: dict[int, Spans] = {}
        self._special: dict[date, Spans] = {}

    def read(self) -> Read:
        file = self._file
        self._check_texts(self._raw, ())
        self._check_zone()
        self._read_week()
        self._read_special_days()
        self._check_ids()
        self._check_references()
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
            "openings": self._openings(),
            "closures": self._closures(),
            "special_openings": self._special_openings(),
            "plans": self._plans(),
            "day_plans": self._day_plans(),
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

    def _check_ids(self) -> None:
        for table in (
            "area", "pool", "queue", "counter", "service", "cap", "printer",
            "shift", "group", "attendance",
        ):  # fmt: skip
            rows = getattr(self._file, table)
            self._check_once(table, "id", [row.id for row in rows])
        self._check_once("queue", "letter", [queue.letter for queue in self._file.queue])
        if sum(queue.guidance for queue in self._file.queue) > 1:
            last = max(n for n, queue in enumerate(self._file.queue) if queue.guidance)
            self._wrong(
                ("queue", last, "guidance"),
                "chỉ được có một hàng hướng dẫn",
                "only one queue can be the guidance queue",
            )

    def _check_once(self, table: str, key: str, values: Sequence[str]) -> None:
        seen: set[str] = set()
        for index, value in enumerate(values):
            if value in seen:
                self._wrong(
                    (table, index, key),
                    f"{key} {value} đã dùng cho một {table} khác",
                    f"another {table} has the {key} {value} already",
                )
            seen.add(value)

    def _check_references(self) -> None:
        file = self._file
        areas = {area.id for area in file.area}
        pools = {pool.id for pool in file.pool}
        queues = {queue.id: queue.area or self._area for queue in file.queue}
        for index, queue in enumerate(file.queue):
            self._check_known(("queue", index, "area"), queue.area or self._area, areas, "area")
            if queue.pool is not None:
                self._check_known(("queue", index, "pool"), queue.pool, pools, "pool")
        for index, counter in enumerate(file.counter):
            self._check_known(("counter", index, "area"), counter.area or self._area, areas, "area")
            for n, name in enumerate(counter.queues):
                where: Where = ("counter", index, "queues", n)
                self._check_known(where, name, queues, "queue")
                if queues.get(name, counter.area or self._area) != (counter.area or self._area):
                    self._wrong(
                        where,
                        f"hàng {name} ở khu vực khác với quầy {counter.id}",
                        f"queue {name} is in another area than counter {counter.id}",
                    )
        for index, service in enumerate(file.service):
            self._check_known(("service", index, "queue"), service.queue, queues, "queue")
        services = {service.id for service in file.service}
        for index, target in enumerate(file.target):
            if target.service is not None:
                self._check_known(("target", index, "service"), target.service, services, "service")
        self._check_served()

    def _check_known(self, where: Where, name: str, known: Iterable[str], kind: str) -> None:
        if name not in known:
            self._wrong(where, f"không có {kind} {name}", f"there is no {kind} {name}")

    def _check_served(self) -> None:
        called = {name for counter in self._file.counter for name in counter.queues}
        asked = {service.queue for service in self._file.service}
        pools = {queue.pool for queue in self._file.queue}
        for index, queue in enumerate(self._file.queue):
            if queue.id not in called:
                self._wrong(
                    ("queue", index),
                    f"không quầy nào gọi hàng {queue.id}",
                    f"no counter calls queue {queue.id}",
                )
            if queue.guidance and queue.id not in asked:
                self._wrong(
                    ("queue", index, "guidance"),
                    f"hàng hướng dẫn {queue.id} cần một thủ tục",
                    f"the guidance queue {queue.id} needs a service",
                )
        for index, pool in enumerate(self._file.pool):
            if pool.id not in pools:
                self._wrong(
                    ("pool", index),
                    f"không hàng nào dùng nhóm {pool.id}",
                    f"no queue is in pool {pool.id}",
                )

    # The week and its exceptions

    def _read_week(self) -> None:
        self._week = {day: [] for day in range(1, 8)}
        for key, texts in self._file.hours.items():
            days = self._days(key, ("hours", key))
            for index, text in enumerate(texts):
                where: Where = ("hours", key, index)
                span = self._span(text, where)
                if span is None:
                    continue
                for day in days:
                    if any(span[0] < end and start < span[1] for start, end in self._week[day]):
                        name = WEEKDAYS[day - 1]
                        self._wrong(
                            where,
                            f"giờ mở cửa {text} chồng lên giờ khác ({name})",
                            f"{text} overlaps other hours on {name}",
                        )
                    self._week[day].append(span)
        if not any(self._week.values()) and not any(row.hours for row in self._file.open):
            self._wrong(("hours",), "không mở cửa ngày nào", "the office is never open")

    def _read_special_days(self) -> None:
        for index, row in enumerate(self._file.open):
            if row.day in self._special:
                self._wrong(
                    ("open", index, "day"), f"ngày {row.day} ghi hai lần", f"{row.day} stands twice"
                )
            spans = self._special.setdefault(row.day, [])
            for n, text in enumerate(row.hours):
                where: Where = ("open", index, "hours", n)
                span = self._span(text, where)
                if span is None:
                    continue
                if any(span[0] < end and start < span[1] for start, end in spans):
                    self._wrong(
                        where,
                        f"giờ mở cửa {text} chồng lên giờ khác",
                        f"{text} overlaps other hours",
                    )
                spans.append(span)

    def _days(self, text: str, where: Where) -> list[int]:
        """`mon-fri, sun` as weekdays, Monday is 1."""
        days: list[int] = []
        for part in text.split(","):
            first, _, last = part.strip().partition("-")
            if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
                self._wrong(
                    where,
                    f"không hiểu ngày “{text}”: viết như mon-fri hoặc sat",
                    f"cannot read the days “{text}”: write them as mon-fri or sat",
                )
                return []
            start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
            days += [(start + n) % 7 + 1 for n in range((end - start) % 7 + 1)]
        return days

    def _span(self, text: str, where: Where) -> tuple[int, int] | None:
        found = _SPAN.fullmatch(text)
        if found is None:
            self._wrong(
                where,
                f"không hiểu giờ “{text}”: viết như 07:30-11:30",
                f"cannot read the hours “{text}”: write them as 07:30-11:30",
            )
            return None
        return self._ordered(f"{found[1]}:{found[2]}", f"{found[3]}:{found[4]}", where)

    def _ordered(self, start: str, end: str, where: Where) -> tuple[int, int] | None:
        from_, to = _minutes(start), _minutes(end)
        if from_ is None or to is None:
            self._wrong(
                where,
                f"không có giờ {start}-{end}: viết như 07:30",
                f"{start}-{end} is no time of day: write it as 07:30",
            )
            return None
        if to <= from_:
            self._wrong(
                where, f"{start}-{end}: giờ cuối phải sau giờ đầu", f"{start}-{end} ends too early"
            )
            return None
        return from_, to

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
            self._span(text, ("board", "muted", index))
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
        span = self._span(said.pop("new_days"), ("fairness", "new_days")) or (0, 0)
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
            {"area_id": area.id, **_names(area.name), "position": position}
            for position, area in enumerate(self._file.area)
        ]

    def _queues(self) -> Rows:
        return [
            {
                "queue_id": queue.id,
                "area_id": queue.area or self._area,
                "pool_id": queue.pool,
                "letter": queue.letter,
                **_names(queue.name),
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
                **_names(counter.name),
                **_names(counter.where, "where"),
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
            **_names(service.name),
            **_names(service.field, "field"),
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
                if any(_key("channels", row) == _key("channels", other) for other in rows):
                    self._wrong(
                        where,
                        f"{channel.channel} ghi hai lần từ cùng một ngày",
                        f"{channel.channel} stands twice from the same day",
                    )
                rows.append(row)
        rows += self._later()
        return sorted(rows, key=lambda row: _key("channels", row))

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

    def _openings(self) -> Rows:
        return [
            {"weekday": day, "opens": clock(start), "closes": clock(end)}
            for day, spans in self._week.items()
            for start, end in sorted(spans)
        ]

    def _closures(self) -> Rows:
        days: dict[date, Document] = {}
        if self._file.office.public_holidays:
            days = public_holidays(self._today.year)
        for index, row in enumerate(self._file.closed):
            last = row.until or row.day
            if not row.day <= last <= row.day + timedelta(days=366):
                self._wrong(
                    ("closed", index, "until"),
                    "until phải từ ngày day đến một năm sau",
                    "until must be between day and a year later",
                )
                continue
            for n in range((last - row.day).days + 1):
                days[row.day + timedelta(days=n)] = _names(row.name)
        for index, row in enumerate(self._file.open):
            if days.pop(row.day, None) is None and not row.hours:
                self._wrong(
                    ("open", index),
                    f"ngày {row.day} không phải ngày nghỉ: hãy ghi giờ (hours)",
                    f"{row.day} is no holiday: give it hours",
                )
        return [{"day": day.isoformat(), **days[day]} for day in sorted(days)]

    def _special_openings(self) -> Rows:
        return [
            {"day": day.isoformat(), "opens": clock(start), "closes": clock(end)}
            for day in sorted(self._special)
            for start, end in sorted(self._special[day])
        ]

    def _plans(self) -> Rows:
        file = self._file
        plans: dict[str, Rows] = {}
        of_pool: dict[str, Rows] = {}
        for index, pool in enumerate(file.pool):
            of_pool[pool.id] = self._plan(pool.planned, ("pool", index, "planned"))
            plans[f"pool:{pool.id}"] = of_pool[pool.id]
        for index, queue in enumerate(file.queue):
            if queue.planned is not UNSET:
                plan = self._plan(queue.planned, ("queue", index, "planned"))
            elif queue.pool in of_pool:
                plan = of_pool[queue.pool]
            else:
                plan = []
                self._wrong(
                    ("queue", index),
                    f"hàng {queue.id} thiếu số quầy dự kiến (planned)",
                    f"queue {queue.id} has no planned counters",
                )
            plans[f"queue:{queue.id}"] = plan
        for index, area in enumerate(file.area):
            plans[f"staff:{area.id}"] = self._plan(area.staff, ("area", index, "staff"))
        rows = [{"scope": scope, **row} for scope, plan in plans.items() for row in plan]
        return sorted(rows, key=lambda row: _key("plans", row))

    def _plan(self, planned: int | Sequence[Planned | Staffed], where: Where) -> Rows:
        if isinstance(planned, int):
            return [
                _planned(day, start, end, planned)
                for day in range(1, 8)
                for start, end in union(self._open_on(day))
            ]
        rows: Rows = []
        spans: dict[int, Spans] = {day: [] for day in range(1, 8)}
        for index, row in enumerate(planned):
            here: Where = (*where, index)
            span = self._ordered(row.from_, row.to, here)
            if span is None:
                continue
            for day in self._days(row.days, (*here, "days")):
                self._check_planned(day, span, spans[day], isinstance(row, Planned), here)
                spans[day].append(span)
                amount = row.counters if isinstance(row, Planned) else row.people
                rows.append(_planned(day, *span, amount))
        return rows

    def _day_plans(self) -> Rows:
        rows: Rows = []
        days: set[date] = set()
        for index, row in enumerate(self._file.planned):
            where: Where = ("planned", index)
            if row.day in days:
                self._wrong(
                    (*where, "day"), f"ngày {row.day} ghi hai lần", f"{row.day} stands twice"
                )
            days.add(row.day)
            for kind, said in (("area", row.area), ("pool", row.pool), ("queue", row.queue)):
                known = {one.id for one in getattr(self._file, kind)}
                for name, planned in said.items():
                    here: Where = (*where, kind, name)
                    self._check_known(here, name, known, kind)
                    scope = f"{'staff' if kind == 'area' else kind}:{name}"
                    for start, end, amount in self._day_plan(row.day, planned, here):
                        plan = {"starts": clock(start), "ends": clock(end), "amount": amount}
                        rows.append({"day": row.day.isoformat(), "scope": scope, **plan})
        return sorted(rows, key=lambda row: _key("day_plans", row))

    def _day_plan(
        self, day: date, planned: int | Sequence[PlannedHours | StaffedHours], where: Where
    ) -> list[tuple[int, int, int]]:
        """From, to and how many; a number alone holds in all opening hours of that day."""
        if isinstance(planned, int):
            usual = self._week[day.isoweekday()]
            hours = self._special.get(day) or usual or [(0, 1440)]
            return [(start, end, planned) for start, end in union(hours)]
        found: list[tuple[int, int, int]] = []
        for index, row in enumerate(planned):
            here: Where = (*where, index)
            span = self._ordered(row.from_, row.to, here)
            if span is None:
                continue
            if any(span[0] < end and start < span[1] for start, end, _ in found):
                said = f"{row.from_}-{row.to}"
                self._wrong(here, f"{said} chồng lên giờ khác", f"{said} overlaps other hours")
            amount = row.counters if isinstance(row, PlannedHours) else row.people
            found.append((*span, amount))
        return found

    def _rota(self) -> Document:
        rota = self._file.rota
        known = {queue.id for queue in self._file.queue}
        for n, name in enumerate(rota.covered or ()):
            self._check_known(("rota", "covered", n), name, known, "queue")
        return msgspec.structs.asdict(rota)

    def _shifts(self) -> Rows:
        rows: Rows = []
        for position, shift in enumerate(self._file.shift):
            span = self._ordered(shift.from_, shift.to, ("shift", position, "to"))
            start, end = span or (0, 1)
            hours = {"starts": clock(start), "ends": clock(end), "position": position}
            rows.append({"shift_id": shift.id, **_names(shift.name), **hours})
        return rows

    def _groups(self) -> Rows:
        return [
            {"group_id": group.id, **_names(group.name), "position": position}
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
        return sorted(rows, key=lambda row: _key("attendance", row))

    def _check_planned(
        self, day: int, span: tuple[int, int], others: Spans, inside: bool, where: Where
    ) -> None:
        name, said = WEEKDAYS[day - 1], f"{clock(span[0])[:5]}-{clock(span[1])[:5]}"
        if any(span[0] < end and start < span[1] for start, end in others):
            self._wrong(
                where,
                f"{said} ({name}) chồng lên kế hoạch khác",
                f"{said} on {name} is planned already",
            )
        hours = self._open_on(day)
        # Staff may come before the doors open and go after they close; a break may lie between.
        if not hours or (
            inside and not (min(hours)[0] <= span[0] and span[1] <= max(end for _, end in hours))
        ):
            self._wrong(
                where,
                f"{said} ({name}) nằm ngoài giờ mở cửa",
                f"{said} on {name} lies outside the opening hours",
            )

    def _open_on(self, day: int) -> Spans:
        """All hours of that weekday, those of special days among them."""
        special = [span for when, spans in self._special.items() if when.isoweekday() == day
                   for span in spans]  # fmt: skip
        return self._week[day] + special

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
        return sorted(rows, key=lambda row: _key("caps", row))

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
                **_names(printer.name),
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
        return sorted(rows, key=lambda row: _key("targets", row))

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


def public_holidays(year: int) -> dict[date, Document]:
    """The country's holidays of that year and the next two, named in both languages."""
    years = range(year, year + YEARS_OF_HOLIDAYS)
    vi = holidays.country_holidays("VN", years=years, language="vi")
    en = holidays.country_holidays("VN", years=years, language="en_US")
    return {day: {"name_vi": vi[day], "name_en": en[day]} for day in sorted(vi)}


KEYS = {
    "areas": ("area_id",),
    "queues": ("queue_id",),
    "counters": ("counter_id",),
    "services": ("service_id",),
    "channels": ("service_id", "channel", "valid_from"),
    "openings": ("weekday", "opens"),
    "closures": ("day",),
    "special_openings": ("day", "opens"),
    "plans": ("scope", "weekday", "starts"),
    "day_plans": ("day", "scope", "starts"),
    "caps": ("cap_id",),
    "shifts": ("shift_id",),
    "groups": ("group_id",),
    "attendance": ("attendance_id",),
    "message_texts": ("kind", "language"),
    "printers": ("printer_id",),
    "targets": ("service_id", "valid_from"),
}


def _key(part: str, row: Document) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEYS[part])


def _meet(one: Document, other: Document) -> bool:
    """Whether both hold on some day; days are written so that they sort as they follow."""
    first = max(_sorted(one["valid_from"]), _sorted(other["valid_from"]))
    last = min(_sorted(one["valid_to"]), _sorted(other["valid_to"]))
    return one["service_id"] == other["service_id"] and first <= last


def _sorted(day: str) -> str:
    return {"-infinity": "", "infinity": "~"}.get(day, day)


def _names(names: Both | None, prefix: str = "name") -> Document:
    return {
        f"{prefix}_vi": names.vi if names else "",
        f"{prefix}_en": names.en if names else "",
    }


def _planned(day: int, start: int, end: int, amount: int) -> Document:
    return {"weekday": day, "starts": clock(start), "ends": clock(end), "amount": amount}


def _minutes(text: str) -> int | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if int(found[2]) < 60 and minutes <= 1440 else None


def clock(minutes: int) -> str:
    """As PostgreSQL writes a time."""
    return f"{minutes // 60:02}:{minutes % 60:02}:00"


def union(spans: Spans) -> Iterator[tuple[int, int]]:
    """The same hours without doubles."""
    at: tuple[int, int] | None = None
    for span in sorted(spans):
        if at is None:
            at = span
        elif span[0] <= at[1]:
            at = (at[0], max(at[1], span[1]))
        else:
            yield at
            at = span
    if at is not None:
        yield at
