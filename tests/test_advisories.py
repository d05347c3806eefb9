"""A known hole in a library stops a change; a network that is away does not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.advisories import verdict

HOLE = (
    '{"dependencies": [{"name": "pillow", "version": "9.0.0", "vulns": [{"id": "PYSEC-2022-9",'
    ' "fix_versions": ["9.0.1"], "aliases": [], "description": "x"}]},'
    ' {"name": "httptools", "version": "0.6.0", "vulns": []}], "fixes": []}'
)
UNKNOWN = '{"dependencies": [{"name": "anyio", "skip_reason": "not found"}], "fixes": []}'


def test_a_hole_is_named_with_what_mends_it() -> None:
    code, lines = verdict(HOLE)
    assert code == 1
    assert lines == [
        "pillow 9.0.0: PYSEC-2022-9, mended in 9.0.1",
        "audit: 2 of 2 libraries looked up, 1 holes",
    ]


@pytest.mark.parametrize("said", ["", "no route to host", UNKNOWN])
def test_what_could_not_be_asked_is_said_in_one_line_and_stops_nobody(said: str) -> None:
    code, lines = verdict(said)
    assert code == 0
    assert len(lines) == 1
    assert "audit left out" in lines[0]


def test_it_is_left_out_with_the_network_cut(tmp_path: Path) -> None:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("the network cannot be cut here")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"anyio==4.0.0 \\\n    --hash=sha256:{'0' * 64}\n")
    command = ["unshare", "--net", sys.executable, "-m", "tests.advisories", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "audit left out" in done.stdout
    assert done.stdout.count("\n") == 1
