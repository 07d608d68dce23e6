"""Notices (提醒) to the office and to units: what somebody has to look at, until they have."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, select, update

from backend.database import Connection
from backend.staff import Member, Role
from backend.tables import notice, orders

OFFICE = ""
"""The addressee of what concerns no unit but the office (热线办)."""

KNOWLEDGE = "knowledge-"
"""What the kinds of notices about the knowledge base begin with."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice; `seen_at` is None until somebody puts it aside, `number` is '' without an order."""

    id: int
    unit: str
    kind: str
    text: str
    number: str
    created_at: datetime
    seen_at: datetime | None
    seen_by: str


async def add(
    connection: Connection,
    unit: str,
    kind: str,
    text: str,
    now: datetime,
    *,
    order_id: int | None = None,
) -> int:
    """Tell a unit (or OFFICE) something; it shows in the console until somebody puts it aside."""
    row = {"unit": unit, "kind": kind, "text": text, "order_id": order_id, "created_at": now}
    made = await connection.execute(insert(notice).values(row).returning(notice.c.id))
    return int(made.scalar_one())


async def reword(connection: Connection, notice_id: int, text: str) -> None:
    """Bring what a notice says up to date; whoever has put it aside is not called again."""
    await connection.execute(update(notice).where(notice.c.id == notice_id).values(text=text))


async def of(connection: Connection, member: Member, *, limit: int = 100) -> list[Notice]:
    """What a member should look at: not put aside first, then newest first."""
    query = (
        select(notice, func.coalesce(orders.c.number, "").label("number"))
        .outerjoin(orders, orders.c.id == notice.c.order_id)
        .where(_for(member))
        .order_by(notice.c.seen_at.is_not(None), notice.c.id.desc())
        .limit(limit)
    )
    return [_read(row) for row in await connection.execute(query)]


async def count(connection: Connection, member: Member) -> int:
    """How many notices nobody has put aside yet."""
    query = select(func.count()).select_from(notice).where(_for(member), notice.c.seen_at.is_(None))
    return int(await connection.scalar(query) or 0)


async def put_aside(
    connection: Connection, member: Member, now: datetime, notice_id: int | None = None
) -> int:
    """Put one notice aside, or all of the member's; how many it were."""
    query = update(notice).where(_for(member), notice.c.seen_at.is_(None))
    if notice_id is not None:
        query = query.where(notice.c.id == notice_id)
    result = await connection.execute(query.values(seen_at=now, seen_by=member.login))
    return int(result.rowcount)


def _for(member: Member) -> ColumnElement[bool]:
    """A unit's people see the unit's notices, editors what concerns the knowledge base,
    everybody else all those of the office."""
    if member.role is Role.EDITOR:
        return and_(notice.c.unit == OFFICE, notice.c.kind.startswith(KNOWLEDGE))
    if member.role is not Role.HANDLER:
        return notice.c.unit == OFFICE
    # A handler of no unit has none: '' is the office.
    return (notice.c.unit == member.unit) & (notice.c.unit != OFFICE)


def _read(row: Any) -> Notice:
    return Notice(
        row.id, row.unit, row.kind, row.text, row.number, row.created_at, row.seen_at, row.seen_by
    )
