"""An office with two groups of staff that take turns, morning and afternoon."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from queue_service import commands, reads
from queue_service.db import Pool
from tests.changes import MANAGER
from tests.lobby import Answer, Lobby
from tests.offices import File, make_office

FIRST = date(2026, 3, 31)  # the day on which the tests' clocks stand, a Tuesday
SHIFTS = (
    ("morning", "Sáng", "Morning", "07:30", "11:30"),
    ("afternoon", "Chiều", "Afternoon", "13:30", "17:00"),
)


def day(n: int) -> date:
    return FIRST + timedelta(days=n)


def attendance(attendance_id: str, place: str, **more: object) -> File:
    usual = {"minimum": None, "maximum": None, "unit": "people"}
    days = {"valid_from": "-infinity", "valid_to": "infinity"}
    return {"attendance_id": attendance_id, "place": place, **usual, **days, **more}


def with_rota(
    leader: bool = False,
    covered: Sequence[str] | None = None,
    attendance: Sequence[File] = (),
    public: str = "no",
    groups: Sequence[str] = ("a", "b"),
) -> Any:
    """A change of a test office's file: shifts, groups and rules."""

    def change(file: File) -> None:
        file["rota"] = {
            "leader": leader,
            "covered": list(covered) if covered else None,
            "public": public,
        }
        file["shifts"] = [
            {"shift_id": one, "name_vi": vi, "name_en": en, "starts": starts, "ends": ends,
             "position": n}
            for n, (one, vi, en, starts, ends) in enumerate(SHIFTS)
        ]  # fmt: skip
        file["groups"] = [
            {
                "group_id": one,
                "name_vi": f"Tổ {one.upper()}",
                "name_en": f"Group {one.upper()}",
                "position": n,
            }
            for n, one in enumerate(groups)
        ]
        file["attendance"] = list(attendance)

    return change


class Rota:
    """What a manager does with the rota, and the people of the office by their names."""

    def __init__(self, lobby: Lobby) -> None:
        self.lobby = lobby
        self.pool, self.office_id = lobby.pool, lobby.office.office_id
        self.people: dict[str, UUID] = {}

    async def hire(self, who: str, group: str | None = None, **more: Any) -> UUID:
        staff_id = self.people.setdefault(who, uuid4())
        usual = {"name": who, "group": group, "area": "hall", "queues": ["justice", "permits"]}
        at = self.lobby.at("06:00")
        await commands.keep_staff(
            self.pool, self.office_id, at, MANAGER, staff_id, {**usual, **more}
        )
        return staff_id

    async def turns(self, first: int = 0, last: int = 0, **more: Any) -> Answer:
        usual: dict[str, Any] = {"turn": "day", "first_group": None, "together": 1}
        said: dict[str, Any] = {**usual, "others": "home", **more}
        at = self.lobby.at("06:00")
        return await commands.plan_rota(
            self.pool, self.office_id, at, MANAGER, day(first), day(last), **said
        )

    async def plan(self, n: int, places: Mapping[str, str], *shifts: str) -> list[Answer]:
        """One place for each person, in these shifts; answers with the rules that it breaks."""
        duties = [
            {"staff_id": str(self.people[name]), "shift_id": shift, "place": place}
            for name, place in places.items()
            for shift in shifts or [one[0] for one in SHIFTS]
        ]
        at = self.lobby.at("06:00")
        answer = await commands.plan_day(self.pool, self.office_id, at, MANAGER, day(n), duties)
        return answer["breaks"]

    async def leave(self, name: str, first: int, last: int) -> None:
        at = self.lobby.at("06:00")
        await commands.take_leave(
            self.pool, self.office_id, at, MANAGER, self.people[name], day(first), day(last)
        )

    async def draft(self, first: int = 0, last: int = 0, now: str = "06:00") -> Answer:
        return await self._drafted(commands.draft_rota, first, last, now)

    async def withdrawal(self, first: int = 0, last: int = 0, now: str = "06:00") -> Answer:
        return await self._drafted(commands.draft_withdrawal, first, last, now)

    async def _drafted(
        self, command: Callable[..., Awaitable[Answer]], first: int, last: int, now: str
    ) -> Answer:
        at = self.lobby.at(now)
        return await command(
            self.pool, self.office_id, at, MANAGER, uuid4(), day(first), day(last), 30
        )

    async def confirm(self, drafted: Answer, now: str = "06:00") -> Answer:
        return await commands.apply_change(
            self.pool,
            self.office_id,
            self.lobby.at(now),
            MANAGER,
            None,
            UUID(drafted["change_id"]),
            drafted["seen"],
        )

    async def publish(self, first: int = 0, last: int = 0, now: str = "06:00") -> Answer:
        answer = await self.confirm(await self.draft(first, last, now), now)
        assert answer["decision"] == "applied"
        return answer

    async def days(self, first: int = 0, last: int = 0) -> list[Answer]:
        at = self.lobby.at("06:00")
        seen = await reads.rota(self.pool, self.office_id, at, day(first), day(last))
        assert seen is not None
        return seen["days"]

    async def of_day(self, n: int = 0) -> Answer:
        return (await self.days(n, n))[0]

    async def there(self, n: int = 0, place: str = "office", shift: str = "morning") -> list[str]:
        """The names of those who are planned for a place, in order."""
        names = {str(staff_id): name for name, staff_id in self.people.items()}
        return sorted(
            names[one["staff_id"]]
            for one in (await self.of_day(n))["plan"]
            if (one["shift_id"], one["place"]) == (shift, place)
        )

    async def planned(self, n: int = 0) -> dict[str, list[tuple[str, str, int]]]:
        """What counts for bookings and the cap on that date."""
        file = await reads.office_file(self.pool, self.office_id)
        assert file is not None
        scopes: dict[str, list[tuple[str, str, int]]] = {}
        for row in file["day_plans"]:
            if row["day"] == day(n).isoformat():
                said = (row["starts"][:5], row["ends"][:5], row["amount"])
                scopes.setdefault(row["scope"], []).append(said)
        return scopes


async def make_rota(
    pool: Pool, people: Mapping[str, str | None] | None = None, **more: Any
) -> Rota:
    """An office with a rota; without a word, An and Bình in group a, Chi and Dũng in group b."""
    rules = {key: more.pop(key) for key in ("leader", "covered", "attendance", "public", "groups")
             if key in more}  # fmt: skip
    more.setdefault("planned", {"justice": 2, "permits": 1})
    rota = Rota(Lobby(pool, await make_office(pool, change=with_rota(**rules), **more)))
    usual = {"An": "a", "Bình": "a", "Chi": "b", "Dũng": "b"}
    for name, group in (usual if people is None else people).items():
        await rota.hire(name, group)
    return rota


def rules(breaks: Sequence[Answer]) -> list[str]:
    return [one["rule"] for one in breaks]
