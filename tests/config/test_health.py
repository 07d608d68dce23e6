"""The health page says of each part how it is, and 503 when citizens get no answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.engine import make_url

from backend import outbox
from backend.clock import Clock
from backend.database import Database
from backend.message import Inbound, Kind, Reply
from backend.turns import open_turn
from config import app, city
from config.settings import HERE, Settings

PARTS = [
    "database",
    "redis",
    "data_key",
    "understanding",
    "encoder",
    "knowledge",
    "inbound",
    "outbox",
    "webhooks",
    "callbacks",
    "retention",
]
COUNTERS = {
    "huiying_engine_fallbacks",
    "huiying_outcomes",
    "huiying_turn_seconds",
    "huiying_rescues",
    "huiying_accepted",
    "huiying_sendings",
    "huiying_worker_failures",
}


class Wire:
    """The way to PostgreSQL, which can be cut."""

    def __init__(self, folder: Path, target: Path) -> None:
        self.folder, self._target = folder, target
        self._socket = folder / target.name
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        self._server = await asyncio.start_unix_server(self._carry, self._socket)

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for end in self._ends:
            end.close()
        self._socket.unlink(missing_ok=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, there = await asyncio.open_unix_connection(self._target)
        self._ends |= {writer, there}
        with suppress(OSError):
            await asyncio.gather(_pipe(reader, there), _pipe(back, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.fixture
async def wire(database_url: str, tmp_path: Path) -> AsyncIterator[Wire]:
    host = str(make_url(database_url).query["host"])
    wire = Wire(tmp_path, Path(host) / ".s.PGSQL.5432")
    await wire.mend()
    yield wire
    await wire.cut()


@pytest.fixture
async def behind(wire: Wire, database_url: str) -> AsyncIterator[Database]:
    """A database behind the wire."""
    url = make_url(database_url).update_query_dict({"host": str(wire.folder)})
    database = Database(url.render_as_string(hide_password=False), 4)
    yield database
    await database.close()


@pytest.fixture
async def client(
    behind: Database, redis_url: str, pytestconfig: pytest.Config, tmp_path: Path
) -> AsyncIterator[TestClient[Any, Any]]:
    model = Path(pytestconfig.cache.mkdir("huiying-model"))
    (tmp_path / "model").symlink_to(model)
    known, town = Settings(data=tmp_path), city.load(HERE / "city")
    async with (
        app.build(known, town, behind, redis_url, lambda _said: None) as system,
        TestClient(TestServer(system.web)) as client,
    ):
        yield client


async def test_each_part_is_named_and_the_page_is_the_judge(
    client: TestClient[Any, Any], wire: Wire, behind: Database
) -> None:
    answer = await client.get("/healthz")
    found = await answer.json()
    assert answer.status == 200
    assert list(found) == ["status", *PARTS]
    assert all(found[part]["status"] in ("ok", "degraded", "down") for part in PARTS)
    assert len((await answer.text()).strip().splitlines()) == len(PARTS) + 1
    # No entries were planted: citizens are answered, if not from the knowledge base.
    assert (found["status"], found["knowledge"]["status"]) == ("degraded", "degraded")

    async with behind.transaction() as connection:
        now = Clock().now()
        turn = await open_turn(connection, Inbound("k", "wechat", "o", Kind.TEXT, now, "你好"))
        assert turn is not None
        row = await outbox.enqueue(connection, turn.conversation.citizen_id, [Reply("x")], now)
        await outbox.postpone(connection, row, now, "45009 because")
    found = await (await client.get("/healthz")).json()
    assert found["inbound"]["unhandled"] == 1
    assert found["outbox"]["pending"] == 1
    assert found["outbox"]["last_error"] == "45009 because"

    await wire.cut()
    answer = await client.get("/healthz")
    found = await answer.json()
    assert (answer.status, found["status"]) == (503, "down")
    assert found["database"] == {"status": "down", "error": "Unavailable"}
    assert found["redis"]["status"] == found["understanding"]["status"] == "ok"

    await wire.mend()
    assert (await client.get("/healthz")).status == 200


async def test_prometheus_finds_our_counters(client: TestClient[Any, Any]) -> None:
    answer = await client.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    names = {family.name for family in text_string_to_metric_families(await answer.text())}
    assert names >= COUNTERS


async def test_without_redis_it_is_degraded_and_serves(
    database: Database, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    (tmp_path / "model").symlink_to(Path(pytestconfig.cache.mkdir("huiying-model")))
    known, town = Settings(data=tmp_path), city.load(HERE / "city")
    away = "redis://127.0.0.1:1"
    async with (
        app.build(known, town, database, away, lambda _said: None) as system,
        TestClient(TestServer(system.web)) as client,
    ):
        answer = await client.get("/healthz")
        found = await answer.json()
        assert (answer.status, found["status"]) == (200, "degraded")
        assert found["redis"]["status"] == "down"
        async with database.transaction() as connection:
            await connection.execute(text("SELECT 1"))
