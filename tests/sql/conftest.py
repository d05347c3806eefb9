"""A hub and a box of one office, for the tests of the floor."""

from collections.abc import AsyncGenerator

import pytest

from queue_service import db
from queue_service.db import Pool
from tests.floors import Box, empty_database
from tests.offices import make_office


@pytest.fixture(scope="module")
async def box_pool(database: db.Database, anyio_backend: object) -> AsyncGenerator[Pool, None]:
    async with empty_database(database) as mine, db.connect(mine.app_url, 4) as pool:
        yield pool


@pytest.fixture
async def box(pool: Pool, box_pool: Pool) -> Box:
    return Box(pool, box_pool, await make_office(pool))
