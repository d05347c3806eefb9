"""Passwords: what makes a poor one, and their argon2 hashes, made and compared off the loop."""

import unicodedata
from collections.abc import Callable
from functools import cache, partial
from typing import TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

SHORTEST, LONGEST = 10, 200
# The first that anybody tries who knows our rules; a wall of special signs would help less.
POOR = frozenset(
    f"{word}{digits}"
    for word in ("", "admin", "abc", "abcd", "qwerty", "password", "matkhau", "vietnam", "danang")
    for digits in ("123", "1234", "12345", "123456", "1234567", "0123456789", "1234567890")
) | {"qwertyuiop", "administrator", "0987654321", "1234512345", "anhyeuem123", "iloveyou123"}

_hasher = PasswordHasher()


def problem(password: str, login: str) -> str | None:
    """Why this may not be somebody's password: a refusal's code."""
    plain = _plain(password).casefold()
    if len(plain) < SHORTEST:
        return "password_short"
    if len(plain) > LONGEST:
        return "password_long"
    named = login.casefold() in plain and len(plain) < len(login) + 5
    if plain in POOR or len(set(plain)) < 4 or named:
        return "password_poor"
    return None


async def make(password: str) -> str:
    return await _aside(partial(_hasher.hash, _plain(password)))


async def fits(kept: str | None, password: str) -> bool:
    """Whether it is the password behind a hash; as slow where there is no account at all."""
    return await _aside(partial(_fits, kept, _plain(password)[: LONGEST * 2]))


def _fits(kept: str | None, password: str) -> bool:
    nobodys = _nobodys()
    try:
        return _hasher.verify(kept or nobodys, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")


def _plain(password: str) -> str:
    """The same letters, however a keyboard made them."""
    return unicodedata.normalize("NFKC", password)


@cache
def _limiter() -> CapacityLimiter:
    """Each takes 64 MiB for a moment: a crowd that guesses must not take all there is."""
    return CapacityLimiter(2)


async def _aside(work: Callable[[], T]) -> T:
    return await anyio.to_thread.run_sync(work, limiter=_limiter())
