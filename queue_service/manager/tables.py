"""Figures as tables and pictures; a row that rests on fewer than five people shows none of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from queue_service import charts
from queue_service.i18n import N_, say_moment, translator
from queue_service.manager import words
from queue_service.sheets import Cell, Table

FEW = 5  # visits: fewer may tell of single persons
Figures = Mapping[str, Any]
Name = Callable[[Figures], str]

# A column: what it is called, what stands in it.
Column = tuple[str, Callable[[Figures], Cell]]


def _minutes(figure: str) -> Callable[[Figures], Cell]:
    return lambda row: None if row[figure] is None else ceil(float(row[figure]))


def _whole(figure: str, unit: int = 1) -> Callable[[Figures], Cell]:
    return lambda row: round(float(row[figure]) / unit)


def _per_cent(part: str, of: Callable[[Figures], float]) -> Callable[[Figures], Cell]:
    return lambda row: round(100 * row[part] / of(row)) if of(row) else None


ARRIVED: Column = (N_("Visits"), _whole("arrived"))
PEOPLE: Column = (N_("People"), _whole("people"))
SERVED: Column = (N_("Services done"), _whole("served"))
WAITS: tuple[Column, ...] = (
    (N_("Half waited at most (minutes)"), _minutes("wait_median")),
    (N_("90 of 100 waited at most (minutes)"), _minutes("wait_90")),
)
SERVES: tuple[Column, ...] = (
    (N_("Half took at most (minutes)"), _minutes("serve_median")),
    (N_("90 of 100 took at most (minutes)"), _minutes("serve_90")),
)
GONE: tuple[Column, ...] = (
    (N_("Did not come"), _whole("missed")),
    (N_("Cancelled"), _whole("cancelled")),
    (N_("Left before the end"), _whole("gave_up")),
)
MOST: Column = (N_("Most people at once"), _whole("most_present"))
FILED: tuple[Column, ...] = (
    (N_("Without a visit"), _whole("filed")),
    (N_("At a counter"), _whole("served_beside")),
    (N_("Share without a visit (%)"), lambda row: _without(row)),
)
DESKS: tuple[Column, ...] = (
    (N_("Open (hours)"), lambda row: round(row["open_seconds"] / 3600, 1)),
    (N_("Free because of a cap (minutes)"), _whole("idle_seconds", 60)),
)


def _without(row: Figures) -> int | None:
    """Of all that was handled the share without a visit, rounded down: 49.6 is not 50 yet."""
    handled = row["filed"] + row["served_beside"]
    return 100 * row["filed"] // handled if handled else None


class Tables:
    """The tables of one answer of `api.statistics`, in one language."""

    def __init__(
        self, answer: Mapping[str, Any], language: str, zone: ZoneInfo, *, pictures: bool
    ) -> None:
        self._answer, self._language, self._zone = answer, language, zone
        self._pictures = pictures  # files hold none, and drawing takes longer than all else
        self.say = translator(language).gettext

    async def all(self, offices: Mapping[str, str]) -> list[Table]:
        """Those there are; `offices` names them by number."""
        answer, say = self._answer, self.say
        made = [await self._days(), await self._waits(), await self._hours()]
        if "offices" in answer:
            made.insert(0, await self._of(
                "offices", say(N_("Offices")), say(N_("Office")),
                lambda row: offices.get(row["key"], row["key"]),
                (ARRIVED, PEOPLE, *WAITS, *SERVES, *GONE, MOST, *DESKS), "arrived",
            ))  # fmt: skip
        if "services" in answer:
            made.append(await self._of(
                "services", say(N_("Services")), say(N_("Service")), self._named("service"),
                (ARRIVED, SERVED, *WAITS, *SERVES, *GONE), "arrived",
                say(N_("A visit with two services counts with both.")),
            ))  # fmt: skip
            made.append(await self._of(
                "counters", say(N_("Counters")), say(N_("Counter")), self._named("counter"),
                (SERVED, *WAITS, *SERVES, *DESKS), "served",
                say(N_("Free because of a cap: the counter stood open and free while the next for "
                       "it was kept outside for want of room, or inside because the places of the "
                       "hour were used up.")),
            ))  # fmt: skip
        made += [await self._channels(), await self._filed(offices), self._targets(offices)]
        made += [self._where_to(), self._answers()]
        if "areas" in answer:
            made += [self._rooms(), self._excesses()]
        return [table for table in made if table.rows]

    def summary(self) -> list[tuple[str, str]]:
        total = self._answer["total"]
        if total is None or 0 < total["arrived"] < FEW:
            return []
        say = self.say
        expected = total["booked"] + total["missed"]

        def minutes(figure: str) -> str:
            value = total[figure]
            return "–" if value is None else say(N_("%(n)s minutes")) % {"n": ceil(float(value))}

        rows = [
            (N_("Visits"), self._number(total["arrived"])),
            (N_("People"), self._number(total["people"])),
            (N_("Services done"), self._number(total["served"])),
            (N_("Half waited at most"), minutes("wait_median")),
            (N_("90 of 100 waited at most"), minutes("wait_90")),
            (N_("Half of the services took at most"), minutes("serve_median")),
            (N_("Booked and did not come"), self._share(total["missed"], expected)),
            (N_("Came with a booking"), self._share(total["booked"], total["arrived"])),
            (N_("Left before the end"), self._share(total["gave_up"], total["arrived"])),
            (N_("Most people at once"), self._number(total["most_present"])),
            (N_("Times over a cap"), self._number(total["excesses"])),
            (N_("Desk minutes lost to a cap"), self._number(round(total["idle_seconds"] / 60))),
        ]
        return [(say(name), value) for name, value in rows]

    async def _drawn(self, draw: Callable[..., Awaitable[str]], *what: object) -> str:
        return await draw(*what) if self._pictures else ""

    def _number(self, value: int) -> str:
        return f"{value:,}".replace(",", "." if self._language == "vi" else ",")

    def _share(self, part: int, whole: int) -> str:
        return "–" if not whole else f"{self._number(part)} ({round(100 * part / whole)} %)"

    def _named(self, kind: str) -> Name:
        names = self._answer["names"][kind]

        def name(row: Figures) -> str:
            known = names.get(row["key"], {})
            return known.get(f"name_{self._language}") or known.get("name_vi") or row["key"]

        return name

    def _day(self, row: Figures) -> str:
        whole = date.fromisoformat(row["key"]).strftime("%d/%m/%Y")
        return whole[3:] if self._answer["by_month"] else whole

    def _short_day(self, row: Figures) -> str:
        whole = self._day(row)
        return whole if self._answer["by_month"] else whole[:5]

    async def _of(
        self,
        name: str,
        title: str,
        what: str,
        named: Name,
        columns: Sequence[Column],
        weighed: str,
        note: str = "",
    ) -> Table:
        """A table of names, the largest first, with a picture of the largest twelve."""
        rows = sorted(self._answer[name], key=lambda row: -row[weighed])
        rows = [row for row in rows if row[weighed] or row["missed"] or row["open_seconds"]]
        hidden = hide(rows, weighed)
        shown = [row for row in rows if row["key"] not in hidden][:12]
        labels, values = [named(row) for row in shown], [row[weighed] for row in shown]
        drawn = await self._drawn(charts.lying_bars, labels, values) if len(shown) > 1 else ""
        alt = "; ".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
        return self._table(name, title, what, rows, named, columns, hidden, note, drawn, alt)

    def _table(
        self,
        name: str,
        title: str,
        what: str,
        rows: Sequence[Figures],
        named: Name,
        columns: Sequence[Column],
        hidden: set[str],
        note: str = "",
        picture: str = "",
        alt: str = "",
    ) -> Table:
        say = self.say
        few = say(N_("too few to show"))
        cells: list[list[Cell]] = []
        for row in rows:
            if row["key"] in hidden:
                cells.append([named(row), few, *[None] * (len(columns) - 1)])
            else:
                cells.append([named(row), *[value(row) for _, value in columns]])
        head = [what, *[say(title) for title, _ in columns]]
        alt = f"{title}. {alt}" if alt else title
        return Table(name, title, head, cells, note, picture, alt)

    async def _days(self) -> Table:
        say, rows = self.say, self._answer["days"]
        hidden = hide(rows, "arrived")
        picture = alt = ""
        if len(rows) > 1:
            labels = [self._short_day(row) for row in rows]
            values = tuple(None if row["key"] in hidden else row["arrived"] for row in rows)
            picture = await self._drawn(charts.lines, labels, [(say(N_("Visits")), values)])
            known = [value for value in values if value is not None]
            if known:
                text = N_("From %(least)s to %(most)s visits a day")
                if self._answer["by_month"]:
                    text = N_("From %(least)s to %(most)s visits a month")
                alt = say(text) % {"least": min(known), "most": max(known)}
        columns = (ARRIVED, PEOPLE, SERVED, *GONE, MOST, *DESKS)
        title, what = say(N_("Visits by day")), say(N_("Day"))
        if self._answer["by_month"]:
            title, what = say(N_("Visits by month")), say(N_("Month"))
        return self._table("days", title, what, rows, self._day, columns, hidden, "", picture, alt)

    async def _waits(self) -> Table:
        say = self.say
        rows = [row for row in self._answer["days"] if row["waited"]]
        hidden = hide(rows, "waited")
        picture = alt = ""
        if len(rows) > 1:
            series: list[charts.Series] = []
            names = (N_("half waited at most"), N_("90 of 100 waited at most (dashed)"))
            for name, (_, value) in zip(names, WAITS, strict=True):
                drawn = [None if row["key"] in hidden else value(row) for row in rows]
                series.append((say(name), tuple(drawn)))  # type: ignore[arg-type]
            picture = await self._drawn(
                charts.lines, [self._short_day(row) for row in rows], series
            )
            longest = [value for value in series[1][1] if value is not None]
            if longest:
                alt = say(N_("At worst 90 of 100 waited at most %(most)s minutes"))
                alt = alt % {"most": max(longest)}
        note = N_(
            "A wait is from coming to the first call. Times are kept by the minute, "
            "above an hour by five minutes: a median or percentile is off by no more."
        )
        title, what = say(N_("Waits by day, in minutes")), say(N_("Day"))
        if self._answer["by_month"]:
            title, what = say(N_("Waits by month, in minutes")), say(N_("Month"))
        columns = (*WAITS, *SERVES)
        return self._table(
            "waits", title, what, rows, self._day, columns, hidden, say(note), picture, alt
        )

    async def _hours(self) -> Table:
        say = self.say
        rows = [row for row in self._answer["hours"] if row["arrived"] or row["present_seconds"]]
        hidden = hide(rows, "arrived")
        labels = [f"{row['key']}:00" for row in rows]
        values = [0 if row["key"] in hidden else row["arrived"] for row in rows]
        picture = (
            await self._drawn(charts.bars, [label[:2] for label in labels], values) if rows else ""
        )
        alt = "; ".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
        columns = (ARRIVED, PEOPLE, *WAITS, MOST)
        if "offices" in self._answer:
            columns = (ARRIVED, PEOPLE, MOST)
        return self._table(
            "hours", say(N_("Visits by hour of the day")), say(N_("Hour")), rows,
            lambda row: f"{row['key']}:00", columns, hidden, "", picture, alt,
        )  # fmt: skip

    async def _channels(self) -> Table:
        say = self.say
        rows = [row for row in self._answer["channels"] if row["key"] not in words.WITHOUT]
        rows.sort(key=lambda row: -row["arrived"])
        all_ = sum(row["arrived"] for row in rows)
        columns: tuple[Column, ...] = (
            ARRIVED, (N_("Share (%)"), _per_cent("arrived", lambda _row: all_)), *GONE,
        )  # fmt: skip
        hidden = hide(rows, "arrived")
        shown = [row for row in rows if row["key"] not in hidden and row["arrived"]]
        labels = [words.came_by(self._language, row["key"]) for row in shown]
        shares = [round(100 * row["arrived"] / all_) for row in shown]
        picture = await self._drawn(charts.lying_bars, labels, shares) if len(shown) > 1 else ""
        alt = "; ".join(f"{name}: {share} %" for name, share in zip(labels, shares, strict=True))
        return self._table(
            "channels", say(N_("How they made their visit (share in %)")), say(N_("Way")), rows,
            lambda row: words.came_by(self._language, row["key"]), columns, hidden, "",
            picture, alt,
        )  # fmt: skip

    async def _filed(self, offices: Mapping[str, str]) -> Table:
        """Of all that was handled, how much without a visit; how it grew, beside its target."""
        say, answer = self.say, self._answer
        every = {"key": "", **_handled(answer["total"] or {})}
        of_services = "services" in answer
        rows = [
            {**row, **_handled(row)} for row in answer["services" if of_services else "offices"]
        ]
        rows = sorted((row for row in rows if row["handled"]), key=lambda row: -row["filed"])
        rows = [every, *rows] if rows else []
        hidden = hide(rows[1:], "handled")
        service = self._named("service") if of_services else None

        def named(row: Figures) -> str:
            if not row["key"]:
                return say(N_("All together"))
            return service(row) if service is not None else offices.get(row["key"], "")

        days = [{**row, **_handled(row)} for row in answer["days"]]
        known = [row for row in days if row["handled"] >= FEW]
        picture = alt = ""
        if len(known) > 1 and rows:
            shares = tuple(_without(row) for row in known)
            series: list[charts.Series] = [(say(N_("share without a visit (%)")), shares)]
            aims = tuple(self._aim(row["key"]) for row in known) if of_services else ()
            if any(aim is not None for aim in aims):
                series.append((say(N_("target (dashed)")), aims))
            picture = await self._drawn(
                charts.lines, [self._short_day(row) for row in known], series
            )
            text = say(N_("From %(least)s to %(most)s %% without a visit"))
            told = [share for share in shares if share is not None]
            alt = text % {"least": min(told), "most": max(told)}
        filed = {row["key"]: row["filed"] for row in answer["channels"] if row["filed"]}
        ways = [way for way in words.WITHOUT if way in filed]
        note = say(N_("Of the days for which those who run the portal, the post or the home "
                      "service have told their counts."))  # fmt: skip
        if ways:
            said = [
                f"{words.without_by(self._language, way)}: {self._number(filed[way])}"
                for way in ways
            ]
            note = f"{note} {'; '.join(said)}."
        title, what = say(N_("Handled without a visit")), say(N_("Service"))
        if not of_services:
            what = say(N_("Office"))
        return self._table(
            "without-a-visit", title, what, rows, named, FILED, hidden, note, picture, alt
        )

    def _aim(self, day: str) -> int | None:
        """The target for all services together that held on a day, or on the first of a month."""
        signs = 7 if self._answer["by_month"] else 10
        for one in self._answer["targets"]:
            first, last = one["from"][:signs], one["to"][:signs]
            if not one["service_id"] and first <= day[:signs] <= last:
                return one["percent"]
        return None

    def _targets(self, offices: Mapping[str, str]) -> Table:
        """Each target that held on some of the days, and how near one came to it in them."""
        say, answer = self.say, self._answer
        of_services = "services" in answer
        service = self._named("service") if of_services else None
        rows: list[list[Cell]] = []
        for one in answer["targets"]:
            share = _without(one)
            if one["filed"] + one["served_beside"] < FEW or share is None:
                continue
            what = offices.get(str(one["office_id"]), "")
            if service is not None:
                key = one["service_id"]
                what = service({"key": key}) if key else say(N_("All services together"))
            met = say(N_("reached")) if share >= one["percent"] else say(N_("not reached"))
            first, last = (f"{date.fromisoformat(one[end]):%d/%m/%Y}" for end in ("from", "to"))
            rows.append([what, first, last, one["percent"], share, met])
        head = [
            say(N_("Service")) if of_services else say(N_("Office")),
            *(say(name) for name in (N_("From"), N_("To (inclusive)"), N_("Target (%)"),
                                     N_("Share without a visit (%)"), N_("Outcome"))),
        ]  # fmt: skip
        return Table(
            "targets", say(N_("Handled without a visit, against the targets")), head, rows,
            say(N_("Targets stand in the office file, with the days on which they hold.")),
        )  # fmt: skip

    def _where_to(self) -> Table:
        """What became of those who were not let in at once."""
        say, total = self.say, self._answer["total"]
        rows: list[list[Cell]] = []
        if total is not None and total["arrived"] >= FEW:
            for many, then, name in (
                ("outside", "outside_in", N_("Had to wait outside; then let in")),
                ("windows", "windows_came", N_("Told to come back at a kept time; then came")),
            ):
                if total[many] >= FEW:
                    share = round(100 * total[then] / total[many])
                    rows.append([say(name), total[many], total[then], share])
        head = [N_("What they were told"), N_("Visits"), N_("Of those, did"), N_("Share (%)")]
        return Table(
            "turned-away", say(N_("Not let in at once, and what became of them")),
            [say(one) for one in head], rows,
        )  # fmt: skip

    def _answers(self) -> Table:
        say, language = self.say, self._language
        rows: list[list[Cell]] = []
        for row in self._answer["answers"]:
            if row["code"] in words.SERVED_NOBODY_ILL or row["count"] < FEW:
                continue
            told = words.answered(language, row["code"])
            rows.append([words.place(language, row["command"]), told, row["count"]])
        head = [say(N_("Where")), say(N_("What was said")), say(N_("Times"))]
        note = say(N_("Times something was said, not people: who tries three times counts three "
                      "times. Fewer than five are left out."))  # fmt: skip
        return Table("refusals", say(N_("Refusals and decisions")), head, rows, note)

    def _rooms(self) -> Table:
        say = self.say
        columns: tuple[Column, ...] = (
            MOST,
            (N_("Times over the cap"), _whole("excesses")),
            (N_("Recounts"), _whole("recounts")),
            (N_("People by which recounts differed"), _whole("drift")),
        )
        rows = [row for row in self._answer["areas"] if row["most_present"] or row["recounts"]]
        title, what = say(N_("Rooms")), say(N_("Room"))
        return self._table("rooms", title, what, rows, self._named("area"), columns, set())

    def _excesses(self) -> Table:
        say, name = self.say, self._named("area")
        rows: list[list[Cell]] = []
        for one in self._answer["excesses"]:
            facts = one["facts"]
            when = say_moment(datetime.fromisoformat(one["at"]), self._language, self._zone)
            reason = facts.get("reason") or say(N_("none given"))
            if reason == "invitation lapsed":
                reason = say(N_("was found inside after the invitation had lapsed"))
            area = name({"key": facts.get("area") or ""})
            rows.append([when, area, facts.get("present"), facts.get("cap"), reason])
        head = [N_("When"), N_("Room"), N_("People"), N_("Cap"), N_("Reason")]
        return Table(
            "excesses", say(N_("Over the cap, with the reason")), [say(one) for one in head], rows,
            say(N_("The last hundred. Reasons are the managers' own words.")),
        )  # fmt: skip


def _handled(row: Figures) -> dict[str, Any]:
    """What the share of one row rests on."""
    filed, served = row.get("filed", 0), row.get("served_beside", 0)
    return {"filed": filed, "served_beside": served, "handled": filed + served}


def hide(rows: Sequence[Figures], weighed: str) -> set[str]:
    """Which rows rest on too few; one that is hidden alone could be told from the sum, so the
    smallest of the others hides with it."""
    few = {row["key"] for row in rows if 0 < row[weighed] < FEW}
    others = [row for row in rows if row["key"] not in few and row[weighed]]
    if len(few) == 1 and others:
        few.add(min(others, key=lambda row: row[weighed])["key"])
    return few
