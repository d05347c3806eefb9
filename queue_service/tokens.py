"""Tokens of devices and partners: shown once, kept as a hash, looked up at every call."""

import argparse
import asyncio
import hashlib
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import HTTPConnection

from queue_service import commands, db, reads
from queue_service.limits import Limits
from queue_service.rights import DEVICES, ROLES
from queue_service.settings import Settings

LONGEST = 200
PAIRING = timedelta(minutes=10)  # how long the code on a device's screen is good


@dataclass(frozen=True)
class Holder:
    """Who holds a token or a session; `offices` None means every office."""

    role: str
    label: str
    offices: tuple[int, ...] | None
    account_id: UUID | None = None
    authority: str | None = None
    sent: str = field(default="", compare=False, repr=False)

    def may_enter(self, office_id: int) -> bool:
        return self.offices is None or office_id in self.offices


def sha_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


async def make(
    pool: db.Pool,
    at: datetime,
    role: str,
    offices: Sequence[int] | None,
    label: str = "",
    one_device: bool = False,
) -> str:
    """A new token; whoever asks must keep it, because nobody else does."""
    token = secrets.token_urlsafe(32)
    listed = None if offices is None else list(offices)
    await commands.add_token(
        pool, at, uuid4(), sha_of(token), role, listed, label, one_device=one_device
    )
    return token


async def pairing_code(
    pool: db.Pool, at: datetime, sha: bytes, device: bytes | None, office_id: int | None = None
) -> dict[str, Any]:
    """Six digits that no other device shows now, for what will be a key; a box names its office."""
    for _ in range(5):
        code = f"{secrets.randbelow(1_000_000):06}"
        try:
            return await commands.begin_pairing(
                pool, at, sha, device, code, at + PAIRING, office_id
            )
        except db.Refused as refused:
            if refused.code != "code_taken":
                raise
    raise db.Refused("busy", 503, {"retry_after": 5})


def bearer(request: HTTPConnection[Any]) -> str:
    """The token that a program sent."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


class Elsewhere(db.Refused):
    """A key for one device came from another."""


async def look_up(pool: db.Pool, token: str, device: str = "") -> Holder | None:
    """Whose token this is, now: one that was withdrawn is nobody's from that moment on."""
    if not token or len(token) > LONGEST:
        return None
    found = await reads.token(pool, sha_of(token))
    if found is None:
        return None
    if found["device"] is not None and found["device"] != sha_of(device[:LONGEST]).hex():
        raise Elsewhere("token_elsewhere", 403, {})
    offices = found["offices"]
    mine = None if offices is None else tuple(offices)
    return Holder(found["role"], found["label"], mine, sent=token)


def spend(limits: Limits, token: str, holder: Holder) -> int:
    """One more request with this token; 0, or the seconds to wait. The devices never wait."""
    if holder.role in DEVICES:
        return 0
    return limits.take("token_requests_per_minute", sha_of(token).hex())


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--office",
        action="append",
        metavar="SLUG",
        help="lặp lại được; không ghi: mọi nơi (chỉ cho admin) / "
        "may repeat; none: every office (admin only)",
    )
    parser.add_argument("--role", required=True, choices=ROLES)
    parser.add_argument(
        "--shared",
        action="store_true",
        help="dùng được trên nhiều thiết bị / may be used on several devices",
    )
    parser.add_argument("--label", default="", help="tên thiết bị hay người / whose it is")


def command(args: argparse.Namespace, settings: Settings) -> int:
    if not args.office and args.role != "admin":
        complain("Hãy ghi --office SLUG.", "Name the office: --office SLUG.")
        return 2
    with db.database(settings) as database:
        return asyncio.run(_make(args, settings, database))


async def _make(args: argparse.Namespace, settings: Settings, database: db.Database) -> int:
    async with db.opened(database, settings) as (pool, clock):
        numbers = await reads.office_numbers(pool)
        unknown = [slug for slug in args.office or () if slug not in numbers]
        if unknown:
            known = ", ".join(sorted(numbers)) or "–"
            complain(f"Không có {unknown[0]}; có: {known}", f"No {unknown[0]}; there are: {known}")
            return 1
        offices = [numbers[slug] for slug in args.office] if args.office else None
        label, one = args.label or args.role, not args.shared
        print(await make(pool, clock.at(), args.role, offices, label, one_device=one))
    return 0


def complain(vi: str, en: str) -> None:
    """Beside the output, which holds the token alone."""
    print(f"{vi}\n  {en}", file=sys.stderr)
