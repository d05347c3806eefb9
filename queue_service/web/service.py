"""What the lifespan puts into every request."""

from typing import TYPE_CHECKING

from starlette.datastructures import State
from starlette.requests import Request

from queue_service.db import Clock, Pool
from queue_service.limits import Limits
from queue_service.settings import Settings
from queue_service.speech import Voice

if TYPE_CHECKING:
    from queue_service.events import Hub
    from queue_service.group_commit import Groups


class Service(State):
    pool: Pool
    clock: Clock
    settings: Settings
    hub: "Hub"
    groups: "Groups"
    limits: Limits
    voice: Voice
    offices: dict[str, int]


AppRequest = Request[Service]
