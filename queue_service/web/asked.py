"""What was asked: forms, moments, keys, and the address and office it is about."""

import contextlib
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from uuid import UUID, uuid4

from starlette.datastructures import UploadFile
from starlette.requests import Request

from queue_service import addresses, reads
from queue_service.db import Refused
from queue_service.web.service import AppRequest


class Form(dict[str, str]):
    """The first value of each field, with whole letters and no control characters left in doubt."""


async def read_form(request: Request[Any], most: int = 100) -> Form:
    async with request.form(max_files=0, max_fields=most) as sent:
        fields = Form()
        for name, value in sent.multi_items():
            if isinstance(value, str):
                # A scanner's noise may hold a zero byte, which no text of the database can.
                fields.setdefault(name, unicodedata.normalize("NFC", value.replace("\0", "")))
        return fields


async def read_table(request: Request[Any]) -> tuple[bytes, str] | None:
    """A table that was sent as a file, and the file's name; None where none was chosen."""
    async with request.form(max_files=1, max_fields=10) as sent:
        file = sent.get("file")
        if not isinstance(file, UploadFile) or not file.size:
            return None
        return await file.read(), (file.filename or "")[:80]


JOINERS = "\u200c\u200d"  # between the signs of some scripts, and of one emoji


def clean_line(text: str, longest: int) -> str | None:
    """One line without outer spaces, or None where it is empty, too long or not plain text.

    What nobody sees and a copied name brings along is left out, above all what turns the writing
    of a page round.
    """
    seen = (c for c in text[: longest * 8] if unicodedata.category(c) != "Cf" or c in JOINERS)
    words = unicodedata.normalize("NFC", "".join(seen)).split(" ")
    line = " ".join(word for word in words if word)
    plain = all(unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} for c in line)
    return line if plain and 1 <= len(line) <= longest and len(text) <= longest * 8 else None


def as_uuid(text: str | None) -> UUID | None:
    with contextlib.suppress(ValueError, TypeError):
        return UUID(text)  # pyright: ignore[reportArgumentType] - TypeError is what None raises
    return None


def help_id(form: Form) -> UUID:
    """Which call for help a form of the door or of a counter answers."""
    found = as_uuid(form.get("help"))
    if found is None:
        raise Refused("no_such_call", 404, {})
    return found


def read_moment(text: str) -> datetime | None:
    """A moment with its offset, as addresses and forms carry it; None where it is none."""
    with contextlib.suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        if moment.tzinfo is not None and 2000 < moment.year < 2200:
            return moment.astimezone(UTC)
    return None


def need_moment(text: str) -> datetime:
    """The same; refused where it is none."""
    moment = read_moment(text)
    if moment is None:
        raise Refused("not_a_time", 422, {})
    return moment


def key(request: Request[Any], form: Mapping[str, str] | None = None) -> str:
    """The caller's idempotency key; a form carries its own, made when it was shown."""
    given = request.headers.get("idempotency-key") or (form or {}).get("key") or ""
    return given[:200] if given.isprintable() and given else str(uuid4())


def address(request: AppRequest) -> str:
    """Who is at the other end. Only a proxy the settings trust may speak for others."""
    return addresses.of(request.scope, request.state.settings.forwarded_allow_ips)


def this_machine(request: AppRequest) -> bool:
    """Whether a program of this very machine asks; what a proxy passes on is not this machine."""
    if request.client is None or {"x-forwarded-for", "forwarded"} & set(request.headers):
        return False
    with contextlib.suppress(ValueError):
        return ip_address(request.client.host).is_loopback
    return False


async def office_of(request: AppRequest) -> int:
    """The office the path names by its slug; a new office is found at its first call."""
    slug = request.path_params["office"]
    offices = request.state.offices
    if slug not in offices:
        found = await reads.office_numbers(request.state.pool)
        offices.clear()
        offices.update(found)
    if slug not in offices:
        raise Refused("no_such_office", 404, {})
    return offices[slug]


def asks_part(request: Request[Any]) -> bool:
    """Whether a page's own script asks, which puts the parts that changed in their places."""
    return request.headers.get("x-part") == "1"


def own_path(text: str | None) -> str | None:
    """An address on this site to go on to, never one that leads away."""
    if text and text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable():
        return text
    return None


def fresh_id() -> str:
    return str(UUID(bytes=secrets.token_bytes(16), version=4))
