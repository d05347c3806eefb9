"""The application: every route and what stands before them all; it alone knows all others."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

import display_board.routes
import kiosk.routes
from queue_service import (
    api,
    assets,
    authority,
    carriers,
    citizen,
    clerk,
    devices,
    health,
    helper,
    hotline,
    inbox,
    logs,
    manager,
    organisation,
    outbox,
    second_factor,
    staff,
    tablet,
    triage,
    web,
)
from queue_service.journal import Journal
from queue_service.lifespan import service
from queue_service.settings import Settings
from queue_service.straight import Straight


def create_app(settings: Settings) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[dict[str, Any], None]:
        async with service(settings) as state:
            app.state.hub, app.state.clock = state["hub"], state["clock"]
            app.state.leaving = False
            yield state

    middleware = web.middleware(settings)
    if settings.access_log == "on":
        middleware = [Middleware(logs.AccessLog, Journal()), *middleware]
    return App(
        routes=routes(),
        lifespan=lifespan,
        middleware=middleware,
        exception_handlers=web.HANDLERS,
    )


class App(Starlette):
    """The application, with a short way for bookings beside all others."""

    def build_middleware_stack(self) -> ASGIApp:
        def guarded(app: ASGIApp) -> ASGIApp:
            for made in reversed(self.user_middleware):
                app = made.cls(app, *made.args, **made.kwargs)
            return app

        mount = next(route for route in api.ROUTES if isinstance(route, Mount))
        everything = super().build_middleware_stack()
        return Straight(everything, mount, "/offices/{office}/bookings", guarded)


def routes() -> list[BaseRoute]:
    """A page module's line is added here, and nowhere else."""
    pages = [
        *citizen.ROUTES,
        *staff.ROUTES,
        *second_factor.ROUTES,
        *organisation.ROUTES,
        *clerk.ROUTES,
        *helper.ROUTES,
    ]
    pages += [*tablet.ROUTES, *inbox.ROUTES, *hotline.ROUTES, *triage.ROUTES, *outbox.ROUTES]
    pages += [*manager.ROUTES, *authority.ROUTES]
    machines = [*health.ROUTES, *api.ROUTES, *carriers.ROUTES]
    return [*machines, *assets.ROUTES, *pages, *_devices()]


def _devices() -> list[BaseRoute]:
    """The pages of the kiosk and the boards know nothing of the service: it is lent to them."""
    kiosks = kiosk.routes.Service(
        devices.of_device, devices.translate, devices.page, devices.read_aloud
    )
    boards = display_board.routes.Service(
        devices.of_board, devices.translate, devices.page, devices.speech
    )
    return [*kiosk.routes.routes(kiosks), *display_board.routes.routes(boards)]
