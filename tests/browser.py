"""Finds a Chromium for the browser tests, or says how to get one; then runs what it was given."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-core"]


def find() -> str:
    """The system's Chromium, or nothing. CHROMIUM names another one."""
    named = os.environ.get("CHROMIUM", "")
    return next((path for name in (named, *NAMES) if name and (path := shutil.which(name))), "")


def install() -> str:
    """By apt, where that needs nobody's password."""
    in_ci, root = bool(os.environ.get("CI")), os.geteuid() == 0
    command = INSTALL if root else ["sudo", "-n", *INSTALL]
    if shutil.which("apt-get") and (root or in_ci):
        print("Installing Chromium for the browser tests …", flush=True)
        quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
        update = [*command[: command.index("apt-get") + 1], "update"]
        for step in (command, update, command):
            subprocess.run(step, env=quiet, capture_output=True, check=False)
            if path := find():
                return path
    if in_ci:
        sys.exit("No Chromium, and the browser tests must not be left out here.")
    said = f"Browser tests are left out: no Chromium. Get it by: sudo {' '.join(INSTALL)}"
    print(said, flush=True)  # before this process becomes another one
    return ""


def main() -> None:
    os.environ["CHROMIUM"] = find() or install()
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
