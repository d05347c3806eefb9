"""Slips on paper: printed once for each request, one after another on each printer."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from msgspec import convert

from queue_service import commands, printing, web, wording
from queue_service.api import checks
from queue_service.api.operations import Answer, Call
from queue_service.api.shapes import PrintBody, Printed
from queue_service.db import Refused

WAIT_SECONDS = 2.0  # for the slip of somebody else on the same printer
TOLD_SECONDS = 8.0  # for the word on the same slip, asked for twice
GLANCE = 0.2
LONGEST = printing.SECONDS + 1.0  # a name that cannot be looked up may take longer than any printer
# Printers are waited for in threads of their own: no dead one holds up anything else.
threads = ThreadPoolExecutor(16, "printer")
log = logging.getLogger("queue_service.printing")


async def print_slip(call: Call, asked: PrintBody) -> Printed:
    key = print_key(call, asked.print_id)
    visit_id = checks.visit_id(call.path["visit"])
    begun = await begin(call, key, visit_id, asked.printer)
    if not begun["begun"]:
        return told(call, await heard(call, key, visit_id, begun), begun["printer"])
    outcome = await on_paper(call, begun)
    ended = await call.run(commands.end_print, key, problem=outcome.problem, paper=outcome.paper)
    return told(call, ended, begun["printer"])


def print_key(call: Call, print_id: UUID | None) -> str:
    """A UUID of its own for each request; of a key that is none, the one that follows from it."""
    key = call.key(print_id)
    if key is None:
        return str(uuid4())
    return str(web.as_uuid(key) or uuid5(NAMESPACE_OID, f"{call.actor} {key}"))


async def begin(call: Call, key: str, visit_id: UUID, printer: str | None) -> Answer:
    """Whoever comes while another slip is printed waits for it, but not for long."""
    ends = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return await call.run(
                commands.begin_print,
                key,
                visit_id=visit_id,
                printer_id=printer,
            )
        except Refused as refused:
            if refused.code != "printer_busy" or time.monotonic() > ends:
                raise
        await asyncio.sleep(GLANCE)


async def heard(call: Call, key: str, visit_id: UUID, state: Answer) -> Answer:
    """The same slip asked for again: what became of it, and never a second one."""
    ends = time.monotonic() + TOLD_SECONDS
    while not state["ended"] and time.monotonic() < ends:
        await asyncio.sleep(GLANCE)
        state = await begin(call, key, visit_id, None)
    return state if state["ended"] else {**state, "problem": "no_word"}


async def on_paper(call: Call, begun: Answer) -> printing.Outcome:
    settings = call.state.settings
    slug, printer = begun["office"]["slug"], begun["printer"]
    file = settings.data_dir / "printers" / f"{slug}-{printer}.escpos"

    def work() -> printing.Outcome:
        return printing.deliver(begun["address"], printing.draw(begun, settings.address), file)

    try:
        work_ended = asyncio.get_running_loop().run_in_executor(threads, work)
        outcome = await asyncio.wait_for(work_ended, LONGEST)
    except TimeoutError:
        outcome = printing.Outcome("unreachable")
    except Exception:
        log.exception("slip not made for printer %s", printer)
        outcome = printing.Outcome("error")
    if outcome.problem:
        log.warning("printer %s of %s: %s", printer, slug, outcome.problem)
    return outcome


def told(call: Call, answer: Answer, printer: str) -> Printed:
    facts: dict[str, Any] = {
        "printed": not answer["problem"],
        "problem": answer["problem"],
        "printer": printer,
        "message": wording.say_printed(call.language, not answer["problem"]),
        "visit": answer["visit"],
    }
    return convert(facts, Printed)
