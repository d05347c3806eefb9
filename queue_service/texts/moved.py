"""Whoever was given another time by the office answers by text: yes, another one, or cancels.

The carrier's signature says that the answer came from the phone: nothing else is asked. Each
method answers with an empty text where this phone has nothing to answer.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from queue_service import commands, reads, wording
from queue_service.db import Refused
from queue_service.fitting import fit
from queue_service.remote import Facts, Remote
from queue_service.texts import answers
from queue_service.tickets import group_code

MINUTES = 30  # a question stays open
MOST_TIMES = 4
AT = time(9)  # what a day without an hour is near


class Moved:
    def __init__(self, remote: Remote, language: str) -> None:
        self._remote, self._pool, self._clock = remote, remote.pool, remote.clock
        self._language = language

    async def reply(
        self, phone: str, key: str, accept: bool, offered: Mapping[str, Any] | None
    ) -> str:
        """A yes or no. An earlier time that was `offered` after that is what is meant."""
        move = await self._open(phone)
        if move is None or (offered is not None and _answers_offer(move, offered)):
            return ""
        if not accept:
            return "" if move["accepted"] else await self.other(phone, key)
        if not move["placed"]:
            return await self._offer(move, _starts_at(move), answers.TOO_LATE_TO_AGREE)
        if not move["accepted"]:
            try:
                await commands.answer_change(
                    self._pool,
                    move["office_id"],
                    self._clock.at(),
                    "text",
                    key,
                    UUID(move["visit_id"]),
                )
            except Refused as refused:
                return self._refused(refused)
        return await self._stands(phone, move)

    async def other(
        self,
        phone: str,
        key: str,
        hour: time | None = None,
        day: date | None = None,
        part: time | None = None,
    ) -> str:
        """The time that was named, if it is free; else the nearest ones, to be chosen from."""
        move = await self._open(phone)
        if move is None:
            return self._say(answers.NO_MOVE)
        near = _starts_at(move).astimezone(ZoneInfo((await self._office(move))["time_zone"]))
        if hour or day or part:
            near = datetime.combine(day or near.date(), hour or part or AT, near.tzinfo)
        if hour and day:
            return await self._move(phone, key, move, near)
        return await self._offer(move, near)

    async def choose(self, phone: str, key: str, starts_at: str) -> str:
        move = await self._open(phone)
        if move is None:
            return self._say(answers.NO_MOVE)
        return await self._move(phone, key, move, datetime.fromisoformat(starts_at))

    async def cancel(self, phone: str, key: str) -> str:
        move = await self._open(phone)
        if move is None:
            return ""
        office = await self._office(move)
        try:
            await self._remote.cancel(office, move, key)
        except Refused as refused:
            return self._refused(refused)
        return self._joined(
            answers.cancelled(self._language, office, move), await self._also(phone)
        )

    async def _move(self, phone: str, key: str, move: Facts, starts_at: datetime) -> str:
        try:
            moved = await commands.reschedule(
                self._pool,
                move["office_id"],
                self._clock.at(),
                "text",
                key,
                UUID(move["visit_id"]),
                starts_at,
            )
        except Refused as refused:
            if refused.status not in (409, 422) or refused.code in (
                "not_booked",
                "floor_elsewhere",
            ):
                return self._refused(refused)
            return await self._offer(move, starts_at, self._refused(refused))
        return await self._stands(phone, {**move, **moved})

    async def _offer(self, move: Facts, near: datetime, why: str = "") -> str:
        office = await self._office(move)
        zone = ZoneInfo(office["time_zone"])
        free = [at for at in await self._remote.free_for(office, move) if at != _starts_at(move)]
        free = sorted(sorted(free, key=lambda at: abs(at - near))[:MOST_TIMES])
        kept = answers.short_moment(_starts_at(move), zone)
        facts = {"moment": kept, "phone": office["phone"]}
        if not free:
            unplaced = answers.NONE_FOR_YOU if office["phone"] else answers.NONE_FOR_NOW
            none = answers.NO_OTHERS if move["placed"] else unplaced
            return self._joined(why, self._say(none, **facts))
        options = [
            [move["office_id"], move["services"][0]["service"], at.isoformat()] for at in free
        ]
        question = {"name": "", "options": options, "visit_id": move["visit_id"]}
        await commands.ask_text(
            self._pool, move["office_id"], self._clock.at(), move["phone"], question, MINUTES
        )
        shown = answers.numbered([answers.short_moment(at, zone) for at in free])
        some = answers.OTHERS if move["placed"] else answers.UNPLACED
        return self._joined(why, self._say(some, options=shown, **facts))

    async def _stands(self, phone: str, visit: Facts) -> str:
        """Where it stands now, with what to bring, unless another one waits for an answer too."""
        office, also = await self._office(visit), await self._also(phone)
        services = [one["service"] for one in visit["services"]]
        said = answers.booked(self._language, office, services, visit, papers=not also)
        return self._joined(said, also)

    async def _also(self, phone: str) -> str:
        move = await self._open(phone)
        if move is None or move["accepted"]:
            return ""
        return self._say(answers.ALSO_MOVED, code=group_code(move["code"]))

    async def _open(self, phone: str) -> dict[str, Any] | None:
        move = await reads.open_move(self._pool, phone, self._clock.now())
        return None if move is None else {**move, "phone": phone}

    async def _office(self, move: Facts) -> Facts:
        offices = await self._remote.offices()
        return next(one for one in offices if one["office_id"] == move["office_id"])

    def _refused(self, refused: Refused) -> str:
        words = wording.say_refusal(self._language, refused.code, refused.facts)
        return self._say(
            "%(text)s", text=words.title if refused.code == "slot_full" else words.text
        )

    def _joined(self, *parts: str) -> str:
        return fit(" ".join(part for part in parts if part))

    def _say(self, message: str, **facts: object) -> str:
        return answers.say(self._language, message, **facts)


def _starts_at(move: Facts) -> datetime:
    return datetime.fromisoformat(move["starts_at"])


def _answers_offer(move: Facts, offered: Mapping[str, Any]) -> bool:
    if "offer" not in offered:
        return bool(move["accepted"])
    told = datetime.fromisoformat(move["told_at"])
    return move["accepted"] or datetime.fromisoformat(offered["offered_at"]) > told
