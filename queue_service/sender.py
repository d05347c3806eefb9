"""Sends a message: what its job asks for is written, the office's carriers are tried in order.

Each call of a carrier is noted before it is made. So whoever comes after a worker that was killed
knows which carrier may have the message already, and asks it before sending again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from queue_service import commands, phones, reads, tickets
from queue_service.db import Clock, Pool
from queue_service.fitting import fit
from queue_service.i18n import say_date, say_time
from queue_service.outgoing import kinds
from queue_service.outgoing.carrier import (
    CannotAsk,
    Carrier,
    Outbox,
    Outgoing,
    Passing,
    Permanent,
    Unknown,
)

Facts = Mapping[str, Any]
MOST_TIMES = 3
OFFER_MINUTES = 12 * 60  # as long may one of the times offered be chosen by its number
ASKED_AGAIN = timedelta(
    minutes=2
)  # before the call was noted, by a clock that is not the carrier's
OFFERING = ("cancelled_by_office", "missed", "cannot_be_served")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: done, dead, retry, wait, or why it was not done."""

    outcome: str
    not_before: datetime | None = None
    error: str = ""


class Sender:
    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        carriers: Sequence[Carrier] = (),
        public_url: str = "",
        *,
        told: bool = False,
    ) -> None:
        self._pool, self._clock, self._public_url = pool, clock, public_url
        self._outbox = Outbox(told)
        self._carriers = {carrier.name: carrier for carrier in carriers}

    async def close(self) -> None:
        for carrier in self._carriers.values():
            await carrier.close()

    async def do(self, office_id: int, job: Facts) -> Ended:
        job_id = UUID(job["job_id"])
        asked = await reads.message(self._pool, office_id, self._clock.now(), job_id)
        if asked is None:
            return Ended("gone")
        if any(one["outcome"] == "accepted" for one in asked["sendings"]):
            return Ended("done")  # the worker that sent it was killed before it could say so
        if asked["why"]:
            return Ended(asked["why"])
        if asked["wait_until"]:
            return Ended("wait", datetime.fromisoformat(asked["wait_until"]))
        text = asked["text"] or await self._write(office_id, asked)
        attempt = job["attempts"]
        await commands.write_message(
            self._pool,
            office_id,
            self._clock.at(),
            job_id,
            attempt,
            asked["phone"],
            asked["language"],
            text,
        )
        message = Outgoing(f"{office_id}-{job_id}", asked["phone"], text, asked["language"])
        return await _Attempt(self._pool, self._clock, office_id, job_id, attempt).run(
            message, asked["sendings"], self._for(asked)
        )

    # Which carriers

    def _for(self, asked: Facts) -> list[Carrier]:
        """Those of the office that can reach this person: a landline is spoken to."""
        if not self._carriers:
            return [self._outbox]
        # An answer goes by the carrier that brought the question, if it can.
        first = asked["facts"].get("carriers") or ()
        wanted = dict.fromkeys([*first, *(asked["carriers"] or self._carriers)])
        chosen = [self._carriers[name] for name in wanted if name in self._carriers]
        if phones.is_landline(asked["phone"]):
            return [carrier for carrier in chosen if carrier.medium == "voice"]
        if asked["text_only"]:
            return [carrier for carrier in chosen if carrier.medium == "text"]
        return chosen

    # What it says

    async def _write(self, office_id: int, asked: Facts) -> str:
        kind, language, visit = asked["kind"], asked["language"], asked["visit"]
        if kind in kinds.NO_WORDS_OF_ITS_OWN:
            return kinds.write("{text}", {"text": asked["facts"]["text"]})
        values = dict.fromkeys((*kinds.LONGEST, *kinds.OF_THE_OFFICE, "papers"), "")
        values |= self._values(asked)
        if kind in OFFERING and visit is not None:
            values["times"] = await self._offer(office_id, asked)
        template = asked["template"] or kinds.default(kind, language)
        papers = visit["papers"] if visit is not None else ()
        return kinds.write(template, values, papers, language)

    def _values(self, asked: Facts) -> dict[str, str]:
        office, language = asked["office"], asked["language"]
        place = (office[f"name_{language}"], office[f"address_{language}"])
        said: dict[str, str] = {
            "office": office[f"name_{language}"],
            "place": ", ".join(part for part in place if part),
            "phone": office["phone"],
        }
        facts, visit = asked["facts"], asked["visit"]
        said |= {
            name: str(facts[name]) for name in ("ahead", "minutes") if facts.get(name) is not None
        }
        said["secret"] = str(facts.get("code", ""))
        starts_at = facts.get("starts_at")
        if visit is not None:
            said |= self._of_visit(asked, visit)
            starts_at = starts_at or visit["starts_at"]
        zone = ZoneInfo(office["time_zone"])
        if facts.get("was"):
            was = datetime.fromisoformat(facts["was"]).astimezone(zone)
            said["was"] = f"{was:%H:%M} {was.day}/{was.month}"
        if starts_at:
            moment = datetime.fromisoformat(starts_at)
            said |= {"day": say_date(moment, language, zone), "hour": say_time(moment, zone)}
        return said

    def _of_visit(self, asked: Facts, visit: Facts) -> dict[str, str]:
        language = asked["language"]
        said: dict[str, str] = {
            "code": tickets.group_code(visit["code"]),
            "number": visit["number"] or "",
            "area": visit["area_name"] or "",
            "counter": visit["counter_name"] or "",
            "where": visit["counter_where"] or "",
            "service": " + ".join(one[f"name_{language}"] for one in visit["services"]),
        }
        if "minutes" not in asked["facts"]:
            said["minutes"] = str(visit["invitation_minutes"])
        if asked["links"] and self._public_url:
            secret = bytes.fromhex(visit["token"])
            token = tickets.make_token(asked["office"]["office_id"], secret)
            said["link"] = tickets.ticket_link(self._public_url, token)
        return said

    async def _offer(self, office_id: int, asked: Facts) -> str:
        """The next free times of what the visit was for; the reply 1 to 3 books one of them."""
        visit, office, now = asked["visit"], asked["office"], self._clock.now()
        wanted = [{"service": s["service"], "quantity": s["quantity"]} for s in visit["services"]]
        zone = ZoneInfo(office["time_zone"])
        today, days = now.astimezone(zone).date(), office["booking_days"] + 1
        rows = await reads.slots(self._pool, office_id, now, wanted, today, days)
        free = [datetime.fromisoformat(row["starts_at"]) for row in rows if row["left"] > 0]
        if not free:
            return ""
        service = "+".join(one["service"] for one in wanted)
        options = [[office_id, service, at.isoformat()] for at in free[:MOST_TIMES]]
        question = {"name": visit["name"], "options": options}
        await commands.ask_text(
            self._pool, office_id, self._clock.at(), asked["phone"], question, OFFER_MINUTES
        )
        there = [at.astimezone(zone) for at in free[:MOST_TIMES]]
        return " ".join(f"{n}) {at:%H:%M} {at.day}/{at.month}" for n, at in enumerate(there, 1))


