"""Lists of orders: by what they are narrowed, a page of one, and how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select

from backend.database import Connection
from backend.orders import search
from backend.orders.lifecycle import State
from backend.orders.store import Kept, read
from backend.sealing import blind
from backend.tables import order_tally, orders


@dataclass(frozen=True, slots=True)
class Wanted:
    """By what a list is narrowed; '' and () leave it open."""

    states: tuple[State, ...] = ()
    unit: str = ""
    channel: str = ""
    tag: str = ""
    contact: str = ""
    """The telephone that was left, whole."""
    named_only: bool = False
    """Without the confidential ones (保密)."""
    words: tuple[str, ...] = ()
    """What has to stand in the orders: `search.words`."""

    def of(self, table: FromClause) -> list[ColumnElement[bool]]:
        """What holds for the rows of these orders, or of what is counted of them."""
        found = [table.c[name] == value for name in NAMES if (value := getattr(self, name))]
        return [*found, table.c.tags.contains([self.tag])] if self.tag else found


NAMES = ("unit", "channel")
EVERYTHING = Wanted()


async def page(
    connection: Connection,
    wanted: Wanted = EVERYTHING,
    *,
    before_id: int | None = None,
    limit: int = 50,
    seen: search.View = search.whole,
) -> Sequence[Kept]:
    """A page of orders, newest first; `before_id` is where the page before it ended.

    Words are looked for in what is `seen` of an order; it is returned whole all the same.
    """
    conditions = wanted.of(orders)
    if wanted.states:
        conditions.append(orders.c.state.in_(wanted.states))
    if wanted.contact:
        conditions.append(orders.c.contact_index == blind(wanted.contact))
    if wanted.named_only:
        conditions.append(orders.c.confidential.is_(False))
    if wanted.words:
        return await search.find(
            connection, wanted.words, conditions, before_id=before_id, limit=limit, seen=seen
        )
    query: Select[Any] = select(orders).where(*conditions)
    if before_id is not None:
        query = query.where(orders.c.id < before_id)
    rows = await connection.execute(query.order_by(orders.c.id.desc()).limit(limit))
    return [read(row) for row in rows]


async def counts(connection: Connection, wanted: Wanted = EVERYTHING) -> dict[State, int]:
    """How many orders there are in each state, whatever their words and contacts."""
    total = func.sum(order_tally.c.number)
    query = select(order_tally.c.state, total).where(*wanted.of(order_tally))
    rows = await connection.execute(query.group_by(order_tally.c.state))
    found = {State(state): number for state, number in rows}
    return {state: found.get(state, 0) for state in State}
