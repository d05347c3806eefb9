"""A TOML file of a given form, or what is wrong with its form and on which line."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec

from queue_service.offices import mistakes
from queue_service.offices.document import Document
from queue_service.offices.lines import Lines
from queue_service.offices.problems import FileError, Problem

Form = TypeVar("Form")

_PLACE = re.compile(r"^(?P<said>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]|(\[\.\.\.\])")
_SAID = (
    (r"Object contains unknown field `(.+)`", "không có mục tên {0}", "nothing is called {0}"),
    (r"Object missing required field `(.+)`", "thiếu {0}", "{0} is missing"),
    (r"Invalid enum value '(.+)'", "không dùng được giá trị {0}", "{0} is not one of the choices"),
)


def text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise FileError(str(path), [Problem(line, "không phải UTF-8", "not UTF-8")]) from None
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise FileError(str(path), [Problem(1, f"không đọc được: {said}", said)]) from None


def parsed(text: str, name: str, form: type[Form]) -> tuple[Form, Document, Lines]:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        vi, en = mistakes.syntax(str(error))
        problem = Problem(line, f"không phải TOML: {vi}", f"not TOML: {en}")
        raise FileError(name, [problem]) from None
    lines = Lines(text)
    try:
        return msgspec.convert(raw, form, builtin_types=(date,)), raw, lines
    except msgspec.ValidationError as error:
        raise FileError(name, [_translated(error, raw, lines)]) from None


def _translated(error: msgspec.ValidationError, raw: Document, lines: Lines) -> Problem:
    found = _PLACE.match(str(error))
    assert found is not None
    said, steps = found["said"], _steps(found["path"] or "")
    place = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps)
    place = f"{place.lstrip('.')}: " if place else ""
    for pattern, vi, en in _SAID:
        if words := re.match(pattern, said):
            unknown = "unknown" in pattern
            line = lines.of([*steps, words[1]] if unknown else steps)
            where = (*steps, words[1])
            return Problem(line, place + vi.format(words[1]), place + en.format(words[1]), where)
    where = tuple(steps)
    vi, en = mistakes.form(said)
    return Problem(lines.of(steps), place + vi, place + en, where)


def _steps(path: str) -> list[str | int]:
    """msgspec's `$.queue[0].letter` as the steps of a path, up to where it no longer says."""
    steps: list[str | int] = []
    for name, index, any_key in _STEP.findall(path):
        if any_key:
            break
        steps.append(int(index) if index else name)
    return steps
