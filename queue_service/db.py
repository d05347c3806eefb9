"""The only way to PostgreSQL: the pool, one function per statement, the listener, the clock."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg
import msgspec

from queue_service import embedded
from queue_service.settings import Settings

if TYPE_CHECKING:
    Row: TypeAlias = asyncpg.Record
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:  # asyncpg's classes cannot be indexed at run time
    Row = asyncpg.Record
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection

APP_ROLE = "queue_app"
DATABASE = "queue"
MEASURE_EVERY = 1.0  # seconds between two looks at the database's clock
FURTHEST_OFF = timedelta(seconds=2)  # further off it a process sends no command

_LOST = (
    OSError,  # TimeoutError among them
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection says that was lost in the middle of a word
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
    asyncpg.DeadlockDetectedError,  # two offices want people of each other: sent again, it passes
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
)


class Refused(Exception):
    """A command said no, and wrote nothing."""

    def __init__(self, code: str, status: int, facts: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.facts = facts or {}

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code


class NotReady(Refused):
    """This process cannot be sure what o'clock it is; a second or two later it is again."""

    def __init__(self) -> None:
        super().__init__("not_ready", 503, {"retry_after": 1})


class Unavailable(Exception):
    """The database cannot be reached now; what was asked may or may not have happened."""


@dataclass(frozen=True)
class Database:
    """One database as its owner and as the application reach it."""

    owner_url: str
    app_url: str

    def named(self, name: str) -> "Database":
        """Another database of the same server."""
        return Database(_with_database(self.owner_url, name), _with_database(self.app_url, name))


@contextlib.contextmanager
def database(settings: Settings) -> Generator[Database, None, None]:
    """The database of the settings; holds the embedded server for as long as it is used."""
    if settings.database_url:
        yield Database(settings.database_owner_url or settings.database_url, settings.database_url)
        return
    with embedded.held(settings.data_dir, settings.postgres_bin) as server, server.watched():
        yield Database(server.url("postgres", DATABASE), server.url(APP_ROLE, DATABASE))


def _with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path="/" + quote(name, safe="")))


def _encode(value: Any) -> bytes:
    return b"\x01" + msgspec.json.encode(value)  # one byte says the version of jsonb


def _decode(data: bytes) -> Any:
    return msgspec.json.decode(data[1:])


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_encode, decoder=_decode, format="binary"
    )


async def _leave_as_it_is(_connection: Any) -> None:
    """Our calls leave nothing in a session, so cleaning it would only cost a round trip."""


def _session(url: str) -> dict[str, str]:
    """Whoever logs in, the pool acts as the role without table rights."""
    session = {"application_name": "queue-service", "jit": "off", "timezone": "UTC"}
    if unquote(urlsplit(url).username or "") != APP_ROLE:
        session["role"] = APP_ROLE
    return session


@contextlib.asynccontextmanager
async def connect(url: str, size: int = 8) -> AsyncGenerator[Pool, None]:
    """The application's pool. The database may come and go meanwhile, but must be there now."""
    try:
        pool = await asyncpg.create_pool(
            url,
            min_size=min(2, size),
            max_size=size,
            init=_prepare,
            reset=_leave_as_it_is,
            server_settings=_session(url),
            command_timeout=30,
            timeout=10,
        )
    except (*_LOST, asyncpg.PostgresError) as error:  # such as a role we may not take on
        raise Unavailable(str(error) or type(error).__name__) from error
    try:
        yield pool
    finally:
        try:
            async with asyncio.timeout(5):
                await pool.close()
        except (TimeoutError, *_LOST):
            pool.terminate()


@contextlib.asynccontextmanager
async def owner(url: str) -> AsyncGenerator[Connection, None]:
    """One connection as the owner of everything: for migrations and tests."""
    try:
        connection = await asyncpg.connect(url, timeout=10, server_settings={"timezone": "UTC"})
    except (*_LOST, asyncpg.PostgresError) as error:
        raise Unavailable(str(error) or type(error).__name__) from error
    try:
        await _prepare(connection)
        yield connection
    finally:
        try:
            await connection.close(timeout=5)
        except (TimeoutError, *_LOST):
            connection.terminate()


