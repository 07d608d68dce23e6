"""Finding orders by what they say (工单检索)."""

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import ColumnElement, Select, Subquery, cast, func, select, text, true
from sqlalchemy.dialects.postgresql import TSQUERY

from backend.database import Connection
from backend.orders import terms
from backend.orders.lifecycle import Refused
from backend.orders.store import Kept, read
from backend.orders.terms import RUN, lexemes, normal
from backend.tables import order_search, orders

SHORTEST, LONGEST = 2, 100
"""Characters of what is looked for: a pair at least."""
RECENT = 3_000
"""The newest orders, which are read through; what is rare among them is looked up in the index."""
BATCH = 50
"""Matches read at once, at least; now and then one is none."""


View = Callable[[Kept], Kept]


def whole(kept: Kept) -> Kept:
    """The view of those who may see everything."""
    return kept


def words(said: str) -> tuple[str, ...]:
    """What has to stand in the orders that are looked for. Raises Refused when it is too little."""
    found = RUN.findall(normal(said[:LONGEST]))
    if not found or min(map(len, found)) < SHORTEST:
        raise Refused("请至少输入两个字，例如“路灯”；几个词用空格隔开")
    return tuple(found)


async def find(
    connection: Connection,
    wanted: Sequence[str],
    conditions: Sequence[ColumnElement[bool]] = (),
    *,
    before_id: int | None = None,
    limit: int = 50,
    seen: View = whole,
) -> list[Kept]:
    """The orders in which all wanted words stand (see `words`), newest first.

    `seen` is an order as whoever asks may see it: nobody finds out by asking what is hidden there.
    `conditions` are about the table of orders. What is frequent is soon met among the newest
    orders; what is not, is few enough to be fetched by the index. So the work has its bounds,
    however many orders there are.
    """
    # What a word costs depends on the word: no plan made for another will do.
    await connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    older = [] if before_id is None else [orders.c.id < before_id]
    newest = _newest([*conditions, *older])
    edge = await connection.scalar(select(func.min(newest.c.id)))
    if edge is None:
        return []
    # OFFSET keeps PostgreSQL looking each of them up, and stopping as soon as it has enough.
    one = _matching(wanted).where(order_search.c.order_id == newest.c.id).offset(0).lateral()
    near = select(newest.c.id).join(one, true())
    holding = partial(_holds, wanted=wanted, seen=seen)
    found = await _holding(connection, near, newest.c.id, holding, limit)
    if len(found) < limit:
        far = _matching(wanted).where(order_search.c.order_id < edge)
        if conditions:
            far = far.join(orders, orders.c.id == order_search.c.order_id).where(*conditions)
        more = limit - len(found)
        found += await _holding(connection, far, order_search.c.order_id, holding, more)
    return found


def _newest(conditions: Sequence[ColumnElement[bool]]) -> Subquery:
    query = select(orders.c.id).where(*conditions)
    return query.order_by(orders.c.id.desc()).limit(RECENT).subquery()


def _matching(wanted: Sequence[str]) -> Select[tuple[int]]:
    """The ids of orders that have all pairs of the words, if perhaps not one after another."""
    asked = cast(" & ".join(f"'{lexeme}'" for lexeme in lexemes(wanted)), TSQUERY)
    return select(order_search.c.order_id).where(order_search.c.terms.op("@@")(asked))


async def _holding(
    connection: Connection,
    ids: Select[tuple[int]],
    column: ColumnElement[int],
    holding: Callable[[Kept], bool],
    limit: int,
) -> list[Kept]:
    """The newest of the orders with these ids in which the words truly stand."""
    found: list[Kept] = []
    size = max(limit, BATCH)
    ids = ids.order_by(column.desc()).limit(size)
    batch = (await connection.scalars(ids)).all()
    while batch:
        query = select(orders).where(orders.c.id.in_(batch)).order_by(orders.c.id.desc())
        kept = map(read, await connection.execute(query))
        found += filter(holding, kept)
        if len(found) >= limit or len(batch) < size:
            break
        batch = (await connection.scalars(ids.where(column < batch[-1]))).all()
    return found[:limit]


def _holds(kept: Kept, wanted: Sequence[str], seen: View) -> bool:
    text = terms.said(seen(kept).order)
    return all(word in text for word in wanted)
