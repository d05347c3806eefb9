"""Asks whether a pinned library has a known hole; says in one line where that could not be asked.

pip-audit looks at the lock files alone and installs nothing. Without network, or where nobody who
knows of holes can be reached, the check is left out: it fails for a hole and for nothing else.
"""

import subprocess
import sys
from collections.abc import Sequence

import msgspec

PATIENCE = 180.0


class Hole(msgspec.Struct):
    id: str
    fix_versions: list[str] = []


class Library(msgspec.Struct):
    name: str
    version: str = ""
    vulns: list[Hole] = []
    skip_reason: str = ""


class Said(msgspec.Struct):
    dependencies: list[Library]


def verdict(said: str) -> tuple[int, list[str]]:
    """The exit code, and the lines to print."""
    try:
        libraries = msgspec.json.decode(said, type=Said).dependencies
    except msgspec.DecodeError:
        return 0, ["audit left out: nobody who knows of holes could be reached"]
    asked = [one for one in libraries if not one.skip_reason]
    if not asked:
        return 0, ["audit left out: none of the libraries could be looked up"]
    holes = [
        f"{one.name} {one.version}: {hole.id}, "
        f"mended in {', '.join(hole.fix_versions) or 'no version yet'}"
        for one in asked
        for hole in one.vulns
    ]
    summary = f"audit: {len(asked)} of {len(libraries)} libraries looked up, {len(holes)} holes"
    return (1 if holes else 0), [*holes, summary]


def ask(lock: str) -> str:
    command = ["-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    try:
        done = subprocess.run(
            [sys.executable, *command, "-f", "json", "-r", lock],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def main(locks: Sequence[str]) -> int:
    worst = 0
    for lock in locks:
        code, lines = verdict(ask(lock))
        worst = max(worst, code)
        for line in lines:
            print(f"{lock}: {line}", file=sys.stderr if code else sys.stdout)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
