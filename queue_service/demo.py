"""`queue-service demo`, what `make run` starts: database, model offices, every process."""

import argparse
import asyncio
import contextlib
import hashlib
import http.client
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from queue_service import commands, db, logs, migrate, offices, passwords, reads
from queue_service.processes import Family, PortTaken, listen
from queue_service.settings import Settings

ROLES = ("kiosk", "helper", "clerk", "manager")
ADMIN = "quantri"  # the person of a demonstration; the password is kept beside the tokens
NEXT_PORTS = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--at",
        type=_moment,
        metavar="TIME",
        help="start the clock at this time, as 2020-03-31T07:30:00+07:00, in a database of its own",
    )
    parser.add_argument(
        "--simulate", action="store_true", help="let made-up visitors come, wait and be served"
    )
    parser.add_argument("--port", type=int, help="instead of PORT")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text}: thiếu múi giờ / needs an offset, such as +07:00")
    return moment


def command(args: argparse.Namespace, settings: Settings) -> int:
    logs.set_up(settings.log_format)
    port = settings.port if args.port is None else args.port
    try:
        listener = listen(settings.host, port, NEXT_PORTS)
    except PortTaken as error:
        _say(str(error))
        return 1
    settings = replace(settings, port=listener.getsockname()[1])
    settings = replace(settings, public_url=settings.public_url or _in_the_network(settings))
    if port not in (0, settings.port):
        _say(
            f"Cổng {port} đang được dùng nên lấy cổng {settings.port}. / "
            f"Port {port} is taken: using {settings.port}."
        )
    with (
        _own_data(args.at, settings) as settings,
        db.database(settings) as database,
        Family(listener) as family,
    ):
        tokens = _kept_tokens(settings.data_dir / "demo-tokens.json")
        slugs = asyncio.run(_prepare(database, settings, tokens))
        environment = _environment(settings)
        for number in range(1, settings.web_processes + 1):
            family.add(f"web {number}", "web", **environment)
        family.add("worker", "worker", **environment)
        if args.simulate:
            family.add("simulate", "simulate", **environment)
        if _wait_until_served(family, settings):
            _say(_addresses(settings, tokens, slugs))
        family.watch()
        _say("Đang dừng … / Stopping …")
    return 0


def _in_the_network(settings: Settings) -> str:
    """Where phones in the same network find a service that listens to all; else nothing."""
    if settings.host not in ("", "0.0.0.0"):
        return ""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address of nobody; nothing is sent
        return f"http://{probe.getsockname()[0]}:{settings.port}"
    return ""


