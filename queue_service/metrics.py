"""What the service counts: for Prometheus, and per office and minute for its statistics."""

from collections import Counter
from collections.abc import Mapping

from prometheus_client import REGISTRY, Gauge, Histogram
from prometheus_client import Counter as Counted

from queue_service.journal import QUIET, Journal

ANSWERS = Counted(
    "queue_commands",
    "Commands by name, outcome and, for refusals and decisions, its code",
    ["command", "outcome", "code"],
    registry=REGISTRY,
)
GROUP_SIZE = Histogram(
    "queue_group_size",
    "Bookings decided in one transaction",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
    registry=REGISTRY,
)
SECONDS = Histogram(
    "queue_command_seconds",
    "How long a command took, from its call to its answer; bookings by the group",
    ["command"],
    buckets=(0.005, 0.02, 0.1, 0.5, 2, 10),
    registry=REGISTRY,
)
STREAMS = Gauge(
    "queue_open_streams",
    "Boards and pages that are shown live",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
JOBS = Counted(
    "queue_jobs", "Jobs ended, by kind and outcome", ["kind", "outcome"], registry=REGISTRY
)

Tally = Counter[tuple[int, str, str]]


class Counts:
    """Answers since the last flush, per office, command and code; a kill loses no more."""

    def __init__(self, journal: Journal = QUIET) -> None:
        self.journal = journal
        self._tally: Tally = Counter()

    def add(self, office_id: int, command: str, outcome: str, code: str, count: int = 1) -> None:
        ANSWERS.labels(command, outcome, code).inc(count)
        if code:
            self._tally[office_id, command, code] += count

    def ended(
        self, office_id: int, command: str, seconds: float, outcome: str, code: str = ""
    ) -> None:
        """A command is over: counted, timed, and one line in the journal."""
        self.add(office_id, command, outcome, code)
        SECONDS.labels(command).observe(seconds)
        self.note(office_id, command, seconds, {"outcome": outcome, "code": code})

    def answer(
        self, office_id: int, command: str, answer: Mapping[str, object], seconds: float = 0.0
    ) -> None:
        decision = answer.get("decision")
        if decision is None:
            self.ended(office_id, command, seconds, "done")
        else:
            code = str(answer.get("reason") or decision)
            self.ended(office_id, command, seconds, "decision", code)

    def group(self, office_id: int, command: str, outcomes: Counter[str], seconds: float) -> None:
        """Bookings decided together: each is counted, all of them are one line."""
        for outcome, count in outcomes.items():
            if outcome == "booked":
                self.add(office_id, command, "done", "", count)
            else:
                self.add(office_id, command, "refused", outcome, count)
        SECONDS.labels(command).observe(seconds)
        self.note(office_id, command, seconds, {"outcome": "decided", "of": dict(outcomes)})

    def note(
        self, office_id: int, command: str, seconds: float, facts: Mapping[str, object]
    ) -> None:
        ms = round(seconds * 1000, 1)
        self.journal.add({"command": command, "office": office_id, **facts, "ms": ms})

    def take(self) -> dict[int, list[dict[str, object]]]:
        """What was counted, by office; from here on it counts anew."""
        taken, self._tally = self._tally, Counter()
        rows: dict[int, list[dict[str, object]]] = {}
        for (office_id, command, code), count in taken.items():
            rows.setdefault(office_id, []).append(
                {"command": command, "code": code, "count": count}
            )
        return rows

    def put_back(self, office_id: int, rows: list[dict[str, object]]) -> None:
        """The database did not take them: they go with the next flush."""
        for row in rows:
            self._tally[office_id, str(row["command"]), str(row["code"])] += int(str(row["count"]))
