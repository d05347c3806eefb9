"""The command line: one line in the table for each command, loaded only when it is used."""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, cast

from queue_service import settings as settings_module
from queue_service.db import Unavailable
from queue_service.embedded import EmbeddedError
from queue_service.migrate import MigrationError
from queue_service.settings import Settings, SettingsError


class Module(Protocol):
    """What a module with a command offers."""

    arguments: Callable[[argparse.ArgumentParser], None]
    command: Callable[[argparse.Namespace, Settings], int]


class Line(NamedTuple):
    """One command: its name, the module that does it, and what it is for."""

    name: str
    module: str
    vi: str
    en: str


COMMANDS = [
    Line("demo", "demo", "chạy thử với các cơ quan mẫu", "start everything, with model offices"),
    Line("web", "web_processes", "phục vụ các trang và API", "serve the pages and the API"),
    Line("worker", "worker", "làm những việc đến hạn", "do what is due without being asked"),
    Line("box", "box", "phục vụ một nơi giao dịch ngay tại chỗ", "serve one office on the spot"),
    Line("talk", "talk", "trao đổi giữa máy và trung tâm", "what a box and its hub tell (by box)"),
    Line("floor", "floor", "xem và lấy lại việc tại chỗ", "see and take back an office's floor"),
    Line("simulate", "simulate", "cho khách ảo đến và đi", "let made-up visitors come and go"),
    Line("office", "offices", "nhập và xem các nơi giao dịch", "import and look at offices"),
    Line("authority", "authorities", "tỉnh, ngân hàng và các nơi của họ", "who offices belong to"),
    Line("account", "accounts", "tài khoản của cán bộ", "people who sign in"),
    Line("token", "tokens", "cấp mã cho thiết bị, cán bộ", "make a token for a device or person"),
    Line("check", "check", "đếm lại từ sổ và so sánh", "count again from the ledger and compare"),
    Line("retention", "retention", "xóa họ tên, số điện thoại đã quá hạn", "remove old names"),
    Line("replay", "replay", "phát lại tệp của máy lấy số", "replay a queue machine's export"),
    Line("migrate", "migrate", "cập nhật cơ sở dữ liệu", "bring the database up to date"),
    Line("doctor", "doctor", "kiểm tra cài đặt", "say what is wrong with this installation"),
    Line("settings", "__main__", "liệt kê các thiết lập", "list all settings"),
]


def arguments(parser: argparse.ArgumentParser) -> None:
    """`settings` takes no arguments."""


def command(_args: argparse.Namespace, settings: Settings) -> int:
    print(settings_module.describe(settings))
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    given = list(sys.argv[1:] if argv is None else argv)
    chosen = next((line for line in COMMANDS if given and line.name == given[0]), None)
    parser = argparse.ArgumentParser("queue-service", description=settings_module.__doc__)
    parser.description = "Đặt hẹn, lấy số, gọi số. / Appointments, numbers, calls."
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    module: Module | None = None
    for line in COMMANDS:
        said = f"{line.vi} / {line.en}"
        under = choices.add_parser(line.name, help=said, description=said)
        if line is chosen:
            name = f"queue_service.{line.module}"
            loaded = sys.modules[__name__] if line.module == "__main__" else None
            module = cast("Module", loaded or importlib.import_module(name))
            module.arguments(under)
    args = parser.parse_args(given)
    assert module is not None
    try:
        return module.command(args, settings_module.load())
    except SettingsError as error:
        complain("Thiết lập sai / Wrong settings:")
        for problem in error.problems:
            complain(f"  {problem}")
        return 2
    except Unavailable as error:
        complain(f"Không kết nối được cơ sở dữ liệu / The database cannot be reached: {error}")
        complain("Xin thử / Try: queue-service migrate, queue-service doctor")
    except (EmbeddedError, MigrationError) as error:
        complain(str(error))
    except BrokenPipeError:  # whoever read our words has heard enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    return 1


def complain(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
