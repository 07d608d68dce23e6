"""A town over a real PostgreSQL, emptied for each test."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from backend.database import Database
from backend.services import Services
from tests.callbacks.town import Town, opened


@pytest.fixture(scope="session")
async def land(postgres: str, template: str) -> AsyncIterator[Database]:
    """One database for all tests of a town, emptied for each: quicker than a copy for each."""
    admin = Database(postgres)
    async with admin.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text(f"CREATE DATABASE town TEMPLATE {template}"))
    await admin.close()
    url = make_url(postgres).set(database="town")
    database = Database(url.render_as_string(hide_password=False))
    yield database
    await database.close()


@pytest.fixture
async def services(land: Database) -> AsyncIterator[Services]:
    async with opened(land) as services:
        yield services


@pytest.fixture
async def town(services: Services) -> Town:
    town = Town(services)
    await town.empty()
    return town
