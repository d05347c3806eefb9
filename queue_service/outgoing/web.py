"""Carriers reached over HTTP: when an answer, or none, means that a message may have arrived."""

import contextlib
from collections.abc import AsyncGenerator

import httpx2

from queue_service.outgoing.carrier import Passing, Unknown

LONGEST_PAUSE = 3600.0


@contextlib.asynccontextmanager
async def posting() -> AsyncGenerator[None, None]:
    """A connection that was never made carried nothing; one that broke may have."""
    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
        raise Passing(type(error).__name__) from None
    except httpx2.HTTPError as error:
        raise Unknown(type(error).__name__) from None


def judged(answer: httpx2.Response) -> None:
    """Raises for what says nothing about the message itself: too many, or a fault over there."""
    if answer.status_code == 429:
        raise Passing("429", pause(answer))
    if answer.status_code >= 500:
        raise Unknown(str(answer.status_code), pause(answer))


def pause(answer: httpx2.Response) -> float:
    given = answer.headers.get("retry-after", "")
    return min(float(given), LONGEST_PAUSE) if given.isascii() and given.isdecimal() else 0.0
