"""`pool` and `owner` of a database of one's own (`own`), for tests of what a worker does.

A file takes them by name, `pool, owner = alone.pool, alone.owner`, in place of the shared ones.
"""

from collections.abc import AsyncGenerator

import pytest

from queue_service import db


@pytest.fixture
async def pool(own: db.Database) -> AsyncGenerator[db.Pool, None]:
    async with db.connect(own.app_url, size=10) as pool:
        yield pool


@pytest.fixture
async def owner(own: db.Database) -> AsyncGenerator[db.Connection, None]:
    async with db.owner(own.owner_url) as connection:
        yield connection
