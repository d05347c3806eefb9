"""A message is read, decided by the real commands, and answered in one text."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from queue_service import commands, phones, reads, wording
from queue_service.db import Clock, Pool, Refused
from queue_service.fitting import cut
from queue_service.group_commit import Groups
from queue_service.remote import Facts, Remote
from queue_service.texts import answers, choosing, reading
from queue_service.texts.choosing import BOTH
from queue_service.texts.moved import Moved

MESSAGE = UUID("6f1d3b0e-8a43-5c9b-9d8e-2f6c5a7b1e40")  # where ids of bookings by text come from
ZONE = ZoneInfo(wording.DEFAULT_ZONE)
MINUTES = 30  # a question stays open
MOST_TIMES = 4
MOST_MINE = 3
LONGEST_SERVICE = 100  # letters of its name where free times follow
LONGEST_OPTIONS = 240  # letters of all that may be chosen from: what is cut off cannot be chosen
LOOK_EVERY, PATIENCE = 0.2, 25  # seconds and looks, while somebody else is at the same message
PER_HOUR, BURST = 30, 20  # messages of one phone that are answered
# What another time would mend.
OTHER_TIME = frozenset(
    {"slot_full", "not_a_slot", "in_the_past", "too_soon", "too_far", "closed_day"}
)


class Message(NamedTuple):
    """`message_id` is the carrier's: the same one again is the same message."""

    carrier: str
    message_id: str
    phone: str
    text: str


class Reply(NamedTuple):
    """Nothing is sent where the text is empty."""

    text: str
    understood: bool = True


class Option(NamedTuple):
    office_id: int
    service: str
    starts_at: str = ""


