"""The worker that compares each new order with those before it: like ones, and bursts of them."""

import logging

from backend.database import Connection, Unavailable
from backend.failure import describe
from backend.orders import bursts, following, rules, store
from backend.orders.following import Task
from backend.orders.nearby import nearby
from backend.orders.nearness import Matter
from backend.services import Services
from bot.neighbours import Neighbours

log = logging.getLogger(__name__)


class Bursts:
    """Looks at every order once, whatever way it came. Any number of replicas may run it."""

    def __init__(self, services: Services, neighbours: Neighbours) -> None:
        self._services = services
        self._neighbours = neighbours

    async def step(self) -> bool:
        """Look at the next order; False if none waits."""
        now = self._services.clock.now()
        task: Task | None = None
        try:
            async with self._services.database.transaction() as connection:
                task = await following.claim(connection, now, "look")
                if task is None:
                    return False
                raised = await self._look(connection, task.order_id)
        except Unavailable:
            raise
        except Exception as error:
            assert task is not None
            log.error("looking at order %d failed: %s", task.order_id, describe(error))
            async with self._services.database.transaction() as connection:
                await following.postpone(connection, task, now)
            return True
        if raised:
            self._services.live.tell("alerts")
        return True

    async def _look(self, connection: Connection, order_id: int) -> bool:
        within = (await rules.current(connection)).clusters
        await bursts.lock(connection)
        kept = await store.get(connection, order_id)
        at, matter = kept.order.created_at, Matter.of(kept.order)
        near = await nearby(connection, matter, within, at)
        others = [other for other in near if other.id < kept.id]
        same = self._neighbours.like(matter, others)
        await bursts.note_alike(connection, kept, same)
        return await bursts.look(connection, kept, within)
