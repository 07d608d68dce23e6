"""What stands beside each order so that it is found and counted: its terms, spots and tally."""

from collections.abc import Sequence

from sqlalchemy import delete, insert

from backend.database import Connection
from backend.orders import tally, terms
from backend.orders.lifecycle import Order
from backend.orders.nearness import Matter, spots
from backend.sealing import blind_terms
from backend.tables import order_spot


async def enter(connection: Connection, known: Sequence[tuple[int, Order]]) -> bool:
    """Enter new orders, by their ids; True if it is known where one of them is."""
    await terms.index(connection, known)
    await tally.add(connection, [(order, 1) for _, order in known])
    return await _note_spots(connection, known)


async def change(connection: Connection, order_id: int, before: Order, after: Order) -> None:
    """Enter an order as it is now, where that differs from before."""
    await tally.add(connection, [(before, -1), (after, 1)])
    # Most steps change neither words nor place, and telling so must not cost more than looking.
    if any(getattr(before, name) != getattr(after, name) for name in terms.FIELDS):
        await terms.index(connection, [(order_id, after)])
    if Matter.of(before) != Matter.of(after):
        await connection.execute(delete(order_spot).where(order_spot.c.order_id == order_id))
        await _note_spots(connection, [(order_id, after)])


async def _note_spots(connection: Connection, known: Sequence[tuple[int, Order]]) -> bool:
    """Write down where orders are, so that others there find them."""
    rows = [
        {"spot": spot, "order_id": order_id} for order_id, order in known for spot in _spots(order)
    ]
    if rows:
        await connection.execute(insert(order_spot), rows)
    return bool(rows)


def _spots(order: Order) -> set[int]:
    matter = Matter.of(order)
    return set(blind_terms(spots(matter))) if matter.is_common else set()
