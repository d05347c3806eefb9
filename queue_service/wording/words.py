"""Two sentences, with the facts of the case put into them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from queue_service.i18n import say_date, say_minutes, say_moment, say_time, translator, whole_minute
from queue_service.wording.terms import say_state

Facts = Mapping[str, Any]
DEFAULT_ZONE = "Asia/Ho_Chi_Minh"


class Words(NamedTuple):
    """One line that stands alone, and a sentence that says what to do."""

    title: str
    detail: str

    @property
    def text(self) -> str:
        return f"{self.title} {self.detail}".strip()


def say(language: str, title: str, detail: str, facts: Facts, zone: str) -> Words:
    _ = translator(language).gettext
    said = _Said(language, facts, ZoneInfo(zone))
    return Words(*(_(text) % said if text else "" for text in (title, detail)))


class _Said(dict[str, str]):
    """Facts as words: times of the office's own day, names in the reader's language."""

    def __init__(self, language: str, facts: Facts, zone: ZoneInfo) -> None:
        super().__init__()
        self.language, self.facts, self.zone = language, facts, zone

    def __missing__(self, name: str) -> str:
        value = self.facts.get(name)
        if name == "state":
            return say_state(self.language, str(value or ""))
        if name in ("closure", "counter_name"):
            return str(self.facts.get(f"name_{self.language}") or "")
        if name == "lead":
            return say_minutes(int(self.facts.get("lead_minutes") or 0), self.language)
        if name == "again":
            seconds = int(self.facts.get("retry_after") or 60)
            return say_minutes(-(-seconds // 60), self.language)
        if name in ("last_day", "day"):
            return self._day(value or self.facts.get("starts_at"))
        if name in ("starts_at", "ends_at", "from", "next_at", "until", "heard_at", "since"):
            return self._time(name, value)
        if name == "office" and isinstance(value, Mapping):
            return str(value.get(f"name_{self.language}") or "")  # pyright: ignore
        return "…" if value is None else str(value)

    def _day(self, value: object) -> str:
        if isinstance(value, str):
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        return say_date(value, self.language, self.zone) if isinstance(value, date) else "…"

    def _time(self, name: str, value: object) -> str:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if not isinstance(value, datetime):
            return "…"
        if name == "next_at":
            value = whole_minute(value)
        today = self.facts.get("today")
        if today is not None and str(value.astimezone(self.zone).date()) != str(today):
            return say_moment(value, self.language, self.zone)
        return say_time(value, self.zone)
