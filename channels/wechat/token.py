"""The account's access token: fetched by one, used by all replicas."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import RedisError

from backend.clock import Clock
from channels.wechat import transport
from channels.wechat.account import Account
from channels.wechat.errors import ApiError

EARLY = 300
"""Seconds before its end that a token is renewed; WeChat gives out the next one from then on."""

_REDIS_SECONDS = 1.0
_RENEW_SECONDS = 10.0
"""For waiting and fetching together: a sender must be done before its lease in the outbox ends."""

_DROP_IF_SAME = "return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('del', KEYS[1]) or 0"

log = logging.getLogger(__name__)


class RedisAway(Exception):
    """Redis did not answer in time."""


class Tokens:
    """Holds the token in Redis; while Redis is away each process holds its own.

    That costs calls and nothing else: `stable_token` gives everybody the same token until it is
    renewed (unlike the older cgi-bin/token, where each fetch ended the token of the others).
    """

    def __init__(
        self, account: Account, redis: Redis, session: aiohttp.ClientSession, clock: Clock
    ) -> None:
        self._account = account
        self._redis = redis
        self._session = session
        self._clock = clock
        self._key = f"wechat:{{{account.appid}}}:token"
        self._lock = asyncio.Lock()
        self._own = ""
        self._own_until = datetime.min.replace(tzinfo=UTC)

    async def current(self) -> str:
        """A token that should be valid; raises ApiError when WeChat gives none."""
        token = await self._held()
        if token:
            return token
        try:
            async with asyncio.timeout(_RENEW_SECONDS):
                return await self._renewed()
        except TimeoutError:
            raise ApiError("timeout", "no access token") from None

    async def drop(self, token: str) -> None:
        """Forget `token`, which WeChat refused, unless a newer one has taken its place."""
        if self._own == token:
            self._own = ""
        try:
            await _quick(self._redis.eval(_DROP_IF_SAME, 1, self._key, token))
        except RedisAway:
            log.warning("Redis is away: a refused token is forgotten in this process only")

    async def _held(self) -> str:
        try:
            token = await _quick(self._redis.get(self._key))
        except RedisAway:
            return self._own if self._clock.now() < self._own_until else ""
        return token.decode() if isinstance(token, bytes) else token or ""

    async def _renewed(self) -> str:
        # Our own lock first: then one caller a process, and not each of them, asks Redis for its.
        async with self._lock, self._alone():
            return await self._held() or await self._fetched()

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """The only one of all replicas; while Redis is away, the only one of this process."""
        lock = self._redis.lock(f"{self._key}:lock", timeout=_RENEW_SECONDS)
        try:
            await _acquire(lock)
        except RedisAway:
            log.warning("Redis is away: the access token is fetched without the common lock")
            yield
            return
        try:
            yield
        finally:
            await _release(lock)

    async def _fetched(self) -> str:
        answer = await transport.post(
            self._session,
            f"{self._account.api_base}/cgi-bin/stable_token",
            {
                "grant_type": "client_credential",
                "appid": self._account.appid,
                "secret": self._account.secret,
            },
        )
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not (isinstance(token, str) and token and isinstance(seconds, int)):
            raise ApiError("garbled", "no access token")
        await self._keep(token, max(seconds - EARLY, seconds // 2, 1))
        return token

    async def _keep(self, token: str, seconds: int) -> None:
        self._own = token
        self._own_until = self._clock.now() + timedelta(seconds=seconds)
        try:
            await _quick(self._redis.set(self._key, token, ex=seconds))
        except RedisAway:
            log.warning("Redis is away: the access token is kept in this process only")


async def _quick(command: Awaitable[Any]) -> Any:
    try:
        async with asyncio.timeout(_REDIS_SECONDS):
            return await command
    except (RedisError, OSError, TimeoutError) as error:
        raise RedisAway(type(error).__name__) from None


async def _acquire(lock: Lock) -> None:
    # Not lock's own waiting: that cannot tell a lock that is taken from a Redis that hangs.
    while not await _quick(lock.acquire(blocking=False)):  # noqa: ASYNC110 (held elsewhere)
        await asyncio.sleep(0.05)


async def _release(lock: Lock) -> None:
    try:
        await _quick(lock.release())
    except RedisAway:
        log.warning("The common lock of the access token was not given back; it ends by itself")
