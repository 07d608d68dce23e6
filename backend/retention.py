"""Retention (保存期限): what tells who a citizen was is taken out of what is long over.

Orders stay for the statistics, with area and street; messages stay as rows with their outcome.
Events and rows are redacted alike, as when a citizen leaves (redaction.py).
"""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, false, func, select, update

from backend import setting
from backend.clock import Month, city_time
from backend.database import Connection
from backend.orders import store
from backend.orders.lifecycle import State
from backend.redaction import Redaction
from backend.services import Services
from backend.tables import citizen, message, orders, outbox, survey

log = logging.getLogger(__name__)

BATCH = 200
NIGHT = range(1, 6)
"""Hours of the city's day in which the worker works off what is due."""
LAST, MARK = "retention", "retention mark"
"""The names under which the figures of the last night, and how far messages are, are kept."""
OVER = (State.ARCHIVED, State.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Policy:
    """Months after which an ended order is de-identified, and a message's words go; 0 keeps."""

    orders: int = 36
    messages: int = 24


@dataclass(frozen=True, slots=True)
class Done:
    """How many orders were de-identified, and how many messages and answers lost their words."""

    orders: int = 0
    messages: int = 0
    answers: int = 0

    def __add__(self, other: "Done") -> "Done":
        return Done(
            self.orders + other.orders,
            self.messages + other.messages,
            self.answers + other.answers,
        )

    @property
    def total(self) -> int:
        """All of them."""
        return self.orders + self.messages + self.answers


class Retention:
    """Works off what is too old, a batch a transaction."""

    def __init__(self, services: Services, policy: Policy) -> None:
        self._services = services
        self._policy = policy

    async def step(self) -> bool:
        """At night, work off a batch; False when nothing is left, or by day."""
        if city_time(self._services.clock.now()).hour not in NIGHT:
            return False
        done = await self.work()
        if done.total:
            log.info("retention: %s", asdict(done))
        return bool(done.total)

    async def work(self) -> Done:
        """Work off a batch; what was done."""
        now = self._services.clock.now()
        async with self._services.database.transaction() as connection:
            done = Done(
                await _orders(connection, before(now, self._policy.orders), now),
                await _texts(connection, message, before(now, self._policy.messages)),
                await _texts(connection, outbox, before(now, self._policy.messages)),
            )
            await _note(connection, done, now)
        return done

    async def due(self) -> Done:
        """What would be done now if all of it were worked off."""
        now = self._services.clock.now()
        async with self._services.database.transaction() as connection:
            return Done(
                await _count(connection, orders, _over(before(now, self._policy.orders))),
                *[
                    await _count(
                        connection,
                        table,
                        _old(table, before(now, self._policy.messages))
                        & (table.c.id > await _mark(connection, table)),
                    )
                    for table in (message, outbox)
                ],
            )


def before(now: datetime, months: int) -> datetime | None:
    """The first moment that is kept: whole months of the city's calendar; None keeps all."""
    return Month.of(now).later(-months).since if months else None


async def last(connection: Connection) -> dict[str, Any]:
    """The figures of the last night: its day and what was done in it; empty before the first."""
    return await setting.get(connection, LAST) or {}


def _over(limit: datetime | None) -> ColumnElement[bool]:
    if limit is None:
        return false()
    return (
        orders.c.state.in_(OVER)
        & (orders.c.updated_at < limit)
        & orders.c.deidentified_at.is_(None)
    )


def _old(table: Table, limit: datetime | None) -> ColumnElement[bool]:
    if limit is None:
        return false()
    if table is message:
        return (message.c.received_at < limit) & message.c.outcome.is_not(None)
    return (outbox.c.created_at < limit) & (outbox.c.state != "pending")


async def _orders(connection: Connection, limit: datetime | None, now: datetime) -> int:
    query = (
        select(orders)
        .where(_over(limit))
        .order_by(orders.c.updated_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    found = [store.read(row) for row in (await connection.execute(query)).all()]
    for kept in found:
        await _deidentify(connection, kept, now)
    return len(found)


async def _deidentify(connection: Connection, kept: store.Kept, now: datetime) -> None:
    who = select(citizen.c.name, citizen.c.phone).where(citizen.c.id == kept.citizen_id)
    row = (await connection.execute(who)).first()
    known = tuple(row) if row else ()
    await store.redact_one(connection, kept, known)
    await connection.execute(
        update(orders).where(orders.c.id == kept.id).values(deidentified_at=now)
    )
    asked = select(survey.c.id, survey.c.reason).where(
        survey.c.order_id == kept.id, survey.c.reason != ""
    )
    hidden = Redaction({*known, kept.order.citizen_name, kept.order.contact})
    for one in (await connection.execute(asked)).all():
        reason = hidden.text(one.reason)
        await connection.execute(update(survey).where(survey.c.id == one.id).values(reason=reason))


async def _texts(connection: Connection, table: Table, limit: datetime | None) -> int:
    """Empty the words of the next batch, in the order in which they came."""
    mark = await _mark(connection, table)
    query = select(table.c.id).where(_old(table, limit), table.c.id > mark)
    ids = (await connection.scalars(query.order_by(table.c.id).limit(BATCH))).all()
    if not ids:
        return 0
    gone: dict[str, Any] = {"text": "", "payload": {}} if table is message else {"rungs": []}
    if table is outbox:
        gone["rung"] = 0
    await connection.execute(update(table).where(table.c.id.in_(ids)).values(**gone))
    await setting.put(connection, f"{MARK} {table.name}", ids[-1])
    return len(ids)


async def _mark(connection: Connection, table: Table) -> int:
    return await setting.get(connection, f"{MARK} {table.name}") or 0


async def _count(connection: Connection, table: Table, where: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(where)
    return int(await connection.scalar(query) or 0)


async def _note(connection: Connection, done: Done, now: datetime) -> None:
    """Add a batch to the figures of its day."""
    day = f"{city_time(now):%Y-%m-%d}"
    known = await last(connection)
    if not done.total and known.get("day") == day:
        return
    so_far = {name: known.get(name, 0) if known.get("day") == day else 0 for name in asdict(done)}
    await setting.put(connection, LAST, {"day": day, **asdict(Done(**so_far) + done)})
