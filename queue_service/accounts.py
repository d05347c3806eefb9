"""`queue-service account`: people who sign in; the first administrator is made here.

Nobody is given a password: they are given a link that works once, and choose one.
"""

import argparse
import asyncio
import secrets
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from queue_service import commands, db, openid, reads, tokens
from queue_service.rights import PEOPLE
from queue_service.settings import Settings

LINK_HOURS = 48
ACTOR = "command line"


async def make_link(pool: db.Pool, at: datetime, actor: str, account_id: UUID, address: str) -> str:
    """The address by which somebody chooses a password, once; it is kept as a hash."""
    secret = secrets.token_urlsafe(24)
    until = at + timedelta(hours=LINK_HOURS)
    await commands.link_account(pool, at, actor, account_id, tokens.sha_of(secret), until)
    return f"{address}/new-password/{secret}"


def arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    add = acts.add_parser("add", help="thêm tài khoản / a new account; prints its link")
    add.add_argument("login")
    add.add_argument("--name", default="", help="họ tên / as colleagues know them")
    add.add_argument("--role", required=True, choices=sorted(PEOPLE))
    add.add_argument(
        "--office",
        action="append",
        metavar="SLUG",
        help="lặp lại được; không ghi: mọi nơi (chỉ cho admin, auditor) / "
        "may repeat; none: every office (admin and auditor only)",
    )
    add.add_argument(
        "--authority",
        metavar="ID",
        help="tỉnh, thành phố, ngân hàng của vai trò authority / "
        "the province or bank, for the role authority",
    )
    acts.add_parser("list", help="xem các tài khoản / all accounts")
    link = acts.add_parser(
        "link", help="nối với tài khoản của tổ chức / the organisation's account that is theirs"
    )
    link.add_argument("login")
    link.add_argument(
        "--subject",
        required=True,
        help="tên nơi đó gọi người này (sub); để trống: bỏ nối / "
        'what it calls them there (sub); "": none any more',
    )
    for word, about in (
        ("password", "liên kết đặt lại mật khẩu / a new link to choose a password"),
        ("no-factor", "bỏ lớp xác thực thứ hai đã mất / forget a second factor that was lost"),
        ("disable", "ngừng, thoát ngay mọi nơi / withdraw; ends every session at once"),
        ("enable", "dùng lại / let in again"),
    ):
        acts.add_parser(word, help=about).add_argument("login")


def command(args: argparse.Namespace, settings: Settings) -> int:
    if args.act == "link" and not settings.openid_issuer:
        tokens.complain("Hãy đặt OPENID_ISSUER trước.", "Set OPENID_ISSUER first.")
        return 2
    if args.act == "add" and (args.role == "authority") != bool(args.authority):
        tokens.complain(
            "--authority ID đi cùng --role authority.", "--authority ID goes with --role authority."
        )
        return 2
    everywhere = ("admin", "auditor", "authority")
    if args.act == "add" and not args.office and args.role not in everywhere:
        tokens.complain("Hãy ghi --office SLUG.", "Name the office: --office SLUG.")
        return 2
    with db.database(settings) as database:
        return asyncio.run(_run(args, settings, database))


async def _run(args: argparse.Namespace, settings: Settings, database: db.Database) -> int:
    async with db.opened(database, settings) as (pool, clock):
        numbers = await reads.office_numbers(pool)
        try:
            return await _act(args, settings, pool, clock.at(), numbers)
        except db.Refused as refused:
            print(f"{args.login}: {REFUSED.get(refused.code, refused.code)}", file=sys.stderr)
            return 1


REFUSED = {
    "login_taken": "đã có tài khoản này / there is such an account",
    "bad_login": "tên chỉ gồm a-z, 0-9 và . _ @ - / only a-z, 0-9 and . _ @ -",
    "last_admin": "đây là quản trị viên cuối cùng / this is the last administrator",
    "subject_taken": "đã nối với tài khoản khác / linked to another account",
    "factor_off": "tài khoản này không có lớp xác thực thứ hai / this account has no second factor",
    "no_such_authority": "không có cơ quan chủ quản này / there is no such authority",
    "no_such_account": "không có tài khoản này / there is no such account",
}


async def _act(
    args: argparse.Namespace,
    settings: Settings,
    pool: db.Pool,
    at: datetime,
    numbers: Mapping[str, int],
) -> int:
    if args.act == "list":
        for row in await reads.accounts(pool):
            print(_line(row, {number: slug for slug, number in numbers.items()}))
        return 0
    if args.act == "add":
        unknown = [slug for slug in args.office or () if slug not in numbers]
        if unknown:
            known = ", ".join(sorted(numbers)) or "–"
            tokens.complain(
                f"Không có {unknown[0]}; có: {known}", f"No {unknown[0]}; there are: {known}"
            )
            return 1
        offices: Sequence[int] | None = [numbers[slug] for slug in args.office or ()] or None
        account_id, login = uuid4(), args.login.strip().lower()
        name = args.name or login
        if args.authority:  # whichever offices are its own
            offices = []
        await commands.add_account(
            pool, at, ACTOR, account_id, login, name, args.role, offices, args.authority
        )
        print(await make_link(pool, at, ACTOR, account_id, settings.address))
        return 0
    found = await reads.account(pool, at, login=args.login.strip().lower())
    if found is None:
        raise db.Refused("no_such_account", 404, {})
    account_id = UUID(found["account_id"])
    if args.act == "password":
        print(await make_link(pool, at, ACTOR, account_id, settings.address))
    elif args.act == "link":
        subject = openid.subject_of(settings.openid_issuer, args.subject) if args.subject else ""
        await commands.set_account(pool, at, ACTOR, account_id, subject=subject)
    elif args.act == "no-factor":
        await commands.reset_factor(pool, at, ACTOR, account_id)
    else:
        await commands.set_account(pool, at, ACTOR, account_id, disabled=args.act == "disable")
    return 0


def _line(row: Mapping[str, Any], slugs: Mapping[int, str]) -> str:
    where = (
        "*" if row["offices"] is None else ",".join(slugs.get(one, "?") for one in row["offices"])
    )
    where = row["authority"] or where
    state = "ngừng / disabled" if row["disabled"] else ""
    if not row["has_password"] and not state:
        state = "chưa có mật khẩu / no password yet"
    return f"{row['login']:<24} {row['role']:<9} {where}  {state}".rstrip()
