"""Figures of entries: answers given from them, and what citizens said of these."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Subquery, func, literal, select, union_all

from backend.database import Connection
from backend.message import Outcome
from backend.tables import knowledge, knowledge_feedback, message


def counts(since: datetime | None = None) -> Subquery:
    """A subquery: of each entry with any, how often it was `answered`, `solved`, `unsolved`."""
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
    if since is not None:
        given = given.where(message.c.received_at >= since)
        said = said.where(knowledge_feedback.c.at >= since)
    each = union_all(given, said).subquery()
    names = ("answered", "solved", "unsolved")
    sums = (func.sum(each.c[name]).label(name) for name in names)
    return select(each.c.knowledge_id, *sums).group_by(each.c.knowledge_id).subquery("counts")


async def of_all(connection: Connection) -> list[dict[str, Any]]:
    """All entries with their figures, by title."""
    known = counts()
    sums = (func.coalesce(known.c[name], 0).label(name) for name in known.c.keys()[1:])
    query = (
        select(knowledge, *sums)
        .outerjoin(known, known.c.knowledge_id == knowledge.c.id)
        .order_by(knowledge.c.title)
    )
    return [dict(row._mapping) for row in await connection.execute(query)]
