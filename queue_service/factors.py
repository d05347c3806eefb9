"""The second factor: the codes of an authenticator app (RFC 6238), and recovery codes on paper."""

import hmac
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from queue_service import sealing
from queue_service.tickets import plain_digits

PURPOSE = "second factor"
DIGITS, SECONDS = 6, 30
BEFORE_AND_AFTER = 1  # a phone may be so many steps slow or fast
RECOVERY_CODES = 10
# No letter that could be another one or a digit: they are written on paper.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class Proof:
    """What somebody typed, as a command takes it: a code's step, or a recovery code's hash."""

    step: int | None = None
    recovery: bytes | None = None


def new_secret() -> bytes:
    return secrets.token_bytes(20)


def address(secret: bytes, login: str, issuer: str) -> str:
    """What an authenticator app reads from the QR code."""
    return _codes(secret).get_provisioning_uri(login, issuer)


def typed(secret: bytes) -> str:
    """The secret for who cannot scan, in groups of four."""
    letters = b32encode(secret).decode()
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def keep(ours: str, secret: bytes, account_id: str) -> bytes:
    """As it lies in the database: worth nothing without the installation's secret."""
    return sealing.seal(ours, PURPOSE, secret, account_id)


def kept(ours: str, totp: str, account_id: str) -> bytes | None:
    return sealing.unseal(ours, PURPOSE, bytes.fromhex(totp), account_id)


def step_of(secret: bytes, text: str, now: datetime) -> int | None:
    """The half minute whose code this is, if it is about now."""
    code = (plain_digits(text) or "").encode()
    about = int(now.timestamp()) // SECONDS
    found = None
    for step in range(about - BEFORE_AND_AFTER, about + BEFORE_AND_AFTER + 1):
        if hmac.compare_digest(_codes(secret).generate(step * SECONDS), code):
            found = step
    return found


def prove(secret: bytes | None, text: str, now: datetime) -> Proof | None:
    """A code of the app or a recovery code; None where it can be neither."""
    step = step_of(secret, text, now) if secret else None
    if step is not None:
        return Proof(step=step)
    plain = re.sub(r"[^A-Z0-9]", "", text.upper())
    return Proof(recovery=hash_of(plain)) if len(plain) == 16 else None


def new_recovery_codes() -> list[str]:
    """Shown once; each opens once."""
    return [
        "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
        for _ in range(RECOVERY_CODES)
    ]


def hash_of(recovery: str) -> bytes:
    """Eighty random bits: a plain hash is enough."""
    return sha256(re.sub(r"[^A-Z0-9]", "", recovery.upper()).encode()).digest()


def _codes(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), SECONDS)
