"""How many orders there are by state, unit, source and tags, without counting a million rows.

Each change adds rows of +1 and -1 in its own transaction, so that nobody waits for a common
counter, and their sum is what a count of the orders would find. Now and then they are summed up.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.orders.lifecycle import Order
from backend.services import Services
from backend.tables import order_tally, orders

SLACK = 2_000
"""Rows from which on they are summed up."""
Key = tuple[str, str, str, tuple[str, ...]]


def key(order: Order) -> Key:
    """Under what an order counts."""
    return (order.state, order.unit, order.channel, order.tags)


async def add(connection: Connection, changes: Iterable[tuple[Order, int]]) -> None:
    """Count orders in (1) or out (-1)."""
    sums = Counter[Key]()
    for order, number in changes:
        sums[key(order)] += number
    rows = [
        {"state": state, "unit": unit, "channel": channel, "tags": list(tags), "number": number}
        for (state, unit, channel, tags), number in sums.items()
        if number
    ]
    if rows:
        await connection.execute(insert(order_tally), rows)


async def difference(connection: Connection) -> dict[str, int]:
    """By how many the sums differ from what a count finds, for each state (none, ever)."""
    counted = select(orders.c.state, func.count()).group_by(orders.c.state)
    found = Counter[str](dict((await connection.execute(counted)).all()))
    total = func.sum(order_tally.c.number)
    summed = select(order_tally.c.state, total).group_by(order_tally.c.state)
    found.subtract(dict((await connection.execute(summed)).all()))
    return {state: -number for state, number in found.items() if number}


class Summing:
    """Sums up what has been counted since the last time; any number of replicas may do it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def step(self) -> bool:
        """Sum up if there is much; False, as there is never more to do at once."""
        async with self._services.database.transaction() as connection:
            if (
                await connection.scalar(select(func.count()).select_from(order_tally)) or 0
            ) > SLACK:
                await fold(connection)
        return False


async def fold(connection: Connection) -> None:
    """Put one row in the place of all with the same key. Whoever reads meanwhile sees the same."""
    names = [order_tally.c[name] for name in ("state", "unit", "channel", "tags")]
    gone = delete(order_tally).returning(*names, order_tally.c.number).cte("gone")
    keys = [gone.c[column.name] for column in names]
    total = func.sum(gone.c.number)
    sums = select(*keys, total).group_by(*keys).having(total != 0)
    await connection.execute(
        insert(order_tally).from_select([*(c.name for c in names), "number"], sums)
    )
