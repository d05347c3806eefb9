"""Sealed with the installation's own secret: what only the service reads, at rest or in a cookie.

Each purpose has a key of its own, and what is sealed about one person fits no other.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
LONGEST = 4000


def seal(secret: str, purpose: str, data: bytes, about: str = "") -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + _cipher(secret, purpose).encrypt(nonce, data, about.encode())


def unseal(secret: str, purpose: str, sealed: bytes, about: str = "") -> bytes | None:
    """What was sealed; None where it was changed, is another's, or the secret is a new one."""
    try:
        nonce, kept = sealed[:NONCE], sealed[NONCE:]
        return _cipher(secret, purpose).decrypt(nonce, kept, about.encode())
    except (InvalidTag, ValueError):
        return None


def note(
    secret: str, purpose: str, facts: dict[str, Any], at: datetime, good_for: timedelta
) -> str:
    """Facts for a cookie or a form, which end by themselves."""
    whole = msgspec.json.encode({**facts, "until": (at + good_for).timestamp()})
    return urlsafe_b64encode(seal(secret, purpose, whole)).decode()


def read_note(secret: str, purpose: str, text: str, at: datetime) -> dict[str, Any] | None:
    if not text or len(text) > LONGEST:
        return None
    try:
        whole = unseal(secret, purpose, urlsafe_b64decode(text.encode()))
    except ValueError:
        return None
    facts = None if whole is None else msgspec.json.decode(whole, type=dict[str, Any])
    return facts if facts and facts["until"] > at.timestamp() else None


@lru_cache(maxsize=16)
def _cipher(secret: str, purpose: str) -> AESGCM:
    info = b"queue-service " + purpose.encode()
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode()))
