"""The OpenAPI document: one operation for each route, and nothing in it that is not so."""

from typing import Any

from starlette.routing import Mount, Route

from queue_service import api
from queue_service.api.openapi import document
from queue_service.api.operations import Resource
from queue_service.api.table import OPERATIONS
from queue_service.rights import ANYBODY


def routed() -> set[tuple[str, str]]:
    mount = api.ROUTES[0]
    assert isinstance(mount, Mount)
    found: set[tuple[str, str]] = set()
    for route in mount.routes:
        assert isinstance(route, Route)
        if isinstance(route.endpoint, Resource):
            found |= {(method, mount.path + route.path) for method in route.endpoint.by_method}
    return found


def documented() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
    }


def test_every_route_is_documented_and_every_operation_has_a_route() -> None:
    assert routed() == set(documented())


def test_no_two_operations_share_a_name() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)


def test_every_post_takes_an_idempotency_key() -> None:
    for (method, path), operation in documented().items():
        named = {parameter["name"] for parameter in operation["parameters"]}
        assert ("Idempotency-Key" in named) == (method == "POST"), path


def test_whatever_needs_a_token_says_so() -> None:
    described = {operation["operationId"]: operation for operation in documented().values()}
    for operation in OPERATIONS:
        needs_token = operation.roles != ANYBODY
        assert ("security" in described[operation.name]) == needs_token, operation.name
