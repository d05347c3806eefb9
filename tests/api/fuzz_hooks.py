"""What the fuzzer has to know: JSON Schema takes 1.0 for an integer, and the service does not."""

from typing import Any

import schemathesis


def holds_whole_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(holds_whole_float(part) for part in value.values())  # pyright: ignore
    if isinstance(value, list):
        return any(holds_whole_float(part) for part in value)  # pyright: ignore
    return isinstance(value, float) and value.is_integer()


@schemathesis.hook  # pyright: ignore[reportUnknownMemberType]
def filter_body(context: Any, body: Any) -> bool:
    return not holds_whole_float(body)
