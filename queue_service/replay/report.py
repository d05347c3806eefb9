"""What came of a replay, day by day, and how it is printed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import ceil
from textwrap import wrap

from queue_service.queue_machine import LEFT_OUT, REPAIRED, Export


@dataclass(slots=True)
class Day:
    """What one day came to."""

    day: date
    tickets: int = 0
    void: int = 0
    legs: int = 0
    transfers: int = 0
    out_of_order: int = 0
    waits: list[float] = field(default_factory=list[float])
    most_present: int = 0
    outside: list[float] = field(default_factory=list[float])
    gave_up_outside: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])
    broken: list[str] = field(default_factory=list[str])
    estimates: list[float] = field(default_factory=list[float])  # expected minus real, minutes
    unestimated: int = 0
    like_last: list[float] = field(default_factory=list[float])  # that plainest estimate minus real


@dataclass(slots=True)
class Report:
    days: list[Day]
    differences: list[tuple[str, str, str]]

    @property
    def broken(self) -> list[str]:
        return [text for day in self.days for text in day.broken]

    @property
    def held(self) -> bool:
        return not self.broken and not self.differences


def describe(export: Export, report: Report, cap: int | None, seconds: float) -> Iterator[str]:
    yield from _describe_rows(export)
    yield ""
    yield from _describe_days(report)
    yield ""
    yield from _describe_refusals(report)
    if cap is not None:
        yield from _describe_outside(report, cap)
    yield from _describe_estimates(report)
    if report.broken:
        yield "MỨC TỐI ĐA BỊ VƯỢT / A CAP BROKE:"
        yield from (f"  {text}" for text in report.broken)
    else:
        yield "Mọi mức tối đa được giữ. / Every cap was held."
    if report.differences:
        yield "check KHÁC SỔ / check DIFFERS:"
        for what, expected, found in report.differences:
            yield f"  {what}: {expected} ≠ {found}"
    else:
        yield "check: khớp với sổ / agrees with the ledger"
    days = len(report.days)
    yield f"{days} ngày trong {seconds:.1f} giây / {days} days in {seconds:.1f} seconds"


def _describe_rows(export: Export) -> Iterator[str]:
    legs = sum(len(ticket.legs) for ticket in export.tickets)
    yield (
        f"{export.rows} dòng, {len(export.tickets)} phiếu, {legs} chặng phát lại được / "
        f"{export.rows} rows, {len(export.tickets)} tickets, {legs} legs that can be played"
    )
    kinds = export.kinds()
    for title, texts in (
        ("Sửa và vẫn phát lại / Repaired and played", REPAIRED),
        ("Bỏ ra / Left out", LEFT_OUT),
    ):
        here = [kind for kind in texts if kinds[kind]]
        if here:
            yield f"{title}:"
        for kind in here:
            vi, en = texts[kind]
            yield f"  {kinds[kind]:4} {vi} / {en}"
            said = ", ".join(
                f"{note.line} ({note.about})" if note.about else f"{note.line}"
                for note in export.notes
                if note.kind == kind
            )
            yield from wrap(
                f"dòng / lines {said}", 100, initial_indent=" " * 7, subsequent_indent=" " * 7
            )


COLUMNS = (
    ("ngày", "day"),
    ("phiếu", "tickets"),
    ("hủy", "void"),
    ("chặng", "legs"),
    ("chuyển", "transfers"),
    ("vượt lượt", "out of order"),
    ("chờ lâu nhất", "longest wait"),
    ("chờ 90 %", "90 % wait"),
    ("đông nhất", "most present"),
    ("từ chối", "refused"),
)


def _describe_days(report: Report) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [tuple(vi for vi, _ in COLUMNS), tuple(en for _, en in COLUMNS)]
    rows += [
        (
            day.day.isoformat(),
            str(day.tickets),
            str(day.void),
            str(day.legs),
            str(day.transfers),
            str(day.out_of_order),
            minutes(max(day.waits, default=0)),
            minutes(percentile(day.waits, 0.9)),
            str(day.most_present),
            str(len(day.refused)),
        )
        for day in report.days
    ]
    waits = [wait for day in report.days for wait in day.waits]
    rows.append(
        (
            "∑",
            *(
                str(sum(values))
                for values in zip(
                    *(
                        (day.tickets, day.void, day.legs, day.transfers, day.out_of_order)
                        for day in report.days
                    ),
                    strict=True,
                )
            ),
            minutes(max(waits, default=0)),
            minutes(percentile(waits, 0.9)),
            str(max(day.most_present for day in report.days)),
            str(sum(len(day.refused) for day in report.days)),
        )
    )
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows:
        yield "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))


def _describe_refusals(report: Report) -> Iterator[str]:
    if not any(day.refused for day in report.days):
        yield "Không lệnh nào bị từ chối. / No command was refused."
        return
    yield "Lệnh bị từ chối / Commands refused:"
    for day in report.days:
        for (name, code), lines in by_reason(day.refused).items():
            said = ", ".join(map(str, lines))
            yield f"  {day.day} {name} {code}: {len(lines)} (dòng / lines {said})"


def _describe_outside(report: Report, cap: int) -> Iterator[str]:
    waits = [wait for day in report.days for wait in day.outside]
    gave_up = sum(day.gave_up_outside for day in report.days)
    yield (
        f"Với tối đa {cap} người: {len(waits) + gave_up} người phải chờ ngoài / "
        f"With a cap of {cap}: {len(waits) + gave_up} would have waited outside"
    )
    if waits:
        yield (
            f"  trung vị / median {minutes(percentile(waits, 0.5))}, "
            f"90 % {minutes(percentile(waits, 0.9))}, "
            f"lâu nhất / longest {minutes(max(waits))}"
        )
    if gave_up:
        yield f"  bỏ về khi còn ở ngoài / gone while still outside: {gave_up}"


def _describe_estimates(report: Report) -> Iterator[str]:
    errors = [error for day in report.days for error in day.estimates]
    unestimated = sum(day.unestimated for day in report.days)
    if not errors:
        yield "Không có ước tính chờ nào. / No wait was estimated."
        return
    yield (
        f"Ước tính lúc lấy số, {len(errors)} lượt gọi đầu / "
        f"Estimates when the number was given, {len(errors)} first calls"
        + (f" (không có / without {unestimated})" if unestimated else "")
    )
    yield f"  giờ đã báo / the time that was said: {_errors(errors)}"
    plain = [error for day in report.days for error in day.like_last]
    if plain:
        yield f"  như người vừa được gọi / as long as the one called last: {_errors(plain)}"


def _errors(errors: Sequence[float]) -> str:
    sizes = [abs(error) for error in errors]
    near = sum(size <= 10 for size in sizes)
    early = sum(error < 0 for error in errors)
    return (
        f"lệch trung vị / median error {minutes(percentile(sizes, 0.5))}, "
        f"90 % {minutes(percentile(sizes, 0.9))}; "
        f"trong 10 phút / within 10 minutes {100 * near // len(errors)} %; "
        f"quá sớm / too early {100 * early // len(errors)} %"
    )


def minutes(value: float) -> str:
    """1:05 is an hour and five minutes: nobody reads 65.3 minutes off a table."""
    whole = round(value)
    return f"{whole // 60}:{whole % 60:02}"


def by_reason(refused: Iterable[tuple[int, str, str]]) -> dict[tuple[str, str], list[int]]:
    reasons: dict[tuple[str, str], list[int]] = {}
    for line, name, code in refused:
        reasons.setdefault((name, code), []).append(line)
    return reasons


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0
