"""Runs the sweeps, on a clock of its own (APScheduler) or once for a command."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import text

from backend.database import Connection, Unavailable
from backend.services import Services
from callbacks import planning, steps
from callbacks.policy import Policy
from callbacks.sweep import Sweep, run

log = logging.getLogger(__name__)

LOCK = 0x4859_0002
"""The advisory lock of the leader among all schedulers."""

SWEEPS: Sequence[Sweep] = (
    steps.CANCEL,
    steps.LEAVE,
    planning.SCHEDULE,
    steps.ASK,
    steps.WATCH,
    steps.REMIND,
    steps.EXPIRE,
)
"""In the order in which a run does them."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run did: how many of each step, and how many failed (they are tried again)."""

    done: Mapping[str, int]
    failed: int = 0


async def run_once(services: Services, policy: Policy) -> Summary:
    """Do everything that is due now. Raises Unavailable when the database is away."""
    done: dict[str, int] = {}
    failed = 0
    for sweep in SWEEPS:
        done[sweep.name], unable = await run(sweep, services, policy)
        failed += unable
    if any(done.values()):
        services.live.tell("outbox", "orders")
    return Summary(done, failed)


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of a scheduler, for the health page; `error` is '' when it went well."""

    at: datetime
    seconds: float
    leader: bool
    summary: Summary | None = None
    error: str = ""


class Scheduler:
    """Runs the sweeps every `interval` seconds; of several, one leads and the others stand by."""

    def __init__(self, services: Services, policy: Policy, interval: float = 2.0) -> None:
        self._services = services
        self._policy = policy
        self._interval = interval
        self._jobs: Any = AsyncIOScheduler(timezone="UTC")
        self.last_run: LastRun | None = None
        self.errors = 0

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._jobs.add_job(
            self.tick,
            "interval",
            seconds=self._interval,
            id="callbacks",
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        self._jobs.start()

    def stop(self) -> None:
        """Start no more runs; one under way is cut off, and leaves nothing half done."""
        if self._jobs.running:
            self._jobs.shutdown(wait=False)

    async def tick(self) -> None:
        """One run, if this scheduler leads. Never raises: the next run tries again."""
        began = time.monotonic()
        leader, summary, error = False, None, ""
        try:
            summary = await self._lead()
            leader = summary is not None
        except Unavailable as away:
            error = f"database unavailable ({away})"
        except Exception as unexpected:
            error = type(unexpected).__name__
        self._finish(began, leader, summary, error)

    async def _lead(self) -> Summary | None:
        """Run while holding the leader's lock; None if another scheduler holds it."""
        async with self._services.database.transaction() as connection:
            if not await _elected(connection):
                return None
            return await run_once(self._services, self._policy)

    def _finish(self, began: float, leader: bool, summary: Summary | None, error: str) -> None:
        known = self.last_run.error if self.last_run else ""
        self.errors += bool(error) + (summary.failed if summary else 0)
        if error and error != known:
            log.error("surveys are not asked: %s", error)
        elif known and not error:
            log.info("surveys are asked again")
        now, seconds = self._services.clock.now(), time.monotonic() - began
        self.last_run = LastRun(now, seconds, leader, summary, error)


async def _elected(connection: Connection) -> bool:
    """True if no other scheduler leads; the lock ends with the transaction, however it ends."""
    query = text("SELECT pg_try_advisory_xact_lock(:lock)")
    return bool(await connection.scalar(query, {"lock": LOCK}))
