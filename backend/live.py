"""News for whoever is watching, on every replica: over Redis, and within the process without it.

Nothing depends on it: a lost word means that a page shows a change some seconds later, when it
looks by itself.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import redis.asyncio as redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

CHANNEL = "huiying:live"
BLINK = 0.02
"""Seconds; a busy server would else pay Redis for every message, and nobody reads that fast."""
HEARTBEAT = 10.0
"""Seconds to wait for a word before looking whether the connection still lives."""


class Live:
    """Tells topics (`outbox`, `chats`, `chat:<citizen>`, `orders`, `knowledge`, `alerts`)."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._listeners: set[asyncio.Queue[str]] = set()
        self._untold: set[str] = set()
        self._telling: asyncio.Task[None] | None = None
        self.connected = False

    def tell(self, *topics: str) -> None:
        """Say that something about these topics has changed; returns at once, never fails."""
        for topic in topics:
            self._spread(topic)
        self._untold.update(topics)
        if self._telling is None:
            self._telling = asyncio.create_task(self._publish_soon())

    async def _publish_soon(self) -> None:
        """One word to Redis for all that happens within a blink."""
        await asyncio.sleep(BLINK)
        self._telling = None
        await self.flush()

    async def flush(self) -> None:
        """Tell other processes at once what they have not been told yet."""
        topics, self._untold = self._untold, set()
        if topics:
            with suppress(RedisError, OSError):
                await self._client.publish(CHANNEL, " ".join(topics))

    def _spread(self, topic: str) -> None:
        for queue in self._listeners:
            # A page that does not keep up looks again anyway: it needs no more than one word.
            with suppress(asyncio.QueueFull):
                queue.put_nowait(topic)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[asyncio.Queue[str]]:
        """A queue that gets every topic told from now on."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=1000)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    async def run(self) -> None:
        """Hear what other replicas tell, for as long as the process lives."""
        while True:
            try:
                await self._hear()
            except (RedisError, OSError) as error:
                if self.connected:
                    log.warning("Redis is away (%s): pages update more slowly", error)
                self.connected = False
                await asyncio.sleep(1)

    async def _hear(self) -> None:
        async with self._client.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            self.connected = True
            while True:
                word = await pubsub.get_message(ignore_subscribe_messages=True, timeout=HEARTBEAT)
                if word is not None:
                    for topic in word["data"].decode().split():
                        self._spread(topic)
