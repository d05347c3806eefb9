"""Numbers of citizen cards and passports: read as people give them, kept only as a keyed hash."""

import hmac
import re
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from queue_service.tickets import plain_digits

PURPOSE = b"queue-service identity key"
PASSPORT = re.compile(r"[A-Z][0-9]{7,8}")
DIGITS = (12, 9)  # the citizen card; the card before it


def read(text: str) -> str | None:
    """The number alone, or None where it cannot be one. A scanned card begins with its number."""
    first = text.strip().partition("|")[0][:40]
    digits = plain_digits(first)
    if digits is not None:
        return digits if len(digits) in DIGITS else None
    passport = re.sub(r"[\s.-]", "", first).upper()
    return passport if PASSPORT.fullmatch(passport) else None


def keyed(secret: str, number: str) -> str:
    """What is kept of it: without the secret nobody finds the number by trying them all."""
    return hmac.new(_key(secret), number.encode(), sha256).hexdigest()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
