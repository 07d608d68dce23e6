"""Another platform, for tests: files orders and follows them as its programs would."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from backend import platforms
from backend.api.app import PREFIX
from backend.platforms import USUAL, Scope
from tests.backend.office import World

LAMP = {"type": "投诉", "facts": "人民路12号门前路灯不亮，晚上很黑", "contact": "13800001111"}
_keys = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    """What the API said."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Partner:
    """A platform with its key."""

    def __init__(self, server: TestServer, session: aiohttp.ClientSession, key: str) -> None:
        self.key = key
        self._server = server
        self._session = session

    async def ask(self, method: str, path: str, **more: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.key}"} | more.pop("headers", {})
        url = self._server.make_url(PREFIX + path)
        async with self._session.request(method, url, headers=headers, **more) as response:
            kind, raw = response.content_type, await response.read()
            assert kind == "application/problem+json" if response.status >= 400 else True
            body = await response.json(content_type=None) if raw else None
            return Answer(response.status, body, response.headers)

    async def get(self, path: str, **query: str) -> Answer:
        return await self.ask("GET", path, params=query)

    async def file(self, *, key: str = "", **fields: Any) -> Answer:
        """File an order as LAMP, with other fields."""
        headers = {"Idempotency-Key": key or f"key {next(_keys)}"}
        return await self.ask("POST", "/orders", json=LAMP | fields, headers=headers)

    async def step(self, number: str, kind: str, *, seen: str = "", **said: Any) -> Answer:
        headers = {"If-Match": seen} if seen else {}
        path = f"/orders/{number}/steps/{kind}"
        return await self.ask("POST", path, json=said, headers=headers)


class Partners:
    """Gives out keys."""

    def __init__(self, world: World, server: TestServer) -> None:
        self.world = world
        self.server = server
        self._session = aiohttp.ClientSession()

    async def __call__(
        self, name: str = "省平台", channel: str = "省12345", scopes: Iterable[Scope] = USUAL
    ) -> Partner:
        now = self.world.now
        async with self.world.database.transaction() as connection:
            key = await platforms.add(connection, name, channel, scopes, now)
        return self.having(key)

    def having(self, key: str) -> Partner:
        """Whoever shows this key."""
        return Partner(self.server, self._session, key)

    async def close(self) -> None:
        await self._session.close()
