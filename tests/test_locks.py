"""The lock files: exact, hashed, without addresses, and agreeing with each other."""

from pathlib import Path

import pytest

from tests.locks import audit, problems_of

ROOT = Path(__file__).parent.parent
GOOD = "anyio==4.1.0 \\\n    --hash=sha256:" + "a" * 64 + "\n"


def test_our_lock_files_are_as_they_should_be() -> None:
    assert audit(*((ROOT / name).read_text() for name in LOCKS)) == []


LOCKS = ("requirements.txt", "requirements-dev.txt")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anyio>=4.1.0 \\\n    --hash=sha256:" + "a" * 64,
        "anyio==4.1.0\n",
        "anyio==4.1.0 \\\nidna==3.20 \\\n    --hash=sha256:" + "a" * 64,
        GOOD + "--index-url https" + "://example.org/simple\n",
        GOOD + "-e .\n",
        GOOD + GOOD,
        GOOD.replace("sha256", "md5"),
    ],
)
def test_a_loose_pin_is_named(text: str) -> None:
    assert problems_of(text)[0]


def test_a_good_lock_has_no_problem() -> None:
    assert problems_of(GOOD) == ([], {"anyio": "4.1.0"})


def test_two_locks_that_disagree_are_named() -> None:
    assert audit(GOOD, GOOD) == []
    assert "make lock" in audit(GOOD, GOOD.replace("4.1.0", "4.2.0"))[0]
