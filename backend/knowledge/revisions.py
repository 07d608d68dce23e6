"""The revisions of entries: who changed what, when and why, and how it read before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, literal, select

from backend.database import Connection
from backend.knowledge.entry import Entry, Unknown
from backend.tables import knowledge, knowledge_revision

KEPT = ("title", "answer", "questions", "unit", "source", "valid_until", "category", "retired")
"""The columns of an entry that a revision keeps, as they were after it."""


@dataclass(frozen=True, slots=True)
class By:
    """Who does something to entries (`editor:lisi`), when, and why."""

    actor: str
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of an entry, with the entry as it was after it.

    `kind` is create, change, retire, revive (in use again), restore (an earlier text again),
    wrong (its unit says so) or right (an editor says it is not).
    """

    number: int
    kind: str
    by: By
    entry: Entry


async def record(connection: Connection, kind: Any, by: By, condition: Any) -> None:
    """Keep the present text of the entries that meet a condition as their newest revision.

    `kind` is a word, or a column expression on `knowledge`.
    """
    said = literal(kind) if isinstance(kind, str) else kind
    pairs = [part for name in KEPT for part in (literal(name), knowledge.c[name])]
    query = select(
        knowledge.c.id,
        knowledge.c.revision,
        said,
        literal(by.at, type_=knowledge_revision.c.at.type),
        literal(by.actor),
        literal(by.why),
        func.jsonb_build_object(*pairs),
    ).where(condition)
    into = ("knowledge_id", "number", "kind", "at", "actor", "why", "content")
    await connection.execute(insert(knowledge_revision).from_select(into, query))


async def history(connection: Connection, entry_id: int, limit: int = 100) -> Sequence[Revision]:
    """The newest revisions of an entry, newest first."""
    query = _of(entry_id).order_by(knowledge_revision.c.number.desc()).limit(limit)
    return [_revision(row) for row in await connection.execute(query)]


async def get(connection: Connection, entry_id: int, number: int) -> Revision:
    """One revision of an entry. Raises Unknown."""
    row = (
        await connection.execute(_of(entry_id).where(knowledge_revision.c.number == number))
    ).first()
    if row is None:
        raise Unknown(f"没有第{number}版")
    return _revision(row)


def _of(entry_id: int) -> Select[Any]:
    return select(knowledge_revision).where(knowledge_revision.c.knowledge_id == entry_id)


def _revision(row: Any) -> Revision:
    kept = dict(row.content)
    entry = Entry(
        **kept
        | {"questions": tuple(kept["questions"]), "valid_until": kept["valid_until"] or ""}
        | {"id": row.knowledge_id, "revision": row.number, "updated_at": row.at}
    )
    return Revision(row.number, row.kind, By(row.actor, row.at, row.why), entry)
