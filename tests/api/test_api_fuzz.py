"""A fuzzer reads the OpenAPI document and finds no fault with the service behind it."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.api.conftest import Api

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
expected-statuses = ["2xx", "401", "403", "404", "409", "422", "429"]

[[operations]]
include-operation-id = "stream_board"
enabled = false
"""


@pytest.mark.timeout(300)
async def test_the_fuzzer_finds_no_fault(api: Api, served: str, tmp_path: Path) -> None:
    admin = await api.as_("admin")
    config = tmp_path / "schemathesis.toml"
    config.write_text(
        CONFIG.format(authorization=admin.headers["authorization"], slug=api.office.slug)
    )
    fuzzer = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "--config-file",
        str(config),
        "run",
        f"{served}/api/v1/openapi.json",
        "--checks=all",
        "--phases=examples,coverage,fuzzing,stateful",
        "--max-examples=5",
        "--no-shrink",
        "--suppress-health-check=all",
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.api.fuzz_hooks", "PYTHONPATH": os.getcwd()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await fuzzer.communicate()
    assert fuzzer.returncode == 0, said.decode()[-12_000:]
