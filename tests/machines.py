"""A machine as deploy/ describes one, without its systemd: each unit's program as the unit has it.

Namespaces of its own for network, processes, mounts and name; what the units name lies where they
name it; everything else can only be read. Nothing outside is written to.
"""

import asyncio
import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
HONOURED = {
    "User", "WorkingDirectory", "EnvironmentFile", "Environment", "ExecStart", "NoNewPrivileges",
    "ProtectSystem", "ProtectHome", "PrivateTmp", "StateDirectory", "ReadWritePaths",
}  # fmt: skip
# What only a systemd does: when it starts, stops and starts again.
LEFT_OUT = {
    "Description", "Documentation", "After", "PartOf", "WantedBy", "Restart", "RestartSec",
    "KillSignal", "KillMode", "TimeoutStopSec",
}  # fmt: skip

PLACE = """
set -eu
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/pg /run/root /run/python /run/upper /run/work
mount --bind {socket} /run/pg
mount --bind {root} /run/root
mount --bind {python} /run/python
for home in /root /home; do mount -t tmpfs -o mode=755 tmpfs $home; done
mount -t tmpfs -o mode=755 tmpfs /var/lib
mount -t tmpfs -o mode=755 tmpfs /opt
mount -t tmpfs -o mode=1777 tmpfs /tmp
for place in {root}=/run/root {python}=/run/python /opt/queue-service/current=/run/root; do
  mkdir -p "${{place%=*}}"
  mount --bind "${{place#*=}}" "${{place%=*}}"
done
mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work overlay /etc
echo 'queue-service:x:64123:64123::/var/lib/queue-service:/usr/sbin/nologin' >>/etc/passwd
echo 'queue-service:x:64123:' >>/etc/group
install -d -m 700 -o queue-service /var/lib/queue-service /etc/queue-service
printf %s {secret} >/etc/queue-service/ticket.secret
chown queue-service /etc/queue-service/ticket.secret
printf %s {environment} >/etc/queue-service/environment
mount -o remount,bind,ro /etc
mount -o remount,bind,ro /
ip link set lo up
hostname {name}
"""


def unit(name: str) -> dict[str, list[str]]:
    """What a unit says; a word that this file does not know how to honour fails the test."""
    template, at, instance = name.partition("@")
    file = f"{template}@.service" if at else f"{name}.service"
    said: dict[str, list[str]] = {}
    for line in (DEPLOY / file).read_text().splitlines():
        word, equals, value = line.partition("=")
        if equals and not line.startswith(("#", ";")):
            said.setdefault(word, []).append(value.replace("%i", instance))
    assert set(said) <= HONOURED | LEFT_OUT, set(said) - HONOURED - LEFT_OUT
    assert said["ProtectSystem"] == ["strict"]
    assert said["NoNewPrivileges"] == said["ProtectHome"] == said["PrivateTmp"] == ["yes"]
    return said


def _started(name: str) -> str:
    said = unit(name)
    [folder], [user], [program] = said["WorkingDirectory"], said["User"], said["ExecStart"]
    files = " ".join(f"$(cat {path})" for path in said["EnvironmentFile"])
    words = " ".join(said["Environment"]) if "Environment" in said else ""
    return (
        f"(cd {folder}; exec env -i PATH=/usr/bin:/bin {words} {files} setpriv --reuid {user} "
        f"--regid {user} --clear-groups --no-new-privs -- {program}) &\n"
    )


def _run(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["unshare", *NAMESPACES, "sh", "-c", script], stdin=subprocess.DEVNULL)


@dataclass
class Machine:
    name: str
    process: subprocess.Popen[bytes]

    async def run(self, program: str, *arguments: str) -> str:
        """A Python program in this machine's network; what it prints."""
        done = await asyncio.create_subprocess_exec(
            *("nsenter", f"--net=/proc/{self.process.pid}/ns/net", sys.executable, "-c", program),
            *arguments,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        said, _ = await done.communicate()
        assert done.returncode == 0, self.name
        return said.decode()

    def lose_power(self) -> None:
        self.process.kill()
        self.process.wait()


def may_be_made() -> None:
    """Skips where namespaces cannot be made, with a plain line."""
    if os.geteuid() != 0 or not all(
        shutil.which(one) for one in ("unshare", "nsenter", "setpriv", "ip", "mount", "hostname")
    ):
        pytest.skip("several machines are left out: this needs root and namespaces (unshare)")
    tried = subprocess.run(
        ["unshare", *NAMESPACES, "sh", "-c", "mount -t tmpfs tmpfs /opt && ip link set lo up"],
        capture_output=True,
        check=False,
    )
    if tried.returncode != 0:
        pytest.skip("several machines are left out: no namespaces may be made here")


NAMESPACES = ("--net", "--mount", "--uts", "--pid", "--mount-proc", "--fork", "--kill-child")


@contextlib.asynccontextmanager
async def line_to(database_url: str) -> AsyncGenerator[tuple[Path, str], None]:
    """The line from every machine to the one PostgreSQL: a folder with a socket, and its name."""
    parts = urlsplit(database_url)
    socket = _socket_of(parts.query)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there = await asyncio.open_unix_connection(socket)
            await asyncio.gather(_pour(reader, there[1]), _pour(there[0], writer))

    with tempfile.TemporaryDirectory(prefix="qs-line-") as folder:
        end = os.path.join(folder, socket.name)
        async with await asyncio.start_unix_server(carry, end):
            os.chmod(folder, 0o755)  # the units' user is another one
            os.chmod(end, 0o777)
            yield Path(folder), f"postgresql://queue_app@{parts.path}?host=/run/pg"


def _socket_of(query: str) -> Path:
    [host] = parse_qs(query).get("host", [""])
    found = [path for path in Path(host or "/nowhere").glob(".s.PGSQL.*") if path.is_socket()]
    if not found:
        pytest.skip("several machines are left out: PostgreSQL has no socket here")
    return found[0]


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(65_536):
            writer.write(some)
            await writer.drain()
    except (OSError, RuntimeError):  # uvloop's word for a line whose other half has hung up
        pass
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def machine(name: str, line: tuple[Path, str], *units: str) -> AsyncGenerator[Machine, None]:
    """Its units, started, until it is switched off."""
    socket, there = line
    example = (DEPLOY / "environment.example").read_text().splitlines()
    environment = "\n".join(
        f"DATABASE_URL={there}" if line.startswith("DATABASE_URL=") else line
        for line in example
        if not line.startswith("#")
    )
    place = PLACE.format(
        name=name,
        socket=shlex.quote(str(socket)),
        root=shlex.quote(str(ROOT)),
        python=shlex.quote(sys.base_prefix),
        secret=shlex.quote("one secret for all machines, one secret for all machines"),
        environment=shlex.quote(environment),
    )
    script = place + "".join(_started(one) for one in units) + "wait\n"
    process = _run(script)
    try:
        yield Machine(name, process)
    finally:
        process.kill()
        process.wait()
