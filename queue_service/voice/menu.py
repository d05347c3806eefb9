"""One step of a call: which key was pressed where, and the TwiML that goes on from there.

Nothing is kept between two steps: the address of the next one says all, and its signature vouches
for it. Silence and keys that mean nothing hear the step again, then an operator.
"""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# (twilio's builder of answers names no types)

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from twilio.twiml.voice_response import Gather, VoiceResponse

from queue_service import phones, wording
from queue_service.db import Clock, Pool, Refused
from queue_service.group_commit import Groups
from queue_service.i18n import speak_code, speak_moment, speakable, translator
from queue_service.remote import Facts, Remote
from queue_service.tickets import group_code
from queue_service.voice import sayings

CALL = UUID("0c6a2f4e-4f0b-5f57-a1a5-6d9a3f1f9b22")  # where ids of bookings by voice come from
SPOKEN = {"vi": "vi-VN", "en": "en-US"}
TRIES = 3
PAGE = 6  # things to choose from in one breath: keys 1 to 6
OPERATOR, MORE, DAY, BACK = "0", "9", "8", "*"
BEFORE = {"confirm": "time", "time": "service", "service": "office"}  # else the beginning
TIMES = 3  # at once


class Call(NamedTuple):
    """`query`: the address of this step; `digits`: what was pressed there, nothing at first."""

    call_id: str
    phone: str
    digits: str
    query: Mapping[str, str]

    @property
    def language(self) -> str:
        return "en" if self.query.get("lang") == "en" else "vi"

    def number(self, name: str) -> int:
        value = self.query.get(name, "")
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else 0


Step = Callable[[Call], Awaitable[VoiceResponse]]


