"""What is due (期限看板): orders at a unit by how near their deadline is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from backend.clock import city_time
from backend.database import Connection
from backend.orders.lifecycle import State
from backend.orders.rules import Rules
from backend.orders.store import Kept, read
from backend.tables import orders

DUE = case((orders.c.state == State.SIGNING, orders.c.sign_by), else_=orders.c.deadline)
"""The deadline that runs now: of signing, or of handling."""
RUNNING = orders.c.state.in_((State.SIGNING, State.HANDLING))


class Light(StrEnum):
    """How near a deadline is, by its colour on the board."""

    OVERDUE = "已超期"
    RED = "今天到期"
    AMBER = "临期"
    GREEN = "正常"
    PAUSED = "暂停计时"


@dataclass(frozen=True, slots=True)
class Moments:
    """Where one colour ends and the next begins."""

    now: datetime
    midnight: datetime
    amber: datetime

    @classmethod
    def of(cls, rules: Rules, now: datetime) -> "Moments":
        """The moments of this instant."""
        local = city_time(now)
        midnight = datetime.combine(local.date(), time.max, local.tzinfo)
        return cls(now, midnight, max(midnight, rules.amber_from(now)))


def shows(light: Light, at: Moments) -> ColumnElement[bool]:
    """Whether an order shows a colour."""
    runs = and_(RUNNING, orders.c.paused_at.is_(None))
    match light:
        case Light.PAUSED:
            return and_(RUNNING, orders.c.paused_at.is_not(None))
        case Light.OVERDUE:
            return and_(runs, at.now >= DUE)
        case Light.RED:
            return and_(runs, at.now < DUE, at.midnight >= DUE)
        case Light.AMBER:
            return and_(runs, at.midnight < DUE, at.amber >= DUE)
        case Light.GREEN:
            return and_(runs, or_(at.amber < DUE, DUE.is_(None)))


async def lights(connection: Connection, at: Moments, unit: str = "") -> dict[Light, int]:
    """How many orders show each colour; of one unit, or of all."""
    counts = [func.count().filter(shows(light, at)) for light in Light]
    query = select(*counts).where(RUNNING, *_of(unit))
    row = (await connection.execute(query)).one()
    return dict(zip(Light, row, strict=True))


async def by_unit(connection: Connection, at: Moments) -> Mapping[str, dict[Light, int]]:
    """The colours of every unit that has an order, the most overdue first."""
    counts = [func.count().filter(shows(light, at)).label(light.name) for light in Light]
    query = (
        select(orders.c.unit, *counts)
        .where(RUNNING)
        .group_by(orders.c.unit)
        .order_by(counts[0].desc(), counts[1].desc(), counts[2].desc(), orders.c.unit)
    )
    rows = await connection.execute(query)
    return {row[0]: dict(zip(Light, row[1:], strict=True)) for row in rows}


async def due(
    connection: Connection, at: Moments, light: Light, unit: str = "", limit: int = 100
) -> list[Kept]:
    """The orders of one colour, the most urgent first."""
    # The index of running orders has all that the first query needs.
    chosen = select(orders.c.id).where(RUNNING, shows(light, at), *_of(unit))
    first = chosen.order_by(DUE, orders.c.id).limit(limit).scalar_subquery()
    query = select(orders).where(orders.c.id.in_(first)).order_by(DUE, orders.c.id)
    return [read(row) for row in await connection.execute(query)]


def _of(unit: str) -> tuple[ColumnElement[bool], ...]:
    return (orders.c.unit == unit,) if unit else ()
