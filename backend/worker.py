"""Background work as small steps: run when something happened, and now and then anyway."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from prometheus_client import Counter

from backend.database import Unavailable
from backend.failure import describe
from backend.live import Live

log = logging.getLogger(__name__)

FAILURES = Counter(
    "huiying_worker_failures_total", "Steps of background work that failed", ["work"]
)
AFTER_FAILURE = 1.0
"""Seconds to wait after a failed step."""

Step = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Worker:
    """Runs `step` until it says False (nothing left), then waits for `topic` or `idle` seconds."""

    name: str
    step: Step
    topic: str
    idle: float

    async def run(self, live: Live) -> None:
        """Work until cancelled; a step that fails is logged, counted and tried again."""
        async with live.listen() as queue:
            while True:
                if not await self._step():
                    await self._rest(queue)

    async def _step(self) -> bool:
        try:
            return await self.step()
        except Unavailable:
            log.warning("%s: the database is away, waiting for it", self.name)
        except Exception as error:
            log.error("%s: a step failed: %s", self.name, describe(error))
        FAILURES.labels(self.name).inc()
        await asyncio.sleep(AFTER_FAILURE)
        return True

    async def _rest(self, queue: asyncio.Queue[str]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.idle):
                while await queue.get() != self.topic:
                    pass
