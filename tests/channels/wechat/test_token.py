import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import unused_port
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from backend.clock import Clock
from channels.wechat.account import Account
from channels.wechat.errors import ApiError
from channels.wechat.token import Tokens
from tests.channels.wechat.conftest import SECRET, FakeWeChat


@pytest.fixture
def tokens(account: Account, redis: Redis, session: ClientSession, clock: Clock) -> Tokens:
    return Tokens(account, redis, session, clock)


@pytest.fixture(params=["refuses", "hangs"])
async def redis_away(request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    """A Redis that is down, or that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1] if request.param == "hangs" else unused_port()
        client = Redis(port=port, retry=Retry(NoBackoff(), 0))
        yield client
        await client.aclose()


async def test_asks_as_documented_and_keeps_the_token_until_five_minutes_before_its_end(
    tokens: Tokens, wechat: FakeWeChat, redis: Redis
) -> None:
    assert await tokens.current() == await tokens.current() == "token-1"
    assert wechat.bodies("stable_token") == [
        {"grant_type": "client_credential", "appid": "wx1", "secret": SECRET}
    ]
    assert 6890 <= await redis.ttl("wechat:{wx1}:token") <= 6900


async def test_twenty_callers_make_one_fetch(tokens: Tokens, wechat: FakeWeChat) -> None:
    got = await asyncio.gather(*(tokens.current() for _ in range(20)))
    assert set(got) == {"token-1"}
    assert len(wechat.calls) == 1


async def test_replicas_make_one_fetch_together(
    account: Account, redis: Redis, session: ClientSession, clock: Clock, wechat: FakeWeChat
) -> None:
    replicas = [Tokens(account, redis, session, clock) for _ in range(4)]
    got = await asyncio.gather(*(tokens.current() for tokens in replicas * 5))
    assert set(got) == {"token-1"}
    assert len(wechat.calls) == 1


async def test_a_refused_token_is_dropped_once_and_a_newer_one_kept(tokens: Tokens) -> None:
    stale = await tokens.current()
    await asyncio.gather(*(tokens.drop(stale) for _ in range(5)))
    assert await tokens.current() == "token-2"
    await tokens.drop(stale)
    assert await tokens.current() == "token-2"


async def test_without_redis_the_process_keeps_its_own(
    redis_away: Redis,
    account: Account,
    session: ClientSession,
    wechat: FakeWeChat,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("channels.wechat.token._REDIS_SECONDS", 0.05)
    clock = Clock()
    tokens = Tokens(account, redis_away, session, clock)
    got = await asyncio.gather(*(tokens.current() for _ in range(20)))
    assert set(got) == {"token-1"}
    await tokens.drop("token-1")
    assert await tokens.current() == "token-2"
    clock.advance(timedelta(seconds=6901))
    assert await tokens.current() == "token-3"
    assert len(wechat.calls) == 3


async def test_a_fetch_that_failed_is_tried_again_by_the_next(
    tokens: Tokens, wechat: FakeWeChat
) -> None:
    wechat.answers["stable_token"] = [{"errcode": 40125, "errmsg": f"invalid appsecret {SECRET}"}]
    with pytest.raises(ApiError) as caught:
        await tokens.current()
    assert caught.value.code == "40125"
    assert SECRET not in str(caught.value)
    assert await tokens.current() == "token-1"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": "", "expires_in": 7200},
        {"access_token": "a"},
        web.Response(text="<html>"),
        web.Response(text="[]"),
    ],
)
async def test_an_answer_without_a_token_is_an_error(
    tokens: Tokens, wechat: FakeWeChat, answer: dict[str, object] | web.Response
) -> None:
    wechat.answers["stable_token"] = [answer]
    with pytest.raises(ApiError, match="garbled"):
        await tokens.current()


async def test_waiting_for_a_token_has_an_end(
    tokens: Tokens, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.wechat.token._RENEW_SECONDS", 0.2)
    await redis.set("wechat:{wx1}:token:lock", "a replica that hangs")
    with pytest.raises(ApiError, match="timeout"):
        await tokens.current()


async def test_a_short_life_is_not_used_to_its_end(
    tokens: Tokens, wechat: FakeWeChat, redis: Redis
) -> None:
    wechat.answers["stable_token"] = [{"access_token": "short", "expires_in": 60}]
    assert await tokens.current() == "short"
    assert 29 <= await redis.ttl("wechat:{wx1}:token") <= 30


async def test_two_accounts_have_two_tokens(
    account: Account, redis: Redis, session: ClientSession, clock: Clock
) -> None:
    one = Tokens(account, redis, session, clock)
    two = Tokens(replace(account, appid="wx2"), redis, session, clock)
    assert [await one.current(), await two.current()] == ["token-1", "token-2"]
