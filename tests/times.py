"""Times for tests that run on the real clock."""

from datetime import datetime, time, timedelta
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