async def create_database(url: str) -> bool:
    """Makes the database this address names, if it is missing; says whether it did."""
    try:
        async with owner(url):
            return False
    except Unavailable as error:
        if not isinstance(error.__cause__, asyncpg.InvalidCatalogNameError):
            raise
    name = unquote(urlsplit(url).path.lstrip("/"))
    async with owner(_with_database(url, "postgres")) as connection:
        with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            await connection.execute(f"create database {quoted(name)} template template0")
    return True


async def drop_database(url: str) -> None:
    name = unquote(urlsplit(url).path.lstrip("/"))
    async with owner(_with_database(url, "postgres")) as connection:
        await connection.execute(f"drop database if exists {quoted(name)} with (force)")


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


# Where the command of somebody signed in came from: kept with what it changes (queue._origin).
origin: ContextVar[str | None] = ContextVar("origin", default=None)
# In which browser they sit: one clerk at one counter (queue._at_counter_sits). Empty: not asked.
seat: ContextVar[str] = ContextVar("seat", default="")

_statements: dict[tuple[str, int], str] = {}


def _statement(function: str, arguments: int) -> str:
    key = function, arguments
    if key not in _statements:
        assert function.replace("_", "").isalnum()
        marks = ", ".join(f"${number}" for number in range(1, arguments + 1))
        _statements[key] = f"select * from api.{function}({marks})"  # noqa: S608 -- no input
    return _statements[key]


def _statement_from(function: str, arguments: int) -> str:
    """The same for one answer, with origin and seat said for this transaction before it runs."""
    marks = ", ".join(f"${number}" for number in range(3, arguments + 3))
    return (
        f"select api.{function}({marks}) "  # noqa: S608 -- no input
        "from (select set_config('queue.origin', $1, true) as origin, "
        "set_config('queue.seat', $2, true) as seat offset 0) as o "
        "where origin is not null and seat is not null"
    )


async def call(
    pool: Pool,
    function: str,
    *arguments: Any,
    timeout: float | None = None,  # noqa: ASYNC109 -- asyncpg then cancels it on the server too
    origin: str | None = None,
) -> list[Row]:
    """Calls one stored function, alone in its transaction."""
    try:
        if origin is not None:
            said = _statement_from(function, len(arguments))
            return await pool.fetch(said, origin, seat.get(), *arguments, timeout=timeout)
        return await pool.fetch(_statement(function, len(arguments)), *arguments, timeout=timeout)
    except asyncpg.PostgresError as error:
        state = error.sqlstate or ""
        if state.startswith("QS"):
            raise _refusal(error, state) from None
        if isinstance(error, _LOST):
            raise Unavailable(str(error)) from error
        raise
    except _LOST as error:
        if "server expects" in str(error):  # a wrong number of arguments is our mistake
            raise
        raise Unavailable(str(error) or type(error).__name__) from error


def _refusal(error: asyncpg.PostgresError, state: str) -> Refused:
    facts: dict[str, Any] = {}
    if detail := error.detail:
        facts = msgspec.json.decode(detail, type=dict[str, Any])
    return Refused(error.message or "refused", int(state[2:]), facts)


async def notify(pool: Pool, channel: str, payload: str) -> None:
    """Tells the other processes; a word may get lost, so it must carry no data."""
    try:
        await pool.execute("select pg_notify($1, $2)", channel, payload, timeout=5)
    except _LOST as error:
        raise Unavailable(str(error) or type(error).__name__) from error


