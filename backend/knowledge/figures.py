"""Figures of entries: answers given from them, and what citizens said of these."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Subquery, func, literal, select, union_all

from backend.clock import city_time
from backend.database import Connection
from backend.message import Outcome
from backend.tables import knowledge, knowledge_feedback, message

NAMES = ("answered", "solved", "unsolved")
PERIODS = {30: "近30天", 90: "近90天", 365: "近一年", 0: "全部时间"}
MOST_DAYS = 36_500


def since(now: datetime, days: int) -> datetime | None:
    """When a period of so many days with today began, by the city's clock; None for 0, or more than
    MOST_DAYS: ever."""
    if not 0 < days <= MOST_DAYS:
        return None
    midnight = city_time(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days - 1)


def counts(begin: datetime | None = None, entry_ids: Sequence[int] | None = None) -> Subquery:
    """A subquery: of each entry (of these) that has any, how often it was `answered`, `solved`
    and `unsolved` since `begin`."""
    nought = literal(0, Integer)
    given = select(
        message.c.knowledge_id, literal(1, Integer).label("answered"), nought.label("solved"),
        nought.label("unsolved"),
    ).where(message.c.knowledge_id.is_not(None), message.c.outcome == Outcome.ANSWERED)  # fmt: skip
    said = select(
        knowledge_feedback.c.knowledge_id,
        nought,
        knowledge_feedback.c.solved.cast(Integer),
        (~knowledge_feedback.c.solved).cast(Integer),
    )
    if begin is not None:
        given = given.where(message.c.received_at >= begin)
        said = said.where(knowledge_feedback.c.at >= begin)
    if entry_ids is not None:
        given = given.where(message.c.knowledge_id.in_(entry_ids))
        said = said.where(knowledge_feedback.c.knowledge_id.in_(entry_ids))
    each = union_all(given, said).subquery()
    sums = (func.sum(each.c[name]).label(name) for name in NAMES)
    return select(each.c.knowledge_id, *sums).group_by(each.c.knowledge_id).subquery("counts")


async def of_some(
    connection: Connection, entry_ids: Sequence[int], begin: datetime | None = None
) -> dict[int, dict[str, int]]:
    """`answered`, `solved` and `unsolved` of each of these entries."""
    told = {entry_id: dict.fromkeys(NAMES, 0) for entry_id in entry_ids}
    for row in await connection.execute(select(counts(begin, entry_ids))):
        told[row.knowledge_id] = {name: getattr(row, name) for name in NAMES}
    return told


async def of_all(connection: Connection) -> list[dict[str, Any]]:
    """All entries with their figures of all time, by title."""
    known = counts()
    sums = (func.coalesce(known.c[name], 0).label(name) for name in NAMES)
    query = (
        select(knowledge, *sums)
        .outerjoin(known, known.c.knowledge_id == knowledge.c.id)
        .order_by(knowledge.c.title)
    )
    return [dict(row._mapping) for row in await connection.execute(query)]
