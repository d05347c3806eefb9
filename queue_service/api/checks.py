"""What people get wrong when they write: their name, their phone number, a time, an address."""

import re
import unicodedata
from datetime import UTC, datetime
from uuid import UUID

from queue_service import identities
from queue_service.api.problems import Invalid
from queue_service.db import Refused
from queue_service.phones import BadPhone, normalise
from queue_service.settings import Settings, ticket_secret

LONGEST_NAME = 100
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
# The way most phones send it; anything else is judged by the library, which takes its time.
PLAIN_MOBILE = re.compile(r"(?:\+84|0)((?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9[0-46-9])[0-9]{7})")
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def name(text: str, *, needed: bool = True) -> str:
    """Spaces tidied and letters composed, so that one name is always the same text."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text = text.strip()
    if "  " in text:
        text = " ".join(part for part in text.split(" ") if part)
    if (needed and not text) or len(text) > LONGEST_NAME or not text.isprintable():
        raise Refused("bad_name", 422, {"longest": LONGEST_NAME})
    return text


def phone(text: str) -> str:
    if not text:
        return ""
    if plain := PLAIN_MOBILE.fullmatch(text):
        return f"+84{plain[1]}"
    try:
        return normalise(text)
    except BadPhone as bad:
        if bad.reason == "empty":
            return ""
        raise Refused("bad_phone", 422, {"reason": bad.reason}) from None


def person(settings: Settings, identity: str) -> str:
    """The keyed hash of an identity number; the number itself goes no further than here."""
    number = identities.read(identity)
    if number is None:
        raise Refused("bad_identity", 422, {})
    return identities.keyed(ticket_secret(settings), number)


def party_size(people: int) -> int:
    """Whatever was sent, as a number the command can judge by its office's own limit."""
    if people < 1:
        raise Refused("party_too_small", 422, {})
    return min(people, 1_000_000)


def moment(field: str, value: datetime) -> datetime:
    """In UTC: PostgreSQL knows neither every offset nor every year that RFC 3339 does."""
    try:
        value = value.astimezone(UTC)
    except OverflowError:
        raise Invalid("bad_moment", field=field) from None
    if not EARLIEST <= value < LATEST:
        raise Invalid("bad_moment", field=field)
    return value


def moment_or_none(field: str, value: datetime | None) -> datetime | None:
    return None if value is None else moment(field, value)


def slug(text: str, code: str) -> str:
    if not SLUG.fullmatch(text):
        raise Refused(code, 404, {})
    return text


def visit_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused("no_such_visit", 404, {}) from None
