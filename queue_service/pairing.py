"""A box without a key asks its hub to be let in: a code on its first page and its terminal.

The key is made here and kept here: the hub is told its hash, and takes it once a manager of the
office has typed the code. So no key ever goes over the line that somebody else could keep.
"""

import asyncio
import contextlib
import os
import secrets
from dataclasses import replace
from pathlib import Path

from queue_service import tokens
from queue_service.first_page import FirstPage, Shown
from queue_service.hub_line import Answer, HubLine, NoAnswer
from queue_service.settings import Settings

TOKEN_FILE = "box.token"
AGAIN = 2.0  # seconds between two questions whether somebody has said yes
UNHEARD = 5.0  # until a hub that did not answer is asked again


def kept(settings: Settings) -> str:
    """The key this box was given when it was let in."""
    path = settings.data_dir / TOKEN_FILE
    return path.read_text("ascii").strip() if path.exists() else ""


async def let_in(settings: Settings, page: FirstPage) -> str:
    """The key of this box, once a manager has let it in."""
    # Before the first question: let in while the power fails, it still has its key.
    asked = settings.data_dir / f"{TOKEN_FILE}.asked"
    async with HubLine(replace(settings, box_token="")) as line:
        while True:
            try:
                if await _ask(line, asked, page):
                    os.replace(asked, settings.data_dir / TOKEN_FILE)
                    return kept(settings)
                pause = AGAIN
            except NoAnswer as why:
                page.show(Shown(page.shown.code, why.code, {"why": str(why)}))
                pause = max(UNHEARD, float(why.facts.get("retry_after", 0)))
            await asyncio.sleep(pause)


async def _ask(line: HubLine, asked: Path, page: FirstPage) -> bool:
    sha = tokens.sha_of(_secret(asked)).hex()
    answer: Answer = await line.ask("POST", "pairings", {"key": sha})
    if answer["state"] == "withdrawn":  # what was a key once is none again
        os.unlink(asked)
    elif answer["state"] == "waiting":
        page.show(Shown(answer["code"]))
    return answer["state"] == "let_in"


def _secret(path: Path) -> str:
    """What will be the key; readable by this user alone, from its first moment on."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    return path.read_text("ascii").strip()