class Menu:
    def __init__(
        self, pool: Pool, clock: Clock, groups: Groups, path: str, operator: str = ""
    ) -> None:
        self._remote = Remote(pool, clock, groups, "voice")
        self._path, self._operator = path, operator
        self._steps: dict[str, Step] = {
            "main": self._main,
            "office": self._office,
            "service": self._service,
            "time": self._time,
            "confirm": self._confirm,
            "cancel": self._cancel,
            "where": self._where,
        }

    async def answer(self, call: Call) -> str:
        try:
            call = call._replace(phone=phones.normalise(call.phone))
        except phones.BadPhone:  # who hides the number is helped by a person
            return str(self._to_operator(call))
        if call.digits == OPERATOR or call.number("tries") >= TRIES:
            return str(self._to_operator(call))
        if call.digits == BACK:
            call = await self._before(call)
        step = self._steps.get(call.query.get("step", ""), self._main)
        return str(await step(call))

    async def _before(self, call: Call) -> Call:
        step = BEFORE.get(_said(call, "step"), "main")
        if step == "office" and len(await self._remote.offices()) == 1:
            step = "main"  # where there is no choice nobody can go back to it
        kept = ("office", "service", "heard") if step == "time" else ("office", "service")
        return _at(call, step, **{name: _said(call, name) for name in kept})

    # --- Steps: each reads its key, or says what may be pressed ---------------------------------

    async def _main(self, call: Call) -> VoiceResponse:
        match call.digits:
            case "1":
                return await self._office(_at(call, "office"))
            case "2":
                return self._ask(_at(call, "cancel"), [self._say(call, sayings.CODE)], keys=10)
            case "3":
                return self._ask(_at(call, "where"), [self._say(call, sayings.CODE)], keys=10)
            case "8":
                other = "vi" if call.language == "en" else "en"
                return await self._main(_at(call, "main", lang=other))
            case _:
                following = _at(call, "main", call)
                return self._ask(following, [self._say(call, sayings.MAIN)], other=True)

    async def _office(self, call: Call) -> VoiceResponse:
        offices = await self._remote.offices()
        if len(offices) == 1:
            return await self._service(_at(call, "service", office=offices[0]["office_id"]))
        names = [office[f"name_{call.language}"] for office in offices]
        chosen = _chosen(call, len(offices))
        if chosen is None:
            return self._list(call, sayings.OFFICES, names)
        return await self._service(_at(call, "service", office=offices[chosen]["office_id"]))

    async def _service(self, call: Call) -> VoiceResponse:
        office = await self._office_of(call)
        if office is None:
            return await self._main(_at(call, "main"))
        services = office["services"]
        chosen = _chosen(call, len(services))
        if chosen is None:
            return self._list(
                call, sayings.SERVICES, [one[f"name_{call.language}"] for one in services]
            )
        wanted = services[chosen]["service"]
        return await self._time(_at(call, "time", office=office["office_id"], service=wanted))

    async def _time(self, call: Call, why: str = "") -> VoiceResponse:
        office = await self._office_of(call)
        if office is None or _service_of(office, call) is None:
            return await self._main(_at(call, "main"))
        # The times that were read out are in the address: what is free may have changed since.
        heard = [at for at in call.query.get("heard", "").split(" ") if at]
        if call.digits.isdecimal() and 1 <= int(call.digits) <= len(heard):
            at = heard[int(call.digits) - 1]
            return await self._confirm(
                _at(
                    call,
                    "confirm",
                    at=at,
                    heard=_said(call, "heard"),
                    office=_said(call, "office"),
                    service=_said(call, "service"),
                )
            )
        zone = ZoneInfo(office["time_zone"])
        free = await self._remote.free(office, call.query["service"])
        shown = _from(free, heard, call.digits, zone)[:TIMES] or free[:TIMES]
        if not shown:
            return self._end(call, [self._say(call, sayings.NONE_FREE)])
        times = [
            self._option(call, n, speak_moment(at, call.language, zone)) for n, at in _count(shown)
        ]
        heard_now = " ".join(at.isoformat() for at in shown)
        following = _at(
            call,
            "time",
            call,
            heard=heard_now,
            office=_said(call, "office"),
            service=_said(call, "service"),
        )
        keys = (self._say(call, key) for key in (sayings.MORE, sayings.DAY, sayings.BACK))
        return self._ask(following, [why, self._say(call, sayings.TIMES), *times, *keys])

    async def _confirm(self, call: Call) -> VoiceResponse:
        office = await self._office_of(call)
        service = _service_of(office, call) if office else None
        at = _moment(call.query.get("at", ""))
        if office is None or service is None or at is None:
            return await self._main(_at(call, "main"))
        if call.digits == "1":
            return await self._book(call, office, at)
        if call.digits == "2":
            return await self._time(await self._before(call))
        facts = {
            "service": service[f"name_{call.language}"],
            "when": speak_moment(at, call.language, ZoneInfo(office["time_zone"])),
        }
        following = _at(
            call,
            "confirm",
            call,
            at=call.query["at"],
            heard=_said(call, "heard"),
            office=_said(call, "office"),
            service=_said(call, "service"),
        )
        said = [self._say(call, sayings.CONFIRM, **facts), self._say(call, sayings.BACK)]
        return self._ask(following, said)

    async def _book(self, call: Call, office: Facts, at: datetime) -> VoiceResponse:
        booking_id = uuid5(CALL, call.call_id)  # a call books once, however often a key is sent
        visit = await self._remote.booked(office, booking_id)
        if visit is None:
            try:
                visit = await self._remote.book(
                    office, booking_id, [call.query["service"]], at, "", call.phone, call.language
                )
            except Refused as refused:
                return await self._refused(call, office, refused)
        code = speak_code(group_code(visit["code"]))
        moment = datetime.fromisoformat(visit["starts_at"])
        when = speak_moment(moment, call.language, ZoneInfo(office["time_zone"]))
        said = [self._say(call, sayings.BOOKED, when=when, code=code)]
        if office["confirms"] and not phones.is_landline(call.phone):
            said.append(self._say(call, sayings.BY_TEXT))
        return self._end(call, [*said, self._say(call, sayings.AGAIN, code=code)])

    async def _refused(self, call: Call, office: Facts, refused: Refused) -> VoiceResponse:
        words = wording.say_refusal(call.language, refused.code, refused.facts, office["time_zone"])
        if refused.code in ("slot_full", "too_soon", "in_the_past", "closed_day"):
            return await self._time(
                _at(call, "time", office=_said(call, "office"), service=_said(call, "service")),
                words.title,
            )
        return self._end(call, [words.text])

    async def _cancel(self, call: Call) -> VoiceResponse:
        found = await self._remote.by_code(call.phone, call.digits) if call.digits else None
        if found is None or found[1]["phone"] != call.phone:
            return self._code_again(call, "cancel")
        office, visit = found
        try:
            await self._remote.cancel(office, visit, call.call_id)
        except Refused as refused:
            return self._end(
                call, [wording.say_refusal(call.language, refused.code, refused.facts).text]
            )
        return self._end(call, [self._say(call, sayings.CANCELLED)])

    async def _where(self, call: Call) -> VoiceResponse:
        found = await self._remote.by_code(call.phone, call.digits) if call.digits else None
        if found is None:
            return self._code_again(call, "where")
        office, visit = found
        when = speak_moment(
            datetime.fromisoformat(visit["starts_at"]), call.language, ZoneInfo(office["time_zone"])
        )
        state = wording.say_state(call.language, visit["state"])
        said = [self._say(call, sayings.STANDS, when=when, state=state)]
        if visit.get("number"):
            said.append(self._say(call, sayings.NUMBER, number=speak_code(visit["number"])))
        if visit.get("ahead") is not None:
            said.append(self._say(call, sayings.AHEAD, ahead=visit["ahead"]))
        return self._end(call, said)

    # --- What steps share -----------------------------------------------------------------------

    async def _office_of(self, call: Call) -> Facts | None:
        number = call.number("office")
        return next(
            (one for one in await self._remote.offices() if one["office_id"] == number), None
        )

    def _list(self, call: Call, intro: str, names: Sequence[str]) -> VoiceResponse:
        page = call.number("page") + (call.digits == MORE)
        page = page if page * PAGE < len(names) else 0
        shown = names[page * PAGE : page * PAGE + PAGE]
        said = [self._say(call, intro), *(self._option(call, n, name) for n, name in _count(shown))]
        if len(names) > PAGE:
            said.append(self._say(call, sayings.MORE))
        said.append(self._say(call, sayings.BACK))
        following = _at(call, call.query["step"], call, page=page, office=call.number("office"))
        return self._ask(following, said)

    def _option(self, call: Call, key: int, name: str) -> str:
        return self._say(call, sayings.OPTION, key=key, name=name)

    def _code_again(self, call: Call, step: str) -> VoiceResponse:
        said = [self._say(call, sayings.NO_SUCH_CODE)] if call.digits else []
        said.append(self._say(call, sayings.CODE))
        return self._ask(_at(call, step, call, True), said, keys=10)

    def _ask(
        self, following: Call, said: Sequence[str], keys: int = 1, other: bool = False
    ) -> VoiceResponse:
        """Says it and waits for keys; silence goes the same way, with no key.

        `other`: whoever needs the other language hears so in that one.
        """
        url = f"{self._path}?{urlencode(following.query)}"
        response = VoiceResponse()
        gather = Gather(
            num_digits=keys, action=url, method="POST", timeout=7, action_on_empty_result=True
        )
        for sentence in filter(None, said):
            gather.say(speakable(sentence), language=SPOKEN[following.language])
        if other:
            language = "vi" if following.language == "en" else "en"
            hint = translator(language).gettext(sayings.LANGUAGE)
            gather.say(hint, language=SPOKEN[language])
        response.append(gather)
        return response

    def _end(self, call: Call, said: Sequence[str]) -> VoiceResponse:
        response = VoiceResponse()
        for sentence in said:
            response.say(speakable(sentence), language=SPOKEN[call.language])
        response.hangup()
        return response

    def _to_operator(self, call: Call) -> VoiceResponse:
        if not self._operator:
            return self._end(call, [self._say(call, sayings.NO_OPERATOR)])
        response = VoiceResponse()
        response.say(self._say(call, sayings.OPERATOR), language=SPOKEN[call.language])
        response.dial(self._operator)
        return response

    def _say(self, call: Call, message: str, **facts: object) -> str:
        return translator(call.language).gettext(message) % facts


