"""Counters and lines: opening, calling, serving, and who waits."""

from typing import Any

from msgspec import convert

from queue_service import commands, desk, reads, web
from queue_service.api import checks
from queue_service.api.door import on_visit
from queue_service.api.operations import Call
from queue_service.api.shapes import (
    CallBody,
    Counter,
    CounterPage,
    DossierBody,
    KeyBody,
    Nothing,
    ParkBody,
    PauseBody,
    Pressed,
    Questions,
    QueueNow,
    ResumeBody,
    TakeBody,
    TransferBody,
    Visit,
)
from queue_service.db import Refused, seat


async def open_counter(call: Call, asked: Nothing) -> Counter:
    return convert(await at_counter(call, commands.open_counter), Counter)


async def close_counter(call: Call, asked: Nothing) -> Counter:
    return convert(await at_counter(call, commands.close_counter), Counter)


async def pause_counter(call: Call, asked: PauseBody) -> Counter:
    until = checks.moment_or_none("until", asked.until)
    paused = await at_counter(call, commands.pause_counter, reason=asked.reason, until=until)
    return convert(paused, Counter)


async def take_counter(call: Call, asked: TakeBody) -> Counter:
    since = checks.moment_or_none("since", asked.since)
    return convert(await at_counter(call, commands.take_counter, since=since), Counter)


async def call_next(call: Call, asked: Nothing) -> Visit:
    return convert(await at_counter(call, commands.call_next), Visit)


async def call_number(call: Call, asked: CallBody) -> Visit:
    number = asked.number.strip().upper()
    return convert(await at_counter(call, commands.call_number, number=number), Visit)


async def at_counter(call: Call, command: Any, **rest: Any) -> dict[str, Any]:
    counter_id = checks.slug(call.path["counter"], "no_such_counter")
    return await call.run(command, call.key(), counter_id=counter_id, **rest)


async def recall(call: Call, asked: Nothing) -> Visit:
    return await on_visit(call, commands.recall)


async def serve(call: Call, asked: Nothing) -> Visit:
    return await on_visit(call, commands.serve)


async def wrong_person(call: Call, asked: Nothing) -> Visit:
    return await on_visit(call, commands.wrong_person)


async def absent(call: Call, asked: Nothing) -> Visit:
    return await on_visit(call, commands.absent)


async def park(call: Call, asked: ParkBody) -> Visit:
    return await on_visit(call, commands.park, place=asked.place, reason=asked.reason)


async def resume(call: Call, asked: ResumeBody) -> Visit:
    return await on_visit(call, commands.resume, counter_id=asked.counter)


async def transfer(call: Call, asked: TransferBody) -> Visit:
    return await on_visit(call, commands.transfer, queue_id=asked.queue)


async def finish(call: Call, asked: Nothing) -> Visit:
    return await on_visit(call, commands.finish)


async def note_dossier(call: Call, asked: DossierBody) -> Visit:
    return await on_visit(call, commands.note_dossier, code=asked.code)


async def quick_question(call: Call, asked: Nothing) -> Questions:
    return convert(await at_counter(call, commands.quick_question), Questions)


async def press_key(call: Call, asked: KeyBody) -> Pressed:
    """What a keypad sends: it knows no visits, so the counter is asked who is there."""
    counter_id = checks.slug(call.path["counter"], "no_such_counter")
    who = call.caller
    assert who is not None  # the table of rights has no line for others
    form = web.Form(at_once="1") if asked.at_once else web.Form()
    one = desk.Desk(call.request, call.office_id, who, counter_id, form)
    one.key = call.key() or one.key
    seat.set("keys")  # they belong to the counter, whoever has it
    return convert(await one.press(asked.key), Pressed)


# Who waits


async def get_queue(call: Call, asked: Nothing) -> QueueNow:
    return convert(await reads.queue(call.pool, call.office_id, call.now), QueueNow)


async def get_counter(call: Call, asked: Nothing) -> CounterPage:
    counter_id = checks.slug(call.path["counter"], "no_such_counter")
    found = await reads.counter(call.pool, call.office_id, call.now, counter_id)
    if found is None:
        raise Refused("no_such_counter", 404, {})
    return convert(found, CounterPage)


async def get_visit(call: Call, asked: Nothing) -> Visit:
    visit_id = checks.visit_id(call.path["visit"])
    found = await reads.visit(call.pool, call.office_id, call.now, visit_id)
    if found is None:
        raise Refused("no_such_visit", 404, {})
    return convert(found, Visit)
