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
    begin = figures.since(now, wanted.days)
    found = _found(wanted, now, ahead, begin)
    # The page is cut before the texts are read: reading all of them costs ten times as much.
    order = (found.c.key, found.c.id.desc())
    cut = select(found).order_by(*order).limit(PAGE).offset((wanted.page - 1) * PAGE).subquery()
    total = select(func.count()).select_from(found).scalar_subquery()
    query = (
        select(knowledge, total.label("total"))
        .join_from(cut, knowledge, knowledge.c.id == cut.c.id)
        .order_by(cut.c.key, cut.c.id.desc())
    )
    rows = (await connection.execute(query)).all()
    known = await figures.of_some(connection, [row.id for row in rows], begin)
    listed = tuple(Listed(entry_of(row), **known[row.id]) for row in rows)
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


def _found(wanted: Search, now: datetime, ahead: int, begin: datetime | None) -> CTE:
    """Ids of all that is found, each with the key by which it is sorted."""
    known = figures.counts(begin)
    told = {name: func.coalesce(known.c[name], 0) for name in figures.NAMES}
    usage = _usage(wanted.usage, told)
    query = select(knowledge.c.id, _key(wanted.sort, told).label("key")).where(
        standing(wanted.standing, now, ahead), *usage
    )
    if usage or wanted.sort in ("answered", "unsolved", "rate"):
        # Figures of all entries cost more than the list: only where it is sorted out by them.
        query = query.outerjoin(known, known.c.knowledge_id == knowledge.c.id)
    if wanted.units is not None:
        query = query.where(knowledge.c.unit.in_(wanted.units))
    if wanted.category:
        within = knowledge.c.category.startswith(f"{wanted.category}/", autoescape=True)
        query = query.where(or_(knowledge.c.category == wanted.category, within))
    for word in wanted.words:
        query = query.where(_holds(word))
    return query.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")


def _holds(word: str) -> ColumnElement[bool]:
    """The condition that an entry says a word somewhere; Latin letters in either case."""
    parts = (knowledge.c.title, cast(knowledge.c.questions, Text), knowledge.c.answer)
    whole = func.concat_ws("\n", *parts, knowledge.c.category, knowledge.c.unit)
    # In the collation C only Latin letters have cases, and lower() costs a tenth.
    latin = word.lower() != word.upper()
    held = func.strpos(func.lower(collate(whole, "C")) if latin else whole, word.lower())
    return held > 0


def _usage(usage: str, told: Mapping[str, Any]) -> tuple[ColumnElement[bool], ...]:
    match usage:
        case "unasked":
            return (told["answered"] == 0,)
        case "unhelpful":
            return (told["unsolved"] >= DOUBTFUL, told["unsolved"] >= told["solved"])
        case _:
            return ()


def _key(sort: str, told: Mapping[str, Any]) -> ColumnElement[Any]:
    """What is sorted by, the smallest first; nothing comes last."""
    rated = func.nullif(told["solved"] + told["unsolved"], 0)
    keys: Mapping[str, ColumnElement[Any]] = {
        "answered": -told["answered"],
        "unsolved": -told["unsolved"],
        "rate": told["solved"] * 1.0 / rated,
        "valid_until": knowledge.c.valid_until,
        "title": knowledge.c.title,
    }
    return keys.get(sort, -func.extract("epoch", knowledge.c.updated_at))
