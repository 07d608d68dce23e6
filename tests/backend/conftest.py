"""The office over a real PostgreSQL. Redis is away on purpose: pages must not depend on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis.asyncio as redis
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text
from sqlalchemy.engine import make_url

from backend import staff
from backend.clock import Clock
from backend.console.app import console_app
from backend.console.context import PREFIX
from backend.database import Database
from backend.files import Folder
from backend.links import Links
from backend.live import Live
from backend.secrets import Signer
from backend.services import Services
from backend.tables import metadata

from .office import AREAS, CATEGORIES, UNITS, Browser, Desk, World, hire


@pytest.fixture(scope="session")
async def office(postgres: str, template: str) -> AsyncIterator[Database]:
    """A database with staff in it: hashing their passwords anew for each test would take long."""
    admin = Database(postgres)
    async with admin.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text(f"CREATE DATABASE office TEMPLATE {template}"))
    await admin.close()
    url = make_url(postgres).set(database="office")
    database = Database(url.render_as_string(hide_password=False))
    async with database.transaction() as connection:
        await hire(connection)
    yield database
    await database.close()


@pytest.fixture
async def world(office: Database) -> AsyncIterator[World]:
    """An empty city: its staff, and what the test puts in."""
    names = ", ".join(t.name for t in metadata.sorted_tables if t.name not in ("staff", "secret"))
    async with office.transaction() as connection:
        await connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        await connection.execute(text("UPDATE staff SET seen_at = NULL"))
        members = {member.login: member for member in await staff.everyone(connection)}
    client = redis.Redis(port=1)
    signer = Signer(b"k" * 32)
    links = Links("http://127.0.0.1:8080", signer)
    yield World(Services(office, Clock(), Live(client), signer, links), members)
    await client.aclose()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Where attachments are kept."""
    return Folder(tmp_path / "attachments")


@pytest.fixture
async def server(world: World, folder: Folder) -> AsyncIterator[TestServer]:
    """The console, mounted as config/app.py mounts it."""
    app = web.Application(client_max_size=2**20)
    app.add_subapp(
        PREFIX,
        console_app(world.services, b"s" * 32, UNITS, folder, categories=CATEGORIES, areas=AREAS),
    )
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
async def browser(server: TestServer) -> AsyncIterator[Browser]:
    """A browser nobody has logged in with."""
    async with TestClient(server) as client:
        yield Browser(client)


@pytest.fixture
async def at(server: TestServer) -> AsyncIterator[Desk]:
    """Opens a browser for whoever is asked for, logged in."""
    desk = Desk(server)
    yield desk
    await desk.close()
