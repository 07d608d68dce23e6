"""The list of entries: searched, filtered, sorted and paged, with the figures of each.

With 100,000 entries one page takes one pass over the table. Words are looked for with strpos, which
skips through a text; an index of word fragments would make each import several times as long.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Text, and_, cast, collate, func, or_, select, true

from backend.database import Connection
from backend.knowledge import figures
from backend.knowledge.entry import Entry, entry_of, today
from backend.knowledge.store import answering
from backend.tables import knowledge

PAGE = 30
DOUBTFUL = 3
"""From how many 「没解决」 an entry is listed as one that does not help, if they are the half."""

STANDINGS: Mapping[str, str] = {
    "answering": "使用中",
    "expiring": "即将到期",
    "expired": "已过期",
    "wrong": "被报错",
    "retired": "已停用",
    "all": "全部",
}
SORTS: Mapping[str, str] = {
    "updated": "最近更新",
    "answered": "答复最多",
    "unsolved": "没解决最多",
    "rate": "解决率最低",
    "valid_until": "最先到期",
    "title": "标题",
}


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. `units` None means all; `days` (0: ever) is the period of the figures.

    `usage` is '' or `unasked` (no answer in the period) or `unhelpful` (many 「没解决」).
    """

    words: tuple[str, ...] = ()
    units: tuple[str, ...] | None = None
    category: str = ""
    standing: str = "answering"
    usage: str = ""
    sort: str = "updated"
    days: int = 30
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry with its figures of the period."""

    entry: Entry
    answered: int
    solved: int
    unsolved: int


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search, and how many entries it found in all."""

    rows: tuple[Listed, ...]
    total: int


async def search(connection: Connection, wanted: Search, now: datetime, ahead: int) -> Found:
    """One page of entries; `ahead` is how many days before its end an entry is about to expire."""
    found = _found(wanted, now, ahead)
    query = (
        select(knowledge, *(found.c[name] for name in figures.NAMES))
        .join_from(found, knowledge, knowledge.c.id == found.c.id)
        .order_by(*_order(found, wanted.sort))
        .limit(PAGE)
        .offset((wanted.page - 1) * PAGE)
    )
    total = select(func.count()).select_from(found).scalar_subquery()
    rows = (await connection.execute(query.add_columns(total.label("total")))).all()
    listed = tuple(Listed(entry_of(row), row.answered, row.solved, row.unsolved) for row in rows)
    return Found(listed, rows[0].total if rows else 0)


async def tally(
    connection: Connection, units: tuple[str, ...] | None, now: datetime, ahead: int
) -> dict[str, int]:
    """How many entries of these units are in each of STANDINGS."""
    counts = [func.count().filter(standing(name, now, ahead)).label(name) for name in STANDINGS]
    query = select(*counts).select_from(knowledge)
    if units is not None:
        query = query.where(knowledge.c.unit.in_(units))
    return dict((await connection.execute(query)).one()._mapping)


def standing(name: str, now: datetime, ahead: int) -> ColumnElement[bool]:
    """The condition of one of STANDINGS."""
    used, day = knowledge.c.retired.is_(False), today(now)
    match name:
        case "answering":
            return answering(now)
        case "expiring":
            last = today(now + timedelta(days=ahead))
            return and_(used, knowledge.c.valid_until >= day, knowledge.c.valid_until <= last)
        case "expired":
            return and_(used, knowledge.c.valid_until < day)
        case "wrong":
            return and_(used, knowledge.c.wrong != "")
        case "retired":
            return knowledge.c.retired.is_(True)
        case _:
            return true()


def _found(wanted: Search, now: datetime, ahead: int) -> CTE:
    """Ids of all that is found, with what they are sorted by."""
    known = figures.counts(figures.since(now, wanted.days))
    counts = [func.coalesce(known.c[name], 0).label(name) for name in figures.NAMES]
    query = (
        select(knowledge.c.id, knowledge.c.title, knowledge.c.updated_at, *counts)
        .add_columns(knowledge.c.valid_until)
        .outerjoin(known, known.c.knowledge_id == knowledge.c.id)
        .where(standing(wanted.standing, now, ahead), *_usage(wanted.usage, *counts))
    )
    if wanted.units is not None:
        query = query.where(knowledge.c.unit.in_(wanted.units))
    if wanted.category:
        level = knowledge.c.category == wanted.category
        query = query.where(
            or_(level, knowledge.c.category.startswith(f"{wanted.category}/", autoescape=True))
        )
    for word in wanted.words:
        query = query.where(func.strpos(_text(), word.lower()) > 0)
    return query.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")


def _text() -> ColumnElement[str]:
    parts = (knowledge.c.title, cast(knowledge.c.questions, Text), knowledge.c.answer)
    whole = func.concat_ws("\n", *parts, knowledge.c.category, knowledge.c.unit)
    # In the collation C only Latin letters have cases, and lower() costs a tenth.
    return func.lower(collate(whole, "C"))


def _usage(usage: str, answered: Any, solved: Any, unsolved: Any) -> tuple[Any, ...]:
    match usage:
        case "unasked":
            return (answered.element == 0,)
        case "unhelpful":
            return (unsolved.element >= DOUBTFUL, unsolved.element >= solved.element)
        case _:
            return ()


def _order(found: CTE, sort: str) -> tuple[Any, ...]:
    rated = func.nullif(found.c.solved + found.c.unsolved, 0)
    keys: Mapping[str, Any] = {
        "answered": found.c.answered.desc(),
        "unsolved": found.c.unsolved.desc(),
        "rate": (found.c.solved * 1.0 / rated).asc().nulls_last(),
        "valid_until": found.c.valid_until.asc().nulls_last(),
        "title": found.c.title,
    }
    return (keys.get(sort, found.c.updated_at.desc()), found.c.id.desc())
