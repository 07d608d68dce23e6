"""Whole histories of orders written at once, by COPY: for trials of scale, not for daily work."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.schema import CreateIndex, DropIndex
from sqlalchemy.types import TypeEngine

from backend.database import Connection
from backend.orders import indexing, store
from backend.orders.lifecycle import Event, Order
from backend.tables import order_event, order_search, orders

(SEARCH_INDEX,) = order_search.indexes
_DIALECT = asyncpg.dialect(json_serializer=None)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Life:
    """An order as its events left it, and these events, the first one `create`."""

    order: Order
    events: Sequence[Event]


async def write(connection: Connection, lives: Sequence[Life], day: datetime) -> None:
    """Number the orders in the serials of `day` and write them with their events."""
    numbers = await store.numbers(connection, day, len(lives))
    ids = await _reserve(connection, len(lives))
    known = list(zip(ids, numbers, lives, strict=True))
    await _copy(connection, orders, (_row(*one) for one in known))
    await _copy(connection, order_event, (event for one in known for event in _events(*one)))
    await indexing.enter(connection, [(one, life.order) for one, _, life in known])


async def drop_search_index(connection: Connection) -> None:
    """Do without the index of terms while a million orders are written: it is faster made anew."""
    await connection.execute(DropIndex(SEARCH_INDEX, if_exists=True))


async def make_search_index(connection: Connection) -> None:
    """Make the index of terms, which takes minutes for a million orders, and the statistics."""
    await connection.execute(text("SET LOCAL statement_timeout = 0"))
    await connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    await connection.execute(CreateIndex(SEARCH_INDEX, if_not_exists=True))
    await connection.execute(text("ANALYZE"))


async def _reserve(connection: Connection, count: int) -> list[int]:
    query = text(
        "SELECT nextval(pg_get_serial_sequence('orders', 'id')) FROM generate_series(1, :count)"
    )
    return list(await connection.scalars(query, {"count": count}))


def _row(order_id: int, number: str, life: Life) -> dict[str, Any]:
    return store.projection(life.order) | {"id": order_id, "number": number}


def _events(order_id: int, _number: str, life: Life) -> Iterable[dict[str, Any]]:
    for seq, event in enumerate(life.events, 1):
        yield store.event_row(order_id, seq, event)


async def _copy(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """COPY rows into a table; all of them name the same columns."""
    first, *others = rows
    names = list(first)
    bind = {name: _processor(table.c[name].type) for name in names}
    records = [
        tuple(processor(row[name]) if (processor := bind[name]) else row[name] for name in names)
        for row in (first, *others)
    ]
    raw = await connection.get_raw_connection()
    await raw.driver_connection.copy_records_to_table(table.name, records=records, columns=names)  # type: ignore[union-attr]


def _processor(type_: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """What SQLAlchemy does to a value of this type before it goes to the driver."""
    return type_.dialect_impl(_DIALECT).bind_processor(_DIALECT)
