"""A hub and a box of one office, for the tests of the floor."""

from collections.abc import AsyncGenerator

import pytest

from queue_service import db
from queue_service.db import Pool
from tests.floors import Box, empty_database
from tests.offices import make_office


@pytest.fixture(scope="module")
async def box_database(
    database: db.Database, anyio_backend: object
) -> AsyncGenerator[db.Database, None]:
    async with empty_database(database) as mine:
        yield mine


@pytest.fixture(scope="module")
async def box_pool(box_database: db.Database, anyio_backend: object) -> AsyncGenerator[Pool, None]:
    async with db.connect(box_database.app_url, 4) as pool:
        yield pool


@pytest.fixture
async def box_owner(box_database: db.Database) -> AsyncGenerator[db.Connection, None]:
    async with db.owner(box_database.owner_url) as connection:
        yield connection


@pytest.fixture
async def box(pool: Pool, box_pool: Pool) -> Box:
    return Box(pool, box_pool, await make_office(pool))
