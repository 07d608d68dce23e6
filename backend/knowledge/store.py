"""Entries in the database: which there are, and which may answer."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from backend.database import Connection
from backend.knowledge.entry import Entry, Unknown, entry_of, today
from backend.tables import knowledge


def answering(now: datetime) -> ColumnElement[bool]:
    """The condition on `knowledge` under which an entry may answer."""
    until = knowledge.c.valid_until
    return and_(
        knowledge.c.retired.is_(False),
        knowledge.c.wrong == "",
        or_(until.is_(None), until >= today(now)),
    )


async def get(connection: Connection, entry_id: int, now: datetime) -> Entry | None:
    """An entry that may answer now; None if it is retired, expired, wrong or unknown."""
    query = select(knowledge).where(knowledge.c.id == entry_id, answering(now))
    row = (await connection.execute(query)).first()
    return entry_of(row) if row else None


async def find(connection: Connection, entry_id: int, *, lock: bool = False) -> Entry:
    """An entry in whatever state; with `lock` nobody else changes it meanwhile. Raises Unknown."""
    query = select(knowledge).where(knowledge.c.id == entry_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise Unknown("没有这条知识")
    return entry_of(row)


async def valid(connection: Connection, now: datetime) -> list[Entry]:
    """All entries that may answer now."""
    rows = await connection.execute(
        select(knowledge).where(answering(now)).order_by(knowledge.c.id)
    )
    return [entry_of(row) for row in rows]


async def everything(connection: Connection, units: Sequence[str] | None = None) -> list[Entry]:
    """All entries (of these units), the retired and expired ones too, by title."""
    query = select(knowledge).order_by(knowledge.c.title)
    if units is not None:
        query = query.where(knowledge.c.unit.in_(units))
    return [entry_of(row) for row in await connection.execute(query)]
