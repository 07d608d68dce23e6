"""Posts to other platforms what happened to their orders: signed, in order, until it is taken."""

import asyncio
import hashlib
import hmac
import logging
from collections import Counter as Tally
from datetime import datetime, timedelta

import aiohttp
import msgspec
from prometheus_client import Counter
from sqlalchemy import select

from backend import webhooks
from backend.api import history, reach
from backend.api.reach import Reach, Resolver, Unreachable
from backend.database import Connection
from backend.orders import store
from backend.services import Services
from backend.tables import platform_order
from backend.webhooks import Letter

log = logging.getLogger(__name__)

POSTS = Counter("huiying_webhooks_total", "Attempts to post a webhook, by what came of it", ["end"])

AT_ONCE = 20
PER_PLATFORM = 5
"""Posts under way in one process; a platform that hangs holds up nobody else."""
TIMEOUT = aiohttp.ClientTimeout(total=10)
MOST_ATTEMPTS = 12
LONGEST_WAIT = 3600
"""Seconds between two attempts at most; twelve attempts then span about two hours."""


def sign(secret: str, body: bytes, at: datetime) -> str:
    """What X-Huiying-Signature says: `t=<seconds>,v1=<HMAC-SHA256 of "t.body", in hex>`."""
    moment = int(at.timestamp())
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={mac.hexdigest()}"


def session(allowed: Reach) -> aiohttp.ClientSession:
    """A client that gets no further than it may."""
    connector = aiohttp.TCPConnector(resolver=Resolver(allowed))
    return aiohttp.ClientSession(connector=connector, timeout=TIMEOUT)


class Posting:
    """The worker behind every webhook."""

    def __init__(self, services: Services, client: aiohttp.ClientSession, allowed: Reach) -> None:
        self._services = services
        self._client = client
        self._allowed = allowed
        self._under_way: dict[asyncio.Task[None], int] = {}

    async def step(self) -> bool:
        """Begin to post something that is due; False if nothing was."""
        if len(self._under_way) >= AT_ONCE:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
        posts = Tally(self._under_way.values())
        busy = frozenset(one for one, number in posts.items() if number >= PER_PLATFORM)
        async with self._services.database.transaction() as connection:
            letter = await webhooks.claim(connection, self._services.clock.now(), busy)
        if letter is None:
            return False
        task = asyncio.create_task(self._deliver(letter))
        self._under_way[task] = letter.platform_id
        task.add_done_callback(self._under_way.pop)
        return True

    async def finish(self) -> None:
        """Wait for what is being posted."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _deliver(self, letter: Letter) -> None:
        """Post a row and book it; if the database is away then, it is posted again by its lease."""
        try:
            error = await self._attempt(letter)
            async with self._services.database.transaction() as connection:
                await self._book(connection, letter, error)
        except Exception as failure:
            log.error("webhook %d met an error: %s", letter.id, type(failure).__name__)

    async def _attempt(self, letter: Letter) -> str:
        """Why the platform did not take it, '' if it did."""
        try:
            reach.check(letter.url, self._allowed)
            async with self._services.database.transaction() as connection:
                body = await _body(connection, letter)
            return await self._post(letter, body)
        except Unreachable as error:
            return str(error)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return type(error).__name__

    async def _post(self, letter: Letter, body: bytes) -> str:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Huiying",
            "X-Huiying-Delivery": str(letter.id),
            "X-Huiying-Signature": sign(letter.secret, body, self._services.clock.now()),
        }
        # A redirect could lead anywhere, and would have to be signed anew.
        async with self._client.post(
            letter.url, data=body, headers=headers, allow_redirects=False
        ) as response:
            return "" if 200 <= response.status < 300 else f"HTTP {response.status}"

    async def _book(self, connection: Connection, letter: Letter, error: str) -> None:
        now = self._services.clock.now()
        if not error:
            POSTS.labels("sent").inc()
            await webhooks.settle(connection, letter.id, "sent", now)
        elif letter.attempts < MOST_ATTEMPTS:
            POSTS.labels("retry").inc()
            wait = timedelta(seconds=min(2**letter.attempts, LONGEST_WAIT))
            await webhooks.postpone(connection, letter.id, now + wait, error)
        else:
            POSTS.labels("dead").inc()
            log.error("webhook %d was given up: %s", letter.id, error)
            await webhooks.settle(connection, letter.id, "dead", now, error)


async def _body(connection: Connection, letter: Letter) -> bytes:
    """The event as the history tells it: the same at every attempt."""
    kept = await store.get(connection, letter.order_id)
    about = kept if letter.about_id == kept.id else await store.get(connection, letter.about_id)
    events = await store.history(connection, letter.about_id)
    number = select(platform_order.c.external_number).where(
        platform_order.c.order_id == letter.order_id
    )
    external_number: str = (await connection.execute(number)).scalar_one()
    master = "" if about is kept else about.number
    told = list(history.progress(kept, events[: letter.seq], external_number, master))
    return msgspec.json.encode(told[-1])
