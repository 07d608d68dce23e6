"""The worker behind clusters (并单): takes linked orders along with their master, one at a time."""

import logging

from backend.database import Unavailable
from backend.failure import describe
from backend.orders import clusters, following
from backend.orders.following import Task
from backend.orders.lifecycle import Refused
from backend.services import Services

log = logging.getLogger(__name__)

KINDS = ("follow", "link", "unlink")


class Clusterwork:
    """Does the tasks of the queue, each in a transaction with its removal.

    Any number of replicas may run it. One that is killed leaves its task to the others.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def step(self) -> bool:
        """Do the next task; False if none is due."""
        now = self._services.clock.now()
        task: Task | None = None
        try:
            async with self._services.database.transaction() as connection:
                task = await following.claim(connection, now, *KINDS)
                if task is None:
                    return False
                await clusters.do(connection, task, now)
        except Unavailable:
            raise
        except Exception as error:
            await self._give_back(task, error)
        self._services.live.tell("orders", "outbox")
        return True

    async def _give_back(self, task: Task | None, error: Exception) -> None:
        assert task is not None
        refused = isinstance(error, Refused)
        if not refused:
            log.error("cluster task %d failed: %s", task.id, describe(error))
        async with self._services.database.transaction() as connection:
            if refused:
                # The order has moved on meanwhile: what was to be done to it is needless.
                await following.drop(connection, task)
            else:
                await following.postpone(connection, task, self._services.clock.now())
