"""What changed in the knowledge base since somebody last looked, in the order of the commits.

Each change of an entry gets the next number of the sequence `knowledge_change`. A sequence alone
would not do: who took 8 may commit before who took 7, and a reader that has seen 8 would never
look for 7. So every writer takes `lock` first and holds it until its commit.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from backend.database import Connection
from backend.knowledge.entry import today
from backend.knowledge.store import answering
from backend.tables import knowledge

LOCK = 0x4859_0003
"""The advisory lock that lets one writer of the knowledge base commit after the other."""
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a reader has followed: the last change it saw, on which day of the city."""

    change: int = 0
    day: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a search needs of an entry; it reads the answer too, and keeps none of the texts."""

    id: int
    title: str
    questions: tuple[str, ...]
    category: str
    answer: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Entries that may answer now as `topics` say, and the ids of those that may not any more.

    `mark` is where to go on; `more` says that there is more to be had at once.
    """

    mark: Mark
    topics: tuple[Topic, ...]
    gone: tuple[int, ...]
    more: bool = False

    @property
    def nothing(self) -> bool:
        """True if a reader has nothing to do."""
        return not self.topics and not self.gone


async def lock(connection: Connection) -> None:
    """Be the only writer of the knowledge base until this transaction ends."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


async def changes_since(
    connection: Connection, mark: Mark, now: datetime, limit: int = BATCH
) -> Changes:
    """What a reader that stands at `mark` must do to hold exactly the entries that may answer.

    Also when no row changed: at the city's midnight entries expire (and come back when the
    simulator's clock is turned back). Costs one look into an index when nothing happened.
    """
    day = today(now)
    rows = list(await connection.execute(_changed(mark, now).limit(limit)))
    last = rows[-1].change if rows else mark.change
    more = len(rows) == limit
    if mark.day and day != mark.day:
        rows += await connection.execute(_turned(mark, now, day))
    topics = tuple(_topic(row) for row in rows if row.answering)
    gone = tuple(row.id for row in rows if not row.answering)
    return Changes(Mark(last, day), topics, gone, more)


def _rows(now: datetime) -> Any:
    names = ("id", "title", "questions", "category", "answer", "change")
    columns = (knowledge.c[name] for name in names)
    return select(*columns, answering(now).label("answering"))


def _changed(mark: Mark, now: datetime) -> Any:
    query = _rows(now).where(knowledge.c.change > mark.change)
    return query.order_by(knowledge.c.change)


def _turned(mark: Mark, now: datetime, day: str) -> Any:
    """Entries whose last day lies between the day of the mark and today."""
    early, late = sorted((mark.day, day))
    return _rows(now).where(
        knowledge.c.change <= mark.change,
        knowledge.c.valid_until >= early,
        knowledge.c.valid_until < late,
    )


def _topic(row: Any) -> Topic:
    return Topic(row.id, row.title, tuple(row.questions), row.category, row.answer)
