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
HEARTBEAT = 10.0
"""Seconds to wait for a word before looking whether the connection still lives."""


class Live:
    """Tells topics (`outbox`, `chats`, `chat:<citizen>`, `orders`, `knowledge`, `alerts`)."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._listeners: set[asyncio.Queue[str]] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self.connected = False

    def tell(self, *topics: str) -> None:
        """Say that something about these topics has changed; returns at once, never fails."""
        for topic in topics:
            self._spread(topic)
        task = asyncio.create_task(self._publish(topics))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _publish(self, topics: tuple[str, ...]) -> None:
        with suppress(RedisError, OSError):
            await self._client.publish(CHANNEL, " ".join(topics))

    async def flush(self) -> None:
        """Wait until all that was told is on its way; for a process that ends now."""
        await asyncio.gather(*self._telling)

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
