"""The OpenAPI 3.1 document, made of the same table and structs that the API runs on."""

import re
from functools import cache
from typing import Any

import msgspec

from queue_service.api import shapes as s
from queue_service.api.operations import KEY_PATTERN, LONGEST_KEY, Operation
from queue_service.api.table import OPERATIONS
from queue_service.rights import ANYBODY

REF = "#/components/schemas/{name}"
ABOUT = (
    "Offices that must not get crowded: time slots with a QR ticket, a door that counts, numbers "
    "called to counters, boards. Times are RFC 3339 with the office's offset. A refusal is a "
    "problem document (RFC 9457) whose `type` ends in the code, its facts beside it; "
    "`Idempotency-Key` makes a repeated POST harmless for 48 hours. Answers to people come in the "
    "language of `lang` or Accept-Language, Vietnamese first."
)
PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "office": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$", "examples": ["da-nang-center"]},
    "token": {"type": "string", "pattern": "^[A-Za-z0-9_-]{24}$"},
    "visit": {"type": "string", "format": "uuid"},
    "help": {"type": "string", "format": "uuid"},
    "counter": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"},
    "screen": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"},
    "area": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"},
}
LANG = {
    "name": "lang",
    "in": "query",
    "required": False,
    "schema": {"enum": ["vi", "en"]},
    "description": "the language of sentences for people",
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_KEY,
        "pattern": KEY_PATTERN,
    },
    "description": "the same key again answers the same; a UUID for bookings and walk-ins",
}
UUID_KEYS = frozenset({"book", "walk_in"})


@cache
def document() -> dict[str, Any]:
    asked = [operation.asks for operation in OPERATIONS]
    answered = [operation.answers for operation in OPERATIONS if operation.answers is not bytes]
    types: list[Any] = list(dict.fromkeys([*asked, *answered, s.Problem]))
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    schema_of = dict(zip(types, schemas, strict=True))
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        described = _operation(operation, schema_of, components)
        paths.setdefault(f"/api/v1{operation.path}", {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Queue service", "version": "1", "description": ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": _for_ecma(components),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "token"},
            },
        },
    }


def _operation(
    operation: Operation[Any], schema_of: dict[Any, Any], components: dict[str, Any]
) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", operation.path)
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": PATH_PARAMETERS[name]}
        for name in names
    ]
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.path.split("/")[1]],
    }
    if operation.method == "GET":
        own = components[operation.asks.__name__]
        parameters += [
            {
                "name": name,
                "in": "query",
                "required": name in own.get("required", ()),
                "schema": schema,
            }
            for name, schema in _for_ecma(own["properties"]).items()
        ]
    else:
        uuid = operation.name in UUID_KEYS
        key_schema = {"type": "string", "format": "uuid"} if uuid else KEY["schema"]
        parameters.append({**KEY, "schema": key_schema})
        if operation.takes_picture:
            picture = {"schema": {"type": "string", "format": "binary"}}
            described["requestBody"] = {
                "required": True,
                "content": {"application/octet-stream": picture},
            }
        elif operation.asks is not s.Nothing:
            described["requestBody"] = {
                "required": operation.body_needed,
                "content": {"application/json": {"schema": schema_of[operation.asks]}},
            }
    described["parameters"] = [*parameters, LANG]
    described["responses"] = _responses(operation, schema_of)
    if operation.roles != ANYBODY:
        described["security"] = [{"bearer": []}, {"cookie": []}]
        described["description"] = "For " + ", ".join(sorted(operation.roles)) + "."
    return described


def _responses(operation: Operation[Any], schema_of: dict[Any, Any]) -> dict[str, Any]:
    if operation.answers is bytes:
        content: dict[str, Any] = {"text/event-stream": {"schema": {"type": "string"}}}
    else:
        content = {"application/json": {"schema": schema_of[operation.answers]}}
    refusals = ", ".join(f"`{code}`" for code in operation.refuses)
    problem = {"application/problem+json": {"schema": schema_of[s.Problem]}}
    return {
        str(operation.status): {"description": "What was asked for.", "content": content},
        "default": {
            "description": f"A problem document{': ' + refusals if refusals else ''}.",
            "content": problem,
        },
    }


def _for_ecma(schema: Any) -> Any:
    r"""Patterns as JSON Schema writes them: Python's end of text is `\Z`, and it is `$` there."""
    if isinstance(schema, dict):
        return {
            name: part.replace("\\Z", "$")
            if name == "pattern" and isinstance(part, str)
            else _for_ecma(part)  # pyright: ignore
            for name, part in schema.items()  # pyright: ignore
        }
    if isinstance(schema, list):
        return [_for_ecma(part) for part in schema]  # pyright: ignore
    return schema
