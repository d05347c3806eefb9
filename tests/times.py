"""Times for tests that run on the real clock."""

from datetime import UTC, datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from queue_service import db

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


async def tomorrow(pool: db.Pool, clock: str) -> datetime:
    """That time tomorrow on the wall of an office in Viet Nam."""
    measured = db.Clock()
    await measured.measure(pool)
    day = measured.now().astimezone(ZONE).date() + timedelta(days=1)
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=ZONE)


class Still(db.Clock):
    """A clock that stands where the test has put it."""

    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self.moment = moment

    @property
    def ready(self) -> bool:
        return True

    def now(self) -> datetime:
        return self.moment


class Machine:
    """The two clocks of a machine, which a test may set."""

    def __init__(self) -> None:
        self.set_by = timedelta()
        self.slept = 0.0

    def wall(self) -> datetime:
        return datetime.now(UTC) + self.set_by

    def steady(self) -> float:
        return monotonic() - self.slept

    def sleep(self, seconds: float) -> None:
        """Asleep, the steady clock stands still; it is now so many seconds behind."""
        self.slept += seconds
