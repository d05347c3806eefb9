"""A phone that texts, and a Da Nang of the morning of 30 March 2020."""

import secrets
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from queue_service import db, migrate, offices
from queue_service.group_commit import Groups
from queue_service.settings import Settings
from queue_service.texts.conversation import Conversation, Message, Reply
from tests.times import Still

NOW = datetime(2020, 3, 30, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


class Phone:
    """Texts from one number; `text` is the whole answer."""

    def __init__(self, conversation: Conversation, number: str) -> None:
        self.conversation, self.number = conversation, number

    async def send(self, text: str, message_id: str = "") -> Reply:
        message = Message("test", message_id or secrets.token_hex(8), self.number, text)
        return await self.conversation.answer(message)

    async def text(self, text: str, message_id: str = "") -> str:
        return (await self.send(text, message_id)).text


class City:
    def __init__(self, pool: db.Pool, url: str, at: datetime) -> None:
        self.pool, self.url, self.clock = pool, url, Still(at)
        groups = Groups(pool, self.clock, Settings())
        self.conversation = Conversation(pool, self.clock, groups)

    def phone(self) -> Phone:
        return Phone(self.conversation, f"0905{secrets.randbelow(10**6):06}")


@pytest.fixture(scope="session")
async def model_city(
    server: db.Database, worker_id: str, anyio_backend: object
) -> AsyncGenerator[db.Database, None]:
    """The model offices in a database of their own: the whole city is one list of names."""
    model = server.named(f"test_city_{worker_id}_{secrets.token_hex(4)}")
    await migrate.migrate(model.owner_url)
    async with db.connect(model.app_url, size=1) as pool:
        await offices.import_models(pool, NOW - timedelta(days=1))
    yield model
    await db.drop_database(model.owner_url)


@pytest.fixture
async def city(server: db.Database, model_city: db.Database) -> AsyncGenerator[City, None]:
    mine = server.named(f"test_texts_{secrets.token_hex(6)}")
    name, model = (db.quoted(urlsplit(d.owner_url).path[1:]) for d in (mine, model_city))
    async with db.owner(mine.named("postgres").owner_url) as connection:
        await connection.execute(f"create database {name} template {model}")
    try:
        async with db.connect(mine.app_url, size=4) as pool:
            yield City(pool, mine.app_url, NOW)
    finally:
        await db.drop_database(mine.owner_url)
