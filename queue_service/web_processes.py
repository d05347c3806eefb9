"""`queue-service web`: one process, or as many as the settings ask for on one shared socket."""

import argparse
import sys

from queue_service import logs
from queue_service.processes import PATIENCE, Family, PortTaken, bind, inherited_listener, listen
from queue_service.server import serve
from queue_service.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """`web` takes no arguments; HOST, PORT and WEB_PROCESSES are settings."""


def command(_args: argparse.Namespace, settings: Settings) -> int:
    logs.set_up(settings.log_format)
    listener = inherited_listener()
    try:
        if settings.web_processes == 1:
            serve(settings, listener or bind(settings.host, settings.port))
            return 0
        listener = listener or listen(settings.host, settings.port)
    except PortTaken as error:
        print(error, file=sys.stderr)
        return 1
    with Family(listener, PATIENCE + settings.drain_seconds) as family:
        for number in range(1, settings.web_processes + 1):
            family.add(f"web {number}", "web", WEB_PROCESSES="1")
        family.watch()
    return 0