class _Attempt:
    """One claim of one message."""

    def __init__(
        self, pool: Pool, clock: Clock, office_id: int, job_id: UUID, attempt: int
    ) -> None:
        self._pool, self._clock = pool, clock
        self._office_id, self._job_id, self._attempt = office_id, job_id, attempt

    async def run(
        self, message: Outgoing, sendings: Sequence[Facts], carriers: Sequence[Carrier]
    ) -> Ended:
        by_name = {carrier.name: carrier for carrier in carriers}
        for sending in sendings:
            if sending["outcome"] not in ("open", "unknown"):
                continue
            try:
                if await self._asked_back(message, sending, by_name.get(sending["carrier"])):
                    return Ended("done")
            except (Passing, Unknown) as silent:
                return self._retry(silent)
        refused = {s["carrier"]: s["error"] for s in sendings if s["outcome"] == "permanent"}
        again: Passing | Unknown | None = None
        error = next(reversed(refused.values()), "no_carrier")
        for carrier in carriers:
            if carrier.name in refused:
                continue
            number = await self._begin(carrier)
            try:
                carrier_id = await carrier.send(_for(carrier, message))
            except Passing as passing:
                await self._end(number, "passing", error=passing.error)
                again = again or passing
            except Unknown as unknown:
                await self._end(number, "unknown", error=unknown.error)
                return self._retry(unknown)  # it is asked back before anybody else is given it
            except Permanent as permanent:
                await self._end(number, "permanent", error=permanent.error)
                error = permanent.error
                if permanent.everywhere:
                    return Ended("dead", error=error)
            else:
                await self._end(number, "accepted", carrier_id)
                return Ended("done")
        return self._retry(again) if again else Ended("dead", error=error)

    def _retry(self, problem: Passing | Unknown) -> Ended:
        soonest = self._clock.now() + timedelta(seconds=problem.pause)
        return Ended("retry", soonest, problem.error)

    async def _begin(self, carrier: Carrier) -> int:
        noted = await commands.begin_sending(
            self._pool,
            self._office_id,
            self._clock.at(),
            self._job_id,
            self._attempt,
            carrier.name,
        )
        return noted["sending_no"]

    async def _asked_back(self, message: Outgoing, sending: Facts, carrier: Carrier | None) -> bool:
        """Whether a carrier that may have the message says that it has."""
        number = sending["sending_no"]
        if carrier is None:
            await self._end(number, "lost", error="no such carrier any more")
            return False
        # The carrier's clock is not shifted with ours in a demonstration.
        since = datetime.fromisoformat(sending["started_at"]) - self._clock.shift - ASKED_AGAIN
        try:
            for carrier_id in await carrier.find(_for(carrier, message), since):
                if await self._end(number, "accepted", carrier_id) == "accepted":
                    return True
        except CannotAsk:
            pass
        await self._end(number, "lost")
        return False

    async def _end(self, number: int, outcome: str, carrier_id: str = "", error: str = "") -> str:
        ended = await commands.end_sending(
            self._pool,
            self._office_id,
            self._clock.at(),
            self._job_id,
            number,
            outcome,
            carrier_id,
            error,
        )
        return ended["outcome"]


def _for(carrier: Carrier, message: Outgoing) -> Outgoing:
    """A text is cut to two segments; what is spoken keeps its marks."""
    return replace(message, text=fit(message.text)) if carrier.medium == "text" else message