class _Not(Exception):
    """Answered in another way than meant."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Conversation:
    def __init__(self, pool: Pool, clock: Clock, groups: Groups, language: str = "vi") -> None:
        self._pool, self._clock, self._language = pool, clock, language
        self._remote = Remote(pool, clock, groups, "text")
        self._moved = Moved(self._remote, language)

    async def answer(self, message: Message) -> Reply:
        try:
            phone = phones.normalise(message.phone)
        except phones.BadPhone:
            return Reply("", understood=False)
        return await self._once(message._replace(phone=phone))

    async def _once(self, message: Message) -> Reply:
        """The same message again, even at the same moment, gets the same answer and no act."""
        told = f"{message.carrier} {message.message_id} {message.phone}"
        sha = hashlib.sha256(told.encode()).digest()
        for _ in range(PATIENCE):
            known = await commands.take_text(self._pool, sha, self._clock.at())
            if known["new"]:
                return await self._first(message, sha)
            if known["answer"] is not None:
                return Reply(known["answer"], known["understood"])
            await asyncio.sleep(LOOK_EVERY)
        return Reply("")

    async def _first(self, message: Message, sha: bytes) -> Reply:
        try:
            reply = await self._decide(message)
        except BaseException:
            await commands.end_text(self._pool, sha, None, True)
            raise
        await commands.end_text(self._pool, sha, reply.text, reply.understood)
        return reply

    async def _decide(self, message: Message) -> Reply:
        if not await self._remote.may(f"text {message.phone}", PER_HOUR, BURST):
            return Reply("")
        wish = reading.read(message.text, self._clock.now(), ZONE)
        try:
            match wish:
                case reading.Book():
                    text = await self._book(message, wish)
                case reading.Choice(number):
                    text = await self._choose(message, number)
                case reading.Cancel(code):
                    text = await self._cancel(message, code)
                case reading.Where(code):
                    text = await self._where(message.phone, code)
                case reading.Reply(accept):
                    text = await self._reply(message, accept)
                case reading.Other(hour, day, near):
                    text = await self._moved.other(message.phone, _key(message), hour, day, near)
                case reading.Mine():
                    text = await self._mine(message.phone, answers.HOW)
                case reading.Thanks():
                    return Reply("")
                case reading.Nothing():
                    text = ""
        except _Not as other:
            return Reply(other.text)
        return Reply(text) if text else await self._kept(message)

    async def _kept(self, message: Message) -> Reply:
        """What no rule understands waits for an operator; its sender is told so at once."""
        await commands.keep_text(
            self._pool,
            self._clock.at(),
            message.phone,
            message.carrier,
            message.message_id,
            reading.tidy(message.text)[: reading.LONGEST],
        )
        return Reply(self._say(answers.RECEIVED), understood=False)

    # Booking

    async def _book(self, message: Message, wish: reading.Book) -> str:
        catalogue = await self._remote.offices()
        # In a thread: over a whole province it takes a moment, and others book meanwhile.
        chosen = await asyncio.to_thread(choosing.choose, wish, catalogue)
        if not chosen.wanted and not chosen.options:
            return ""
        if not any(letter.isalpha() for letter in chosen.name):
            raise _Not(self._say(answers.NO_NAME))
        if chosen.wanted is None:
            return await self._which(message, wish, chosen, catalogue)
        office = _office(catalogue, chosen.wanted.office_id)
        if wish.hour is None or wish.day is None:
            why = self._say(answers.NO_TIME)
            around = _moment(wish.day, wish.hour or wish.near, office) or self._clock.now()
            return await self._offer(
                message, chosen.name, office, chosen.wanted.service, around, why
            )
        at = _moment(wish.day, wish.hour, office)
        return await self._take(message, chosen.name, office, chosen.wanted.service, at)

    async def _which(
        self,
        message: Message,
        wish: reading.Book,
        chosen: choosing.Chosen,
        catalogue: Sequence[Facts],
    ) -> str:
        """Two are too close to guess: the answer asks which one, and keeps the rest of the wish."""
        if len(chosen.options) > choosing.MOST:
            raise _Not(self._say(answers.TOO_MANY))
        several = len(chosen.options) == 1 or len({one.office_id for one in chosen.options}) > 1
        longest = LONGEST_OPTIONS // len(chosen.options)
        options, names = list[Option](), list[str]()
        for wanted in chosen.options:
            office = _office(catalogue, wanted.office_id)
            at = _moment(wish.day, wish.hour, office) if wish.day and wish.hour else None
            options.append(Option(*wanted, at.isoformat() if at else ""))
            name = answers.named(self._language, office, wanted.service.split(BOTH))
            there = f" ({office[f'name_{self._language}']})" if several else ""
            names.append(cut(name + there, longest))
        await self._ask(message.phone, chosen.name, options)
        asked = answers.ONLY if len(names) == 1 else answers.WHICH
        return self._say(asked, options=answers.numbered(names))

    async def _choose(self, message: Message, number: int) -> str:
        question = await reads.text_question(self._pool, message.phone, self._clock.now())
        if question is None:
            raise _Not(self._say(answers.NO_QUESTION))
        options = [Option(*option) for option in question["options"]]
        if not 1 <= number <= len(options):
            raise _Not(self._say(answers.NOT_AN_OPTION, most=len(options)))
        option = options[number - 1]
        if question.get("visit_id"):
            return await self._moved.choose(message.phone, _key(message), option.starts_at)
        office = _office(await self._remote.offices(), option.office_id)
        if not option.starts_at:
            why, now = self._say(answers.NO_TIME), self._clock.now()
            return await self._offer(message, question["name"], office, option.service, now, why)
        at = datetime.fromisoformat(option.starts_at)
        return await self._take(message, question["name"], office, option.service, at)

    async def _take(
        self, message: Message, name: str, office: Facts, service: str, at: datetime | None
    ) -> str:
        booking_id = uuid5(MESSAGE, f"{message.carrier} {message.message_id} {message.phone}")
        known = await self._remote.booked(office, booking_id)
        if known is not None:
            return answers.booked(self._language, office, _all(known), known)
        assert at is not None
        try:
            visit = await self._remote.book(
                office, booking_id, service.split(BOTH), at, name, message.phone, self._language
            )
        except Refused as refused:
            return await self._refused(message, name, office, service, at, refused)
        return answers.booked(self._language, office, service.split(BOTH), visit)

    async def _refused(
        self,
        message: Message,
        name: str,
        office: Facts,
        service: str,
        at: datetime,
        refused: Refused,
    ) -> str:
        if refused.status == 503:
            raise _Not(self._say(answers.BUSY))
        if refused.code == "one_by_text" and (held := await self._held(office, message.phone)):
            return answers.open_one(self._language, office, held)
        words = wording.say_refusal(
            self._language, refused.code, refused.facts, office["time_zone"]
        )
        if refused.code not in OTHER_TIME:
            return self._say("%(text)s", text=words.text)
        why = words.text if refused.code == "too_far" else words.title
        return await self._offer(message, name, office, service, at, why, refused=at)

    async def _held(self, office: Facts, phone: str) -> Facts | None:
        found = await reads.find_visits(self._pool, office["office_id"], self._clock.now(), phone)
        mine = (v for v in found if v["channel"] == "text" and v["state"] in ("held", "booked"))
        return next(mine, None)

    async def _offer(
        self,
        message: Message,
        name: str,
        office: Facts,
        service: str,
        around: datetime,
        why: str,
        refused: datetime | None = None,
    ) -> str:
        """The nearest free times, numbered; the reply completes the booking."""
        free = await self._remote.free(office, *service.split(BOTH))
        near = sorted((at for at in free if at != refused), key=lambda at: abs(at - around))
        free = sorted(near[:MOST_TIMES])
        if not free:
            return self._say(answers.NONE_FREE, why=why)
        options = [Option(office["office_id"], service, at.isoformat()) for at in free]
        await self._ask(message.phone, name, options)
        zone = ZoneInfo(office["time_zone"])
        shown = answers.numbered([answers.short_moment(at, zone) for at in free])
        named = cut(answers.named(self._language, office, service.split(BOTH)), LONGEST_SERVICE)
        return self._say(answers.FREE, why=why, service=named, options=shown)

    async def _ask(self, phone: str, name: str, options: Sequence[Option]) -> None:
        question = {"name": name, "options": [list(option) for option in options]}
        office_id = options[0].office_id
        await commands.ask_text(self._pool, office_id, self._clock.at(), phone, question, MINUTES)

    # An earlier time that was offered

    async def _reply(self, message: Message, accept: bool) -> str:
        """The carrier's signature says that the answer came from the phone: it is proven by it."""
        offered = await reads.open_offer(self._pool, message.phone, self._clock.now())
        if text := await self._moved.reply(message.phone, _key(message), accept, offered):
            return text
        if offered is None:
            raise _Not(self._say(answers.NO_OFFER))
        office = _office(await self._remote.offices(), offered["office_id"])
        try:
            answer = await commands.answer_offer(
                self._pool,
                offered["office_id"],
                self._clock.at(),
                "text",
                _key(message),
                UUID(offered["waiting_id"]),
                accept,
                proven=True,
            )
        except Refused as refused:
            if refused.code != "no_offer":
                raise
            raise _Not(self._say(answers.NO_OFFER)) from None
        if answer["decision"] == "accepted":
            visit = answer["visit"]
            return answers.booked(self._language, office, _all(visit), visit)
        if answer["decision"] == "declined":
            moment = datetime.fromisoformat(offered["offer"]["starts_at"])
            said = answers.short_moment(moment, ZoneInfo(office["time_zone"]))
            return self._say(answers.DECLINED, moment=said)
        return self._say("%(text)s", text=wording.say_offer(self._language, answer).text)

    # What is booked already

    async def _cancel(self, message: Message, code: str) -> str:
        if not code:
            text = await self._moved.cancel(message.phone, _key(message))
            return text or await self._mine(message.phone, answers.CODE_FIRST)
        office, visit = await self._by_code(message.phone, code)
        if visit["phone"] != message.phone:
            raise _Not(self._say(answers.NO_SUCH_CODE))
        try:
            await self._remote.cancel(office, visit, _key(message))
        except Refused as refused:
            words = wording.say_refusal(self._language, refused.code, refused.facts)
            raise _Not(self._say("%(text)s", text=words.text)) from None
        return answers.cancelled(self._language, office, visit)

    async def _mine(self, phone: str, none: str) -> str:
        """What this phone holds, with the codes: the answer goes to that phone alone."""
        offices = {office["office_id"]: office for office in await self._remote.offices()}
        found = await reads.bookings_of(self._pool, self._clock.now(), list(offices), phone)
        held = [
            (offices[visit["office_id"]], visit)
            for visit in found
            if visit["state"] in ("held", "booked")
        ]
        return answers.mine(self._language, held[:MOST_MINE]) if held else self._say(none)

    async def _where(self, phone: str, code: str) -> str:
        office, visit = await self._by_code(phone, code)
        state = wording.say_state(self._language, visit["state"])
        state = state[:1].upper() + state[1:]
        return answers.stands(self._language, office, visit, state)

    async def _by_code(self, phone: str, code: str) -> tuple[Facts, Facts]:
        found = await self._remote.by_code(phone, code)
        if found is None:
            raise _Not(self._say(answers.NO_SUCH_CODE))
        return found

    def _say(self, message: str, **facts: object) -> str:
        return answers.say(self._language, message, **facts)


def _key(message: Message) -> str:
    return f"{message.carrier} {message.message_id}"


def _office(catalogue: Sequence[Facts], office_id: int) -> Facts:
    return next(office for office in catalogue if office["office_id"] == office_id)


def _all(visit: Facts) -> list[str]:
    return [one["service"] for one in visit["services"]]


def _moment(day: date | None, hour: time | None, office: Facts) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day, hour or time(9), ZoneInfo(office["time_zone"]))