@contextlib.contextmanager
def _own_data(at: datetime | None, settings: Settings) -> Generator[Settings, None, None]:
    """With a time of its own, the demonstration gets a database of its own, empty at its start."""
    if at is None:
        yield settings
        return
    shift = round((at - datetime.now(UTC)).total_seconds())
    name = f"at-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    if settings.database_url:
        there = db.Database(
            settings.database_owner_url or settings.database_url, settings.database_url
        )
        mine = there.named(f"queue_{name}_{os.getpid()}")
        try:
            yield replace(
                settings,
                clock_shift=shift,
                database_url=mine.app_url,
                database_owner_url=mine.owner_url,
            )
        finally:
            asyncio.run(db.drop_database(mine.owner_url))
        return
    folder = settings.data_dir / f"{name}-{os.getpid()}"
    try:
        yield replace(settings, clock_shift=shift, data_dir=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(settings: Settings) -> dict[str, str]:
    """What the processes of a demonstration are told beside what they read themselves."""
    told = {
        "DATA_DIR": str(settings.data_dir.absolute()),
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "PORT": str(settings.port),
        "PUBLIC_URL": settings.address,
        "CLOCK_SHIFT": str(settings.clock_shift),
        "WEB_PROCESSES": "1",
        "ACCESS_LOG": os.environ.get("ACCESS_LOG", "off"),
        "COMMAND_LOG": os.environ.get("COMMAND_LOG", "off"),
        "DEMO": "on",
    }
    return {name: value for name, value in told.items() if value}


def _kept_tokens(kept_in: Path) -> dict[str, str]:
    """One token for each kind of device and one password, the same at every start."""
    tokens: dict[str, str] = {}
    with contextlib.suppress(OSError, ValueError):
        tokens = json.loads(kept_in.read_text("utf-8"))
    tokens = {role: tokens.get(role) or secrets.token_urlsafe(24) for role in (*ROLES, ADMIN)}
    kept_in.parent.mkdir(parents=True, exist_ok=True)
    kept_in.touch(mode=0o600)
    kept_in.write_text(json.dumps(tokens), "utf-8")
    return tokens


async def _prepare(
    database: db.Database, settings: Settings, tokens: Mapping[str, str]
) -> list[str]:
    """Migrates, imports the model offices, lets the devices' tokens in; the offices' slugs."""
    await migrate.migrate(database.owner_url)
    async with db.opened(database, settings) as (pool, clock):
        await offices.import_models(pool, clock.at())
        await _let_in_admin(pool, clock, tokens[ADMIN])
        for role in ROLES:
            token = tokens[role]
            sha = hashlib.sha256(token.encode()).digest()
            if await reads.token(pool, sha) is None:
                label = f"demo-{role}"
                await commands.add_token(pool, clock.at(), uuid4(), sha, role, None, label)
        return [office["slug"] for office in await reads.directory(pool)]


async def _let_in_admin(pool: db.Pool, clock: db.Clock, password: str) -> None:
    """Somebody who may do everything, once; who changes the password keeps it."""
    if await reads.account(pool, clock.now(), login=ADMIN) is None:
        account_id, kept = uuid4(), await passwords.make(password)
        name = "Quản trị viên"
        await commands.add_account(pool, clock.at(), "demo", account_id, ADMIN, name, "admin", None)
        await commands.set_password(pool, clock.at(), "demo", account_id, kept)


def _wait_until_served(family: Family, settings: Settings) -> bool:
    """Whether the first page is there; not when somebody stopped us meanwhile."""
    host = "127.0.0.1" if settings.host in ("", "0.0.0.0", "::") else settings.host
    while not family.leaving:
        family.look_after()
        connection = http.client.HTTPConnection(host, settings.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return True
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    return False


PAGES = (
    ("/o/{office}", "đặt lịch hẹn", "book", ""),
    ("/kiosk/{office}", "máy ở cửa", "kiosk at the door", "kiosk"),
    ("/door/{office}", "người hướng dẫn", "helper at the door", "helper"),
    ("/counter/{office}", "quầy", "counter", "clerk"),
    ("/tablet/{office}", "một máy tính bảng", "one tablet", "clerk"),
    ("/board/{office}", "màn hình sảnh", "lobby screen", ""),
    ("/board/{office}?view=door", "màn hình cửa", "door screen", ""),
)


def _addresses(settings: Settings, tokens: Mapping[str, str], slugs: Sequence[str]) -> str:
    """Every page's address, and the tokens beside them: never in an address."""
    lines = ["", f"Mọi trang / All pages:  {settings.address}/", ""]
    for slug in slugs:
        lines.append(slug)
        for path, vi, en, _ in PAGES:
            url = settings.address + path.format(office=slug)
            lines.append(f"  {url:<58} {vi} / {en}")
    lines += ["", f"Đăng nhập / Sign in:  {settings.address}/sign-in"]
    lines += [f"  tên / name: {ADMIN}   mật khẩu / password: {tokens[ADMIN]}"]
    lines += ["Khóa của thiết bị / Keys of devices:"]
    lines += [f"  {role:<8} {tokens[role]}" for role in ROLES]
    lines += ["", "Ctrl-C để dừng / stops everything."]
    return "\n".join(lines)


def _say(text: str) -> None:
    print(text, flush=True)
