"""A sweep: rows that wait for a step, each done in its own short transaction, safe to run anywhere.

A step claims its rows with FOR UPDATE SKIP LOCKED and checks its condition on the locked rows, so
any number of schedulers may run at once and a killed one leaves nothing half done: the survey's
change, its outbox row and the order's event are committed together.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select

from backend.database import Connection, Unavailable
from backend.failure import describe
from backend.services import Services
from callbacks.policy import Policy

log = logging.getLogger(__name__)

BATCH = 200
"""Rows a sweep takes at most; the rest waits for the next run, seconds later."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Which rows wait for a step (their ids), and the step; it says whether it was done."""

    name: str
    waiting: Callable[[Policy, datetime], Select[int]]
    step: Callable[[Connection, int, Policy, datetime], Awaitable[bool]]


async def run(sweep: Sweep, services: Services, policy: Policy) -> tuple[int, int]:
    """Do the step for all rows that wait: how many were done, and how many failed."""
    now = services.clock.now()
    async with services.database.transaction() as connection:
        waiting = (await connection.scalars(sweep.waiting(policy, now).limit(BATCH))).all()
    done = failed = 0
    for row_id in waiting:
        try:
            async with services.database.transaction() as connection:
                done += await sweep.step(connection, row_id, policy, now)
        except Unavailable:
            raise
        except Exception as error:
            _report(sweep, row_id, error)
            failed += 1
    return done, failed


def _report(sweep: Sweep, row_id: int, error: Exception) -> None:
    """Say what failed where, without the error's text: a database puts citizens' words in it."""
    log.error("survey sweep %s failed on row %s: %s", sweep.name, row_id, describe(error))
