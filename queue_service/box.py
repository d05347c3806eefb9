"""`queue-service box`: this machine stands at one office and looks after its door and counters.

It takes the floor from the hub, serves pages and API on the local network, and tells the hub.
Once it has the floor it starts without the hub, too.
"""

import argparse
import asyncio
import os
import platform
import socket
import sys
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from queue_service import commands, db, logs, migrate, pairing, reads
from queue_service.hub_line import HubLine, NoAnswer
from queue_service.processes import Family, PortTaken, listen
from queue_service.settings import Settings
from queue_service.talk import Talk, office_of

CLOCK_MAY_BE_OFF = 30.0  # seconds


class CannotBegin(Exception):
    """Why the box does not have the floor, in both languages."""


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
    listener: socket.socket | None = None
    try:
        if args.pair:
            return _pair(settings)
        settings = replace(settings, box_token=settings.box_token or pairing.kept(settings))
        if not settings.box_token:
            listener = listen(settings.host, settings.port)
            token = asyncio.run(pairing.let_in(settings, _say, listener))
            if token is None:
                return 0
            settings = replace(settings, box_token=token)
        with db.database(settings) as database:
            if args.hand_back:
                asyncio.run(_hand_back(settings, database))
                _say("Đã trả lại cho trung tâm. / The floor is the hub's again.")
                return 0
            asyncio.run(_begin(settings, database, args.again))
            return _serve(settings, listener or listen(settings.host, settings.port))
    except (CannotBegin, PortTaken) as error:
        _complain(str(error))
        return 1
    except NoAnswer as why:
        _complain(_why(settings, why))
        return 1


def _pair(settings: Settings) -> int:
    """A new key for a box whose old one was withdrawn; it may go on serving meanwhile."""
    asyncio.run(pairing.let_in(settings, _say, None))
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


async def _begin(settings: Settings, database: db.Database, again: bool) -> None:
    """Has the floor when it returns; asks the hub only if it has not."""
    await migrate.migrate(database.owner_url)
    async with db.opened(database, settings) as (pool, clock), HubLine(settings) as line:
        office_id = await office_of(pool, settings.box_office)
        floor = office_id and await reads.floor(pool, office_id, clock.now())
        if office_id and floor and not floor["stopped"]:
            return
        if office_id and floor and not again:
            _complain(
                "Việc tại chỗ đã được lấy lại; máy chỉ hiển thị. Nhận lại: --again\n"
                "The floor was taken back; this box only says so. To take it again: --again"
            )
            return
        try:
            if office_id and floor:  # what is still untold comes first: it is forgotten afterwards
                await Talk(pool, clock, line, office_id).until_told()
            await _take(settings, pool, clock, line)
        except NoAnswer as why:
            raise CannotBegin(_why(settings, why)) from None


async def _take(settings: Settings, pool: db.Pool, clock: db.Clock, line: HubLine) -> None:
    there = await line.ask("GET", "floor")
    off = (clock.now() - datetime.fromisoformat(there["at"])).total_seconds()
    if abs(off) > CLOCK_MAY_BE_OFF:
        raise CannotBegin(
            f"Đồng hồ máy này lệch {off / 60:+.0f} phút so với trung tâm: hãy chỉnh giờ trước.\n"
            f"This machine's clock is {off / 60:+.0f} minutes off the hub's: set it first."
        )
    box_id, name = _box_id(settings), settings.box_name
    taken = await line.ask("POST", "floor/take", {"box_id": str(box_id), "name": name[:60]})
    at = clock.at()
    try:
        await commands.begin_box(
            pool, taken["office_id"], at, box_id, name, taken["epoch"], taken["file"]
        )
    except db.Refused as refused:
        raise CannotBegin(
            "DATA_DIR này đã phục vụ nơi giao dịch khác; hãy chọn thư mục riêng cho máy.\n"
            f"This DATA_DIR serves other offices; give the box one of its own ({refused.code})."
        ) from None


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
            raise CannotBegin("Máy này chưa nhận việc. / This box has no floor.")
        await commands.stop_box(pool, office_id, clock.at())
        try:
            await Talk(pool, clock, line, office_id).until_told()
            floor = await reads.floor(pool, office_id, clock.now())
            assert floor is not None
            asked = {name: floor[name] for name in ("box_id", "epoch", "seq")}
            await line.ask("POST", "floor/hand-back", asked)
        except NoAnswer as why:
            raise CannotBegin(_why(settings, why)) from None


def _why(settings: Settings, why: NoAnswer) -> str:
    if why.trouble == "unauthorized":
        return (
            "Trung tâm không nhận mã của máy này (đã thu hồi, sai, hay cho nơi khác).\n"
            "The hub does not accept this box's token (withdrawn, wrong, or of another office)."
        )
    if why.detail == "no_such_office":
        return (
            f"Trung tâm không có nơi giao dịch {settings.box_office}.\n"
            f"The hub has no office {settings.box_office}."
        )
    if why.detail == "floor_taken":
        box, heard = why.facts.get("box"), why.facts.get("heard_at")
        return (
            f"Máy khác đang phục vụ nơi này: {box}, tin gần nhất {heard}. Người quản lý phải lấy "
            "lại trước.\n"
            f"Another box serves this office: {box}, last heard of at {heard}. "
            "A manager takes the floor back first: queue-service floor --take-back"
        )
    return (
        f"Không hỏi được trung tâm {settings.box_hub} ({why}).\n"
        f"The hub {settings.box_hub} cannot be asked ({why})."
    )


def _say(text: str) -> None:
    print(text, flush=True)


def _complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
