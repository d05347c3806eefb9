"""Judges the form of the lock files: every pin exact and hashed, no addresses, both agreeing."""

import re
import sys
from pathlib import Path

PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>[^\s;]+)(?P<marker> ;[^\\]*)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def problems_of(text: str) -> tuple[list[str], dict[str, str]]:
    """What is wrong with one lock file, and its pins."""
    problems: list[str] = []
    pins: dict[str, str] = {}
    hashes = 1
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        if "://" in line:
            problems.append(f"line {number}: holds an address")
        if not line or line.startswith("#"):
            continue
        if HASH.match(line):
            hashes += 1
        elif pin := PIN.match(line):
            if not hashes:
                problems.append(f"{name} has no hash")
            name, hashes = pin["name"], 0
            key = f"{name}{pin['marker'] or ''}"
            if key in pins:
                problems.append(f"line {number}: {key} is pinned twice")
            pins[key] = pin["version"]
        else:
            problems.append(f"line {number}: not an exact, hashed pin: {line[:60]}")
    if not hashes:
        problems.append(f"{name} has no hash")
    if not pins:
        problems.append("holds no pin")
    return problems, pins


def audit(runtime: str, dev: str) -> list[str]:
    """What is wrong with the two together."""
    wrong, pins = problems_of(runtime)
    dev_wrong, dev_pins = problems_of(dev)
    found = [f"runtime: {problem}" for problem in wrong] + [f"dev: {p}" for p in dev_wrong]
    versions = {(key.split(" ;")[0], version) for key, version in dev_pins.items()}
    for key, version in pins.items():
        if (key.split(" ;")[0], version) not in versions:
            found.append(f"{key}=={version} is not in the dev lock; run `make lock`")
    return found


def main() -> int:
    runtime, dev = (Path(path).read_text("utf-8") for path in sys.argv[1:3])
    found = audit(runtime, dev)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
