"""The API over real HTTP and a real PostgreSQL, and platforms that use it."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from backend.api.app import PREFIX, api_app
from backend.api.reach import Reach
from backend.files import Folder
from backend.orders import rules
from backend.orders.rules import Desk, Rules
from tests.backend.office import World

from .platform import Partners

CATEGORIES = ("市政/路灯", "供水/停水")


@pytest.fixture
async def partners(world: World, folder: Folder) -> AsyncIterator[Partners]:
    """Opens the API for whoever is asked for."""
    app = web.Application(client_max_size=2**20)
    app.add_subapp(
        PREFIX,
        api_app(world.services, CATEGORIES, per_minute=10_000, reach=Reach.LOOPBACK, folder=folder),
    )
    async with world.database.transaction() as connection:
        await rules.store(connection, Rules(desks={"人大代表专席": Desk(handle="3d")}))
    async with TestServer(app) as server:
        partners = Partners(world, server)
        yield partners
        await partners.close()
