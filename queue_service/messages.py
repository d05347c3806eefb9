"""Keeps the Vietnamese catalogue in step with the sources: `python -m queue_service.messages`."""

import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import (
    parse_mapping_cfg,  # pyright: ignore[reportUnknownVariableType]
)
from babel.messages.pofile import read_po, write_po

from queue_service.i18n import CATALOGUES

Mapping = tuple[list[tuple[str, str]], dict[str, dict[str, Any]]]
ROOT = Path(__file__).parent.parent
PACKAGES = ("queue_service", "kiosk", "display_board")
VIETNAMESE = CATALOGUES / "vi" / "LC_MESSAGES" / "messages.po"


def extract(root: Path = ROOT) -> Catalog:
    """Every message in code and templates, in one order whatever the machine."""
    with (root / "babel.cfg").open(encoding="utf-8") as source:
        mapping: Mapping = parse_mapping_cfg(source)  # pyright: ignore[reportUnknownVariableType]
    methods, options = mapping
    found = Catalog(project="queue-service", fuzzy=False)
    for package in PACKAGES:
        if not (root / package).is_dir():
            continue
        for path, _line, message, comments, context in extract_from_dir(
            root / package,
            method_map=methods,
            options_map=options,
            keywords=DEFAULT_KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        ):
            found.add(
                message,
                locations=[(f"{package}/{path}", 0)],
                auto_comments=comments,
                context=context,
            )
    return found


def read(path: Path = VIETNAMESE) -> Catalog:
    if not path.exists():
        return Catalog(locale="vi", fuzzy=False)
    with path.open("rb") as source:
        return read_po(source, locale="vi")


def update(path: Path = VIETNAMESE, root: Path = ROOT) -> list[str]:
    """Adds what is new, drops what is gone, and answers what still lacks Vietnamese.

    The file has no dates and no line numbers and is sorted, so that two branches meet in it
    only where they changed the same message.
    """
    catalogue = read(path)
    catalogue.update(extract(root), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    written = io.BytesIO()
    write_po(written, catalogue, width=0, sort_output=True, omit_header=True, include_lineno=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    header = 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in HEADER)
    path.write_bytes(header.encode() + b"\n" + written.getvalue())
    return untranslated(catalogue)


HEADER = (
    "Language: vi",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "Plural-Forms: nplurals=1; plural=0;",
)


def untranslated(catalogue: Catalog) -> list[str]:
    messages = [message for message in catalogue if message.id]
    return [
        strings(message.id)[0]
        for message in messages
        if message.fuzzy or not all(strings(message.string)) or not message.string
    ]


def strings(of: str | Iterable[str] | None) -> list[str]:
    """A message of one form or of several, as a list."""
    return [of] if isinstance(of, str) else list(of or ())


if __name__ == "__main__":
    missing = update()
    for text in missing:
        sys.stderr.write(f"no Vietnamese yet: {text}\n")
