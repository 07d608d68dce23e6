"""Returns (退单) as figures: who returned what to whom, and what nobody takes (争议清单)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from backend.database import Connection
from backend.orders.lifecycle import RETURNS_UNTIL_DESIGNATED
from backend.tables import order_event, orders, responsibility


@dataclass(frozen=True, slots=True)
class UnitReturns:
    """A unit's requests in a time: all, granted, and refused (已驳回退单申请量), with the orders
    behind them (an order may be asked to be returned twice)."""

    unit: str
    asked: int
    granted: int
    refused: int
    asked_numbers: tuple[str, ...] = ()
    granted_numbers: tuple[str, ...] = ()
    refused_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairReturns:
    """Orders that `unit` returned and that went to `next_unit` then ('' if nowhere yet)."""

    unit: str
    next_unit: str
    category: str
    count: int
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dispute:
    """A matter in an area that came back as often as to need the office's word."""

    area: str
    category: str
    count: int
    numbers: tuple[str, ...]
    since: datetime


_AMENDED = exists().where(
    responsibility.c.category == orders.c.category,
    responsibility.c.area == orders.c.area,
    responsibility.c.amended_at > orders.c.dispatched_at,
)
DISPUTED = and_(orders.c.returns >= RETURNS_UNTIL_DESIGNATED, ~_AMENDED)
"""What holds for an order of the dispute list."""

_UNIT = order_event.c.facets["unit"].astext
_ASKED = order_event.c.facets["asked"].astext


async def by_unit(connection: Connection, since: datetime, until: datetime) -> list[UnitReturns]:
    """The requests to return of every unit that made one, most first."""
    asked = order_event.c.kind == "return"
    answered = [and_(order_event.c.kind == kind, _ASKED == "return") for kind in _ANSWERS]
    counts = [func.count().filter(condition) for condition in (asked, *answered)]
    numbers = [
        func.array_agg(orders.c.number.distinct()).filter(condition)
        for condition in (asked, *answered)
    ]
    query = (
        select(_UNIT, *counts, *numbers)
        .join_from(order_event, orders, orders.c.id == order_event.c.order_id)
        .where(
            order_event.c.at >= since,
            order_event.c.at < until,
            order_event.c.kind.in_(("return", *_ANSWERS)),
            or_(asked, *answered),
        )
        .group_by(_UNIT)
        .order_by(counts[0].desc(), _UNIT)
    )
    return [
        UnitReturns(*row[:4], *(tuple(found or ()) for found in row[4:]))
        for row in await connection.execute(query)
    ]


_ANSWERS = ("grant", "refuse")


async def by_pair(connection: Connection, since: datetime, until: datetime) -> list[PairReturns]:
    """Who returned to whom (湘潭 2023 年 7 月通报, 六: 交办单位和退单理由), most first."""
    later = aliased(order_event)
    onward = (
        select(later.c.facets["unit"].astext)
        .where(
            later.c.order_id == order_event.c.order_id,
            later.c.seq > order_event.c.seq,
            later.c.kind.in_(("dispatch", "designate")),
        )
        .order_by(later.c.seq)
        .limit(1)
        .scalar_subquery()
    )
    gone = (
        select(_UNIT.label("unit"), func.coalesce(onward, "").label("onward"),
               orders.c.category, orders.c.number)
        .join_from(order_event, orders, orders.c.id == order_event.c.order_id)
        .where(
            order_event.c.kind == "grant",
            _ASKED == "return",
            order_event.c.at >= since,
            order_event.c.at < until,
        )
        .subquery()
    )  # fmt: skip
    number = func.count().label("number")
    query = (
        select(gone.c.unit, gone.c.onward, gone.c.category, number,
               func.array_agg(gone.c.number))
        .group_by(gone.c.unit, gone.c.onward, gone.c.category)
        .order_by(number.desc(), gone.c.unit, gone.c.onward, gone.c.category)
    )  # fmt: skip
    rows = await connection.execute(query)
    return [
        PairReturns(unit, onward, category, count, tuple(sorted(numbers)))
        for unit, onward, category, count, numbers in rows
    ]


async def disputes(connection: Connection) -> list[Dispute]:
    """Matters returned again and again, until somebody amends the list for them."""
    last = func.max(orders.c.updated_at)
    query = (
        select(orders.c.area, orders.c.category, func.count(), func.array_agg(orders.c.number),
               last)
        .where(DISPUTED)
        .group_by(orders.c.area, orders.c.category)
        .order_by(func.count().desc(), orders.c.area)
    )  # fmt: skip
    return [_dispute(row) for row in await connection.execute(query)]


def _dispute(row: Any) -> Dispute:
    area, category, count, numbers, since = row
    return Dispute(area, category, count, tuple(sorted(numbers)), since)