def _at(
    call: Call, step: str, again: Call | None = None, failed: bool = False, /, **more: str | int
) -> Call:
    """The next step, its key not pressed yet. The same step again counts what was no use."""
    useless = failed or (call.digits not in (MORE, DAY) and "tries" in call.query)
    tries = call.number("tries") + 1 if again is not None and useless else 0
    query = {"step": step, "lang": call.language, "tries": str(tries)}
    return call._replace(
        digits="", query=query | {name: str(value) for name, value in more.items()}
    )


def _from(
    free: Sequence[datetime], heard: Sequence[str], key: str, zone: ZoneInfo
) -> list[datetime]:
    """Those that are read out next: after what was heard, from the next day on, or again."""
    times = [moment for moment in map(_moment, heard) if moment]
    if not times:
        return list(free)
    if key == MORE:
        return [at for at in free if at > times[-1]]
    if key == DAY:
        day = times[0].astimezone(zone).date()
        return [at for at in free if at.astimezone(zone).date() > day]
    return [at for at in free if at >= times[0]]


def _said(call: Call, name: str) -> str:
    return call.query.get(name, "")


def _chosen(call: Call, many: int) -> int | None:
    if not call.digits.isdecimal() or not 1 <= int(call.digits) <= PAGE:
        return None
    place = call.number("page") * PAGE + int(call.digits) - 1
    return place if place < many else None


def _service_of(office: Facts, call: Call) -> Facts | None:
    wanted = call.query.get("service")
    return next((one for one in office["services"] if one["service"] == wanted), None)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _count(things: Sequence[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(things, 1))
