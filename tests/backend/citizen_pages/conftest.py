"""The same town as in the surveys' tests, in a database of its own for each test."""

from collections.abc import AsyncIterator

import pytest

from backend.database import Database
from backend.services import Services
from tests.callbacks.town import Town, opened


@pytest.fixture
async def services(database: Database) -> AsyncIterator[Services]:
    async with opened(database) as services:
        yield services


@pytest.fixture
def town(services: Services) -> Town:
    return Town(services)
