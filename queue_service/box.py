"""`queue-service box`: this machine stands at one office and looks after its door and counters.

It takes the floor from the hub, serves pages and API on the local network, and tells the hub.
Once it has the floor it starts without the hub, too.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import socket
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from queue_service import commands, db, logs, migrate, pairing, reads
from queue_service.first_page import FirstPage, Shown, unless_stopped
from queue_service.hub_line import HubLine, NoAnswer
from queue_service.processes import Family, PortTaken, listen
from queue_service.settings import Settings
from queue_service.talk import Talk, office_of

CLOCK_MAY_BE_OFF = 30.0  # seconds
AGAIN = 5.0  # seconds until a box that may not begin tries once more
WANTED = "box.again"  # in its data folder: `install-box --again` asks a unit, which has no options


class CannotBegin(Exception):
    """Why the box does not have the floor: in a word of wording.BOX, and its facts."""

    def __init__(self, code: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.shown = Shown(trouble=code, facts=facts or {})


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hub", metavar="URL", help="trung tâm / the hub (BOX_HUB)")
    parser.add_argument("--office", metavar="SLUG", help="nơi giao dịch / the office (BOX_OFFICE)")
    parser.add_argument("--token", help="mã của máy / the box's token (better: BOX_TOKEN_FILE)")
    parser.add_argument("--name", help="tên của máy / what the box is called (BOX_NAME)")
    parser.add_argument(
        "--again",
        action="store_true",
        help="nhận lại sau khi đã bị lấy lại / take the floor again after it was taken back",
    )
    parser.add_argument(
        "--pair",
        action="store_true",
        help="xin mã mới bằng mã hiện trên màn hình rồi dừng / "
        "get a new token by a code that is shown, and stop",
    )
    parser.add_argument(
        "--hand-back",
        action="store_true",
        help="trả việc tại chỗ cho trung tâm rồi dừng / give the floor back to the hub and stop",
    )


def command(args: argparse.Namespace, settings: Settings) -> int:
    logs.set_up(settings.log_format)
    settings = replace(
        settings,
        box_hub=args.hub or settings.box_hub,
        box_office=args.office or settings.box_office,
        box_token=args.token or settings.box_token,
        box_name=args.name or settings.box_name or platform.node() or "box",
    )
    missing = [name for name in ("box_hub", "box_office") if not getattr(settings, name)]
    if missing:
        _complain(f"Thiếu / missing: {', '.join(name.upper() for name in missing)}")
        return 2
    page = FirstPage(settings, _say)
    try:
        if args.pair:
            return _pair(settings, page)
        settings = replace(settings, box_token=settings.box_token or pairing.kept(settings))
        if args.hand_back:
            with db.database(settings) as database:
                asyncio.run(_hand_back(settings, database))
            _say("Đã trả lại cho trung tâm. / The floor is the hub's again.")
            return 0
        with contextlib.closing(listen(settings.host, settings.port)) as listener:
            if not settings.box_token:
                token = asyncio.run(unless_stopped(_let_in(settings, page, listener)))
                if token is None:
                    return 0
                settings = replace(settings, box_token=token)
            with db.database(settings) as database:
                begun = _until_begun(settings, database, args.again, page, listener)
                if asyncio.run(unless_stopped(begun)) is None:
                    return 0
                return _serve(settings, listener)
    except PortTaken as error:
        _complain(str(error))
    except CannotBegin as why:  # only what is not tried again by itself
        _complain(" / ".join(page.words(one, why.shown).title for one in ("vi", "en")))
    return 1


def _pair(settings: Settings, page: FirstPage) -> int:
    """A new key for a box whose old one was withdrawn; it may go on serving meanwhile."""
    if asyncio.run(unless_stopped(pairing.let_in(settings, page))) is None:
        return 1
    _say("Hãy khởi động lại máy. / Restart the box, so that it uses its new key.")
    if settings.box_token:
        _complain("BOX_TOKEN còn được đặt: hãy bỏ đi. / BOX_TOKEN is still set: take it away.")
    return 0


def _serve(settings: Settings, listener: socket.socket) -> int:
    settings = replace(settings, port=listener.getsockname()[1])
    told = {
        "BOX_HUB": settings.box_hub,
        "BOX_OFFICE": settings.box_office,
        "BOX_TOKEN": settings.box_token,
        "DATA_DIR": str(settings.data_dir.absolute()),
        "PORT": str(settings.port),
        "WEB_PROCESSES": "1",
    }
    with Family(listener) as family:
        for number in range(1, settings.web_processes + 1):
            family.add(f"web {number}", "web", **told)
        family.add("worker", "worker", **told)
        family.add("talk", "talk", **told)
        _say(f"{settings.box_office}: {settings.address}/  ({settings.box_hub})")
        family.watch()
        _say("Đang dừng … / Stopping …")
    return 0


async def _let_in(settings: Settings, page: FirstPage, listener: socket.socket) -> str:
    async with page.at(listener):
        token = await pairing.let_in(settings, page)
    _say("Đã được cho vào. / This box is let in.")
    return token


async def _until_begun(
    settings: Settings,
    database: db.Database,
    again: bool,
    page: FirstPage,
    listener: socket.socket,
) -> bool:
    """Has the floor when it returns. Until then whatever is opened here says why it has not."""
    await migrate.migrate(database.owner_url)
    wanted = settings.data_dir / WANTED
    page.show(Shown())
    async with contextlib.AsyncExitStack() as opened:
        while True:
            try:
                await _begin(settings, database, again or wanted.exists())
                wanted.unlink(missing_ok=True)  # asked once: a floor lost later is not taken again
                return True
            except CannotBegin as why:
                if not page.shown.trouble:
                    await opened.enter_async_context(page.at(listener))
                page.show(why.shown)
            await asyncio.sleep(AGAIN)


async def _begin(settings: Settings, database: db.Database, again: bool) -> None:
    """Has the floor when it returns; asks the hub only if it has not."""
    async with db.opened(database, settings) as (pool, clock), HubLine(settings) as line:
        office_id = await office_of(pool, settings.box_office)
        floor = office_id and await reads.floor(pool, office_id, clock.now())
        if office_id and floor and not floor["stopped"]:
            return
        if office_id and floor and not again:
            _complain(
                "Việc tại chỗ đã được lấy lại; máy chỉ hiển thị. Nhận lại: install-box --again\n"
                "The floor was taken back; this box only says so. "
                "To take it again: install-box --again"
            )
            return
        try:
            if office_id and floor:  # what is still untold comes first: it is forgotten afterwards
                await Talk(pool, clock, line, office_id).until_told()
            await _take(settings, pool, clock, line)
        except NoAnswer as why:
            if why.code == "floor_taken":
                await line.idle(why.code)
            raise CannotBegin(why.code, {**why.facts, "why": str(why)}) from None


async def _take(settings: Settings, pool: db.Pool, clock: db.Clock, line: HubLine) -> None:
    there = await line.ask("GET", "floor")
    off = (clock.now() - datetime.fromisoformat(there["at"])).total_seconds()
    if abs(off) > CLOCK_MAY_BE_OFF:
        await line.idle("clock_off")
        raise CannotBegin("clock_fast" if off > 0 else "clock_slow", {"off": off})
    box_id, name = _box_id(settings), settings.box_name
    taken = await line.ask("POST", "floor/take", {"box_id": str(box_id), "name": name[:60]})
    at = clock.at()
    try:
        await commands.begin_box(
            pool, taken["office_id"], at, box_id, name, taken["epoch"], taken["file"]
        )
    except db.Refused as refused:
        raise CannotBegin(refused.code) from None


def _box_id(settings: Settings) -> UUID:
    """Who this box is; a machine whose data is lost is another box."""
    path = settings.data_dir / "box.id"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(str(uuid4()), "ascii")
        os.replace(fresh, path)
    return UUID(path.read_text("ascii").strip())


async def _hand_back(settings: Settings, database: db.Database) -> None:
    async with db.opened(database, settings) as (pool, clock), HubLine(settings) as line:
        office_id = await office_of(pool, settings.box_office)
        if office_id is None:
            raise CannotBegin("no_floor")
        await commands.stop_box(pool, office_id, clock.at())
        try:
            await Talk(pool, clock, line, office_id).until_told()
            floor = await reads.floor(pool, office_id, clock.now())
            assert floor is not None
            asked = {name: floor[name] for name in ("box_id", "epoch", "seq")}
            await line.ask("POST", "floor/hand-back", asked)
        except NoAnswer as why:
            raise CannotBegin(why.code, {**why.facts, "why": str(why)}) from None


def _say(text: str) -> None:
    print(text, flush=True)


def _complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