class Listener:
    """Hears one channel on a connection of its own and comes back when that is lost.

    After every (re)connect `resync` is called, because something may have been missed.
    """

    def __init__(
        self, url: str, channel: str, heard: Callable[[str], None], resync: Callable[[], None]
    ) -> None:
        self._url = url
        self._channel = channel
        self._heard = heard
        self._resync = resync
        self.connected = False

    async def run(self) -> None:
        pause = 0.1
        while True:
            try:
                connection = await asyncpg.connect(
                    self._url, timeout=10, server_settings=_session(self._url)
                )
                try:
                    await self._stay(connection)
                    pause = 0.1
                finally:
                    self.connected = False
                    connection.terminate()
            except (*_LOST, asyncpg.PostgresError):
                pause = min(pause * 2, 5.0)
            await asyncio.sleep(pause)

    async def _stay(self, connection: Connection) -> None:
        lost = asyncio.Event()

        def on_end(_connection: Any) -> None:
            lost.set()

        def on_word(_connection: Any, _pid: int, _channel: str, payload: Any) -> None:
            self._heard(str(payload))

        connection.add_termination_listener(on_end)
        await connection.add_listener(self._channel, on_word)
        self.connected = True
        self._resync()
        while not lost.is_set():
            try:
                await asyncio.wait_for(lost.wait(), 10)
            except TimeoutError:
                await connection.fetchval("select 1", timeout=5)  # notices a half-open link


def _wall() -> datetime:
    return datetime.now(UTC)


class Clock:
    """The one clock of an installation: the database's, plus the shift of a demonstration.

    It is measured, because every command is given its time and must not ask for it. Between two
    measurements it goes by the machine's steady clock, so that setting the machine's own clock
    moves nobody's appointment.
    """

    def __init__(
        self,
        shift: timedelta = timedelta(),
        wall: Callable[[], datetime] = _wall,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.shift = shift
        self._wall, self._steady = wall, steady
        self._there: datetime | None = None  # the database's time when it was last measured,
        self._then: float = 0.0  # what the steady clock showed at that moment,
        self._here = wall()  # and the machine's own
        self._agreed = False

    def now(self) -> datetime:
        """For reads and pages; before anything was measured, the machine's own time."""
        return self._there_at(self._steady()) + self.shift

    def at(self) -> datetime:
        """For a command. Refused while this process may be off: it would decide wrongly."""
        if not self.ready:
            raise NotReady
        return self.now()

    @property
    def ready(self) -> bool:
        """Whether the last measurement found what was expected, and nothing has slipped since.

        A machine that slept, or whose clock was set, shows it at once: its two clocks went apart.
        """
        slept = self._wall() - self._here - timedelta(seconds=self._steady() - self._then)
        return self._agreed and abs(slept) <= FURTHEST_OFF

    def _there_at(self, steady: float) -> datetime:
        if self._there is None:
            return self._wall()
        return self._there + timedelta(seconds=steady - self._then)

    async def measure(self, pool: Pool) -> timedelta:
        """How far this machine's clock is behind the database's; the quickest of three tries.

        A process that turns out to be off goes right from here on, but is ready only when the
        next measurement agrees.
        """
        quickest, found = float("inf"), None
        for _ in range(3):
            started, here = self._steady(), self._wall()
            try:
                there = await pool.fetchval("select clock_timestamp()", timeout=5)
            except _LOST as error:
                raise Unavailable(str(error) or type(error).__name__) from error
            took = self._steady() - started
            if took < quickest:
                half = took / 2
                quickest, found = took, (there, started + half, here + timedelta(seconds=half))
        if found and (self._there is None or quickest <= FURTHEST_OFF.total_seconds()):
            # An answer slower than that would say less than what is known.
            off = timedelta() if self._there is None else found[0] - self._there_at(found[1])
            self._there, self._then, self._here = found
            self._agreed = abs(off) <= FURTHEST_OFF
        return (self._there or self._here) - self._here

    async def keep(self, pool: Pool, every: float = MEASURE_EVERY) -> None:
        """Measures again and again; a lost database leaves the last measurement in force."""
        while True:
            with contextlib.suppress(Unavailable):
                await self.measure(pool)
            await asyncio.sleep(every)


@contextlib.asynccontextmanager
async def opened(
    database: Database, settings: Settings
) -> AsyncGenerator[tuple[Pool, Clock], None]:
    """A pool and a measured clock, for a program that does one thing and ends."""
    async with connect(database.app_url, 2) as pool:
        clock = Clock(timedelta(seconds=settings.clock_shift))
        await clock.measure(pool)
        yield pool, clock
