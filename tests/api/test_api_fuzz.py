"""A fuzzer reads the OpenAPI document and finds no fault with the service behind it."""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from queue_service.settings import Settings
from tests.api.conftest import Api
from tests.serving import serve

pytestmark = pytest.mark.anyio

# 422 and 409 are for what the document cannot say: a time that is none, a full hour.
CONFIG = """
seed = 20200331
headers = {{ Authorization = "{authorization}" }}

[parameters]
"path.office" = "{slug}"
"path.area" = "hall"
"path.counter" = "1"

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422"]

# Pictures are read two at a time, whoever sends them.
[[operations]]
include-operation-id = "scan"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422", "429"]

[[operations]]
include-operation-id = "stream_board"
enabled = false
"""


# Whoever is told to wait finds out nothing: here nobody is.
NO_LIMITS = {
    "requests_per_minute": 0,
    "token_requests_per_minute": 0,
    "bookings_per_hour": 0,
    "phone_bookings_per_hour": 0,
    "ticket_changes_per_hour": 0,
    "failed_codes_per_hour": 1_000_000,
}


@pytest.mark.timeout(300)
async def test_the_fuzzer_finds_no_fault(api: Api, settings: Settings, tmp_path: Path) -> None:
    admin = await api.as_("admin")
    config = tmp_path / "schemathesis.toml"
    config.write_text(
        CONFIG.format(authorization=admin.headers["authorization"], slug=api.office.slug)
    )
    async with serve(replace(settings, **NO_LIMITS), api.pool) as served:
        status, said = await fuzz(served.url, config)
    assert status == 0, said[-12_000:]


async def fuzz(url: str, config: Path) -> tuple[int | None, str]:
    fuzzer = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "--config-file",
        str(config),
        "run",
        f"{url}/api/v1/openapi.json",
        "--checks=all",
        "--phases=examples,coverage,fuzzing,stateful",
        "--max-examples=5",
        "--no-shrink",
        "--suppress-health-check=all",
        cwd=config.parent,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.api.fuzz_hooks", "PYTHONPATH": os.getcwd()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await fuzzer.communicate()
    return fuzzer.returncode, said.decode()
