"""The HTTP API under /api/v1: `ROUTES` mounts it."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

from queue_service.api.openapi import document
from queue_service.api.operations import Resource, nowhere
from queue_service.api.table import OPERATIONS

__all__ = ["ROUTES"]


async def openapi(request: Request) -> Response:
    return Response(msgspec.json.encode(document()), media_type="application/json")


def _routes() -> list[BaseRoute]:
    paths = dict.fromkeys(operation.path for operation in OPERATIONS)
    resources = [
        Route(path, Resource(operation for operation in OPERATIONS if operation.path == path))
        for path in paths
    ]
    return [*resources, Route("/openapi.json", openapi)]


ROUTES: list[BaseRoute] = [
    Mount("/api/v1", app=Router(_routes(), redirect_slashes=False, default=nowhere))
]
