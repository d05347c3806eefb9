"""What the service counts: for Prometheus, and per office and minute for its statistics."""

from collections import Counter
from collections.abc import Mapping

from prometheus_client import REGISTRY, Gauge, Histogram
from prometheus_client import Counter as Counted

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

    def __init__(self) -> None:
        self._tally: Tally = Counter()

    def add(self, office_id: int, command: str, outcome: str, code: str, count: int = 1) -> None:
        ANSWERS.labels(command, outcome, code).inc(count)
        if code:
            self._tally[office_id, command, code] += count

    def answer(self, office_id: int, command: str, answer: Mapping[str, object]) -> None:
        decision = answer.get("decision")
        if decision is None:
            self.add(office_id, command, "done", "")
        else:
            self.add(office_id, command, "decision", str(answer.get("reason") or decision))

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
