"""Slips on paper: printed once for each request, one after another on each printer."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from queue_service import commands, printing, web
from queue_service.db import Refused
from queue_service.settings import Settings
from queue_service.web import AppRequest

Answer = dict[str, Any]
Run = Callable[..., Awaitable[Answer]]  # a command, in the name of whoever asked

WAIT_SECONDS = 2.0  # for each slip of somebody else on the same printer
TOLD_SECONDS = 8.0  # for all of them; and for the word on the same slip, asked for twice
GLANCE = 0.2
LONGEST = printing.SECONDS + 1.0  # a name that cannot be looked up may take longer than any printer
# Printers are waited for in threads of their own: no dead one holds up anything else.
threads = ThreadPoolExecutor(16, "printer")
log = logging.getLogger("queue_service.printing")


async def put_on_paper(
    settings: Settings, run: Run, key: str, visit_id: UUID, printer: str | None
) -> Answer:
    """The visit's slip, with what became of it as `problem`; under the same key never another."""
    begun = await _begin(run, key, visit_id, printer)
    if not begun["begun"]:
        return {**await _heard(run, key, visit_id, begun), "printer": begun["printer"]}
    outcome = await _print(settings, begun)
    ended = await run(commands.end_print, key, problem=outcome.problem, paper=outcome.paper)
    return {**ended, "printer": begun["printer"]}


async def print_again(
    request: AppRequest, office_id: int, actor: str, key: str, visit_id: UUID
) -> Answer:
    """From a page of staff: the same number once more, for whoever has no slip in the hand."""

    async def run(command: Any, key: str, **rest: Any) -> Answer:
        return await web.act(request, command, office_id, actor, key, **rest)

    key = print_key(key, actor)
    return await put_on_paper(request.state.settings, run, key, visit_id, None)


def print_key(key: str | None, actor: str) -> str:
    """A UUID of its own for each request; of a key that is none, the one that follows from it."""
    if key is None:
        return str(uuid4())
    return str(web.as_uuid(key) or uuid5(NAMESPACE_OID, f"{actor} {key}"))


async def _begin(run: Run, key: str, visit_id: UUID, printer: str | None) -> Answer:
    """Whoever comes while another slip is printed waits for it, and for the next one before it."""
    latest = time.monotonic() + TOLD_SECONDS
    ahead, ends = None, latest
    while True:
        try:
            return await run(commands.begin_print, key, visit_id=visit_id, printer_id=printer)
        except Refused as refused:
            if refused.code != "printer_busy":
                raise
            if refused.facts["since"] != ahead:  # the line moves on
                ahead, ends = refused.facts["since"], time.monotonic() + WAIT_SECONDS
            if time.monotonic() > min(ends, latest):
                raise
        await asyncio.sleep(GLANCE)


async def _heard(run: Run, key: str, visit_id: UUID, state: Answer) -> Answer:
    """The same slip asked for again: what became of it, and never a second one."""
    ends = time.monotonic() + TOLD_SECONDS
    while not state["ended"] and time.monotonic() < ends:
        await asyncio.sleep(GLANCE)
        state = await _begin(run, key, visit_id, None)
    return state if state["ended"] else {**state, "problem": "no_word"}


async def _print(settings: Settings, begun: Answer) -> printing.Outcome:
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
