"""The board's script runs on TVs as old as 2019, for days, without taking more memory."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

import display_board
from queue_service import commands, db
from queue_service.events import CHANNEL
from tests.devices import TV, device, walk_in
from tests.offices import Office
from tests.serving import BEGINS, Served

pytestmark = pytest.mark.anyio

SCRIPT = Path(display_board.__file__).parent / "static" / "board.js"

# What browsers learned after 2019, in syntax and in what they offer.
NEWER = {
    "optional chaining": r"\?\.(?!\d)",
    "nullish coalescing": r"\?\?",
    "logical assignment": r"(\|\||&&)=",
    "numeric separator": r"\b\d+_\d",
    "big integers": r"\b\d+n\b",
    "private fields": r"\bthis\.#|^\s*#\w",
    "import and export": r"^\s*(import|export)\b",
    "import()": r"\bimport\s*\(",
    "replaceAll": r"\.replaceAll\s*\(",
    "at()": r"\.at\s*\(",
    "matchAll": r"\.matchAll\s*\(",
    "allSettled or any": r"Promise\.(allSettled|any)\b",
    "globalThis": r"\bglobalThis\b",
    "hasOwn": r"\bhasOwn\s*\(",
    "structuredClone": r"\bstructuredClone\b",
    "replaceChildren": r"\.replaceChildren\s*\(",
    "AbortSignal.timeout": r"AbortSignal\.\w",
    "findLast": r"\.findLast",
    "WeakRef": r"\bWeakRef\b",
    "randomUUID": r"\brandomUUID\b",
}


def code(text: str) -> str:
    """The script without what is in its comments, strings and patterns."""
    strings = r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`"
    comments = r"/\*.*?\*/|//[^\n]*"
    return re.sub(f"{strings}|{comments}", "''", text, flags=re.DOTALL)


@pytest.mark.parametrize("what", NEWER)
def test_the_script_uses_nothing_newer_than_2019(what: str) -> None:
    found = re.search(NEWER[what], code(SCRIPT.read_text("utf-8")), re.MULTILINE)
    assert found is None, found


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("optional chaining", "const a = b?.c;"),
        ("nullish coalescing", "const a = b ?? c;"),
        ("logical assignment", "a ||= b;"),
        ("replaceAll", "a.replaceAll('b', '')"),
        ("at()", "calls.at(-1)"),
    ],
)
def test_what_is_newer_would_be_found(what: str, line: str) -> None:
    assert re.search(NEWER[what], code(f"// a?.b\nconst x = 'a ?? b';\n{line}\n"), re.MULTILINE)


async def used(page: Any) -> tuple[float, int]:
    """Megabytes of the script's heap after a thorough cleaning, and the elements there are."""
    for _ in range(2):
        await page.send("HeapProfiler.collectGarbage")
    metrics = (await page.send("Performance.getMetrics"))["metrics"]
    found = {metric["name"]: metric["value"] for metric in metrics}
    return found["JSHeapUsedSize"] / 1e6, int(found["Nodes"])


@pytest.mark.timeout(300)
async def test_a_morning_of_calls_leaves_a_boards_memory_as_it_was(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    number = office.office_id
    await commands.open_counter(pool, number, BEGINS, "x", None, "1")

    async def calls(count: int) -> None:
        for _ in range(count):
            await walk_in(pool, office, BEGINS)
            visit = await commands.call_next(pool, number, BEGINS, "x", None, "1")
            await db.notify(pool, CHANNEL, f"another:{number}")  # as another process says it
            await tv.wait_for_timeout(100)
            for step in (commands.serve, commands.finish):
                await step(pool, number, BEGINS, "x", None, visit["visit_id"])
            await commands.recount(pool, number, BEGINS, "x", None, "hall", 0)

    async with device(browser, served, "", TV) as tv:
        await tv.goto(f"/board/{office.slug}")
        await tv.mouse.click(900, 500)
        inspector: Any = await tv.context.new_cdp_session(tv)
        await inspector.send("Performance.enable")
        await calls(40)  # the board fills up, and the engine has warmed up
        heap, nodes = await used(inspector)
        await calls(200)
        later, more = await used(inspector)
        last = await tv.locator("#calls li .number").first.inner_text()
    assert int(last[1:]) > 200, last
    assert later < heap + 1.0, (heap, later)
    assert more < nodes + 400, (nodes, more)
