"""The board's script runs on TVs as old as 2019, for days, without taking more memory."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import tinycss2  # pyright: ignore[reportMissingTypeStubs]
import tree_sitter_javascript
from playwright.async_api import Browser, expect
from tree_sitter import Language, Node, Parser

import display_board
import queue_service
from queue_service import commands, db
from queue_service.events import CHANNEL
from tests.devices import TV, device, walk_in
from tests.offices import Office
from tests.serving import BEGINS, Served

pytestmark = pytest.mark.anyio

SCRIPT = Parser(Language(tree_sitter_javascript.language()))
BOARD = Path(display_board.__file__).parent / "static"
SERVICE = Path(queue_service.__file__).parent / "static"
SCRIPTS = [BOARD / "board.js", SERVICE / "heartbeat.js"]
STYLES = [BOARD / "board.css", SERVICE / "fonts.css"]

# What browsers learned to read after the TVs of 2019 were made, by its name in the syntax tree.
NEWER_SYNTAX = {
    *("ERROR", "optional_chain", "??", "??=", "||=", "&&=", "import", "export", "meta_property"),
    *("field_definition", "private_property_identifier", "class_static_block"),
}
NEWER_INSIDE = {
    *(("spread_element", "object"), ("rest_pattern", "object_pattern")),
    *(("await", "for_in_statement"), ("await", "program")),
}
# What they learned to offer.
NEWER_NAMES = {
    *("globalThis", "structuredClone", "WeakRef", "FinalizationRegistry", "AggregateError"),
    *("queueMicrotask", "reportError", "scheduler"),
}
NEWER_CALLS = {
    *("replaceAll", "at", "matchAll", "allSettled", "any", "hasOwn", "replaceChildren"),
    *("findLast", "findLastIndex", "toSorted", "toReversed", "toSpliced", "with", "groupBy"),
    *("randomUUID", "timeout", "throwIfAborted"),
}
# Everything the style sheets use was there in 2019. Before a name is added here, look it up.
PROPERTIES = {
    *("align-items", "animation", "background", "border", "border-color", "border-left"),
    *("border-left-color", "border-radius", "border-top", "bottom", "box-shadow", "box-sizing"),
    *("color", "display", "filter", "flex", "flex-basis", "flex-direction", "flex-wrap", "font"),
    *("font-size", "font-variant-numeric", "font-weight", "height", "justify-content", "left"),
    *("letter-spacing", "line-height", "list-style", "margin", "margin-bottom", "margin-left"),
    *("margin-right", "margin-top", "min-height", "min-width", "opacity", "outline", "overflow"),
    *("padding", "position", "right", "text-align", "text-overflow", "white-space", "width"),
    *("font-family", "font-display", "src", "unicode-range"),
    *("appearance", "-webkit-appearance"),  # the one for new browsers, the other for old ones
}
FUNCTIONS = {"var", "calc", "grayscale", "format", "url"}
AT_RULES = {"media", "keyframes", "font-face"}
PSEUDO = {
    *("focus", "first-child", "root"),
    *("-webkit-progress-bar", "-webkit-progress-value", "-moz-progress-bar"),
}


def newer_in_script(text: str) -> list[str]:
    """What a browser of 2019 would not read or not have, in the syntax tree of the script."""
    return sorted(_newer(SCRIPT.parse(text.encode()).root_node))


def _newer(node: Node) -> Iterator[str]:
    text = (node.text or b"").decode()
    above = node.parent.type if node.parent else ""
    if node.type in NEWER_SYNTAX or (node.type, above) in NEWER_INSIDE:
        yield node.type
    elif node.type == "number" and ("_" in text or text.endswith("n")):
        yield text
    elif node.type == "catch_clause" and node.child_by_field_name("parameter") is None:
        yield "catch without a name"
    elif node.type == "identifier" and text in NEWER_NAMES:
        yield text
    elif node.type == "call_expression":
        called = node.child_by_field_name("function")
        name = called.child_by_field_name("property") if called else None
        if name is not None and name.text and name.text.decode() in NEWER_CALLS:
            yield f"{name.text.decode()}()"
    for part in node.children:
        yield from _newer(part)


def newer_in_style(text: str) -> list[str]:
    rules: Any = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    return sorted(_newer_rules(rules))


def _newer_rules(rules: Any) -> Iterator[str]:
    for rule in rules:
        if rule.type == "error":
            yield rule.message
        elif rule.type == "at-rule" and rule.at_keyword not in AT_RULES:
            yield f"@{rule.at_keyword}"
        elif rule.type == "at-rule" and rule.at_keyword != "font-face":
            inner: Any = tinycss2.parse_rule_list(
                rule.content, skip_comments=True, skip_whitespace=True
            )
            yield from _newer_rules(inner)
        else:
            for before, part in pairwise(rule.prelude):
                if before == ":" and getattr(part, "value", part) not in {*PSEUDO, ":"}:
                    yield f":{getattr(part, 'value', part)}"
            yield from _newer_declarations(rule.content)


def _newer_declarations(content: Any) -> Iterator[str]:
    found: Any = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    for one in found:
        if one.type != "declaration":
            yield f"{one.type}: no plain declaration"
        elif one.name not in PROPERTIES and not one.name.startswith("--"):
            yield one.name
        else:
            yield from _newer_functions(one.value)


def _newer_functions(values: Any) -> Iterator[str]:
    for value in values:
        if value.type == "function":
            if value.lower_name not in FUNCTIONS:
                yield f"{value.lower_name}()"
            yield from _newer_functions(value.arguments)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_boards_script_uses_nothing_newer_than_2019(path: Path) -> None:
    assert newer_in_script(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_boards_style_uses_nothing_newer_than_2019(path: Path) -> None:
    assert newer_in_style(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "const a = b?.c;",
        "const a = b ?? c;",
        "a ||= b;",
        "const a = 1_000;",
        "const a = 10n;",
        "const a = {...b};",
        "const {a, ...b} = c;",
        "try { a(); } catch { b(); }",
        "async function a() { for await (const b of c) { b(); } }",
        "class A { static { a(); } }",
        "const a = ;",
        "class A { #x = 1 }",
        "export const a = 1;",
        "import('x');",
        "a.replaceAll('b', '');",
        "calls.at(-1);",
        "structuredClone(a);",
        "AbortSignal.timeout(5);",
    ],
)
def test_what_is_newer_in_a_script_would_be_found(line: str) -> None:
    assert newer_in_script(line)
    assert newer_in_script(f"// {line}\nconst x = {json.dumps(line)};") == []


@pytest.mark.parametrize(
    "rule",
    [
        "a { gap: 1rem }",
        "a { inset: 0 }",
        "a { aspect-ratio: 1 }",
        "a { width: clamp(1px, 2px, 3px) }",
        "a { width: min(1px, 2px) }",
        "a:has(b) { color: red }",
        "a:is(b) { color: red }",
        "a:focus-visible { color: red }",
        "@layer a { b { color: red } }",
        "@container (width > 1px) { b { color: red } }",
        "@media screen { b { gap: 1px } }",
        "a { color: red; &:focus { color: blue } }",
    ],
)
def test_what_is_newer_in_a_style_would_be_found(rule: str) -> None:
    assert newer_in_style(rule)
    assert newer_in_style(f"/* {rule} */ a {{ color: red }}") == []


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
        # it has seen them all, however far behind a busy machine was
        await expect(tv.locator("#calls li .number").first).to_have_text("A240", timeout=60_000)
        later, more = await used(inspector)
    assert later < heap + 1.0, (heap, later)
    assert more < nodes + 400, (nodes, more)
