"""Orders in the database: the projection row and the append-only events behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from backend import webhooks
from backend.clock import city_time
from backend.database import Connection
from backend.orders import following, indexing, rules, terms
from backend.orders.history import apply, create, fold
from backend.orders.lifecycle import LISTS, Event, Order, Refused, State
from backend.redaction import Redaction, names
from backend.sealing import blind
from backend.tables import order_event, order_number, order_spot, orders

FACETS = ("unit", "asked", "step", "round")
"""Of an event's data, what is also kept unsealed: SQL counts by it, and it names no citizen."""
COLUMNS: Sequence[str] = tuple(Order.__dataclass_fields__)
"""What the row of an order has of the order itself."""


class Unknown(LookupError):
    """There is no such order."""


class Conflict(Refused):
    """Somebody else acted on the order first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An order with what only the database knows of it."""

    id: int
    number: str
    citizen_id: int | None
    order: Order


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was taken: the order before and after, and what happened."""

    before: Order
    kept: Kept
    event: Event


async def add(
    connection: Connection,
    fields: Mapping[str, Any],
    *,
    citizen_id: int | None,
    actor: str,
    now: datetime,
    draft_id: int | None = None,
) -> Kept:
    """Create an order from FIELDS (and `state`), number it, and keep its first event.

    `draft_id` is the message that began it; one draft makes one order, by a unique key.
    """
    event = Event("create", now, actor, dict(fields))
    order = create(event)
    (number,) = await numbers(connection, now, 1)
    row = projection(order) | {"number": number, "citizen_id": citizen_id, "draft_id": draft_id}
    order_id: int = (
        await connection.execute(insert(orders).values(row).returning(orders.c.id))
    ).scalar_one()
    await _append(connection, order_id, 1, event)
    if await indexing.enter(connection, [(order_id, order)]):
        await following.add(connection, order_id, "look", now)
    return Kept(order_id, number, citizen_id, order)


async def act(
    connection: Connection,
    number: str,
    kind: str,
    *,
    actor: str,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    seen: int | None = None,
) -> Done:
    """Let `actor` do something to an order; `seen` is the version the actor was looking at.

    Raises Unknown, Refused (not allowed, with the reason) or Conflict (changed meanwhile).
    """
    kept = await find(connection, number, lock=True)
    if seen is not None and seen != kept.order.version:
        raise Conflict("这张工单刚刚被别人处理过，请看最新情况后再操作")
    event = Event(kind, now, actor, await _stamped(connection, kept.order, kind, data or {}, now))
    after = apply(kept.order, event)
    await connection.execute(
        update(orders).where(orders.c.id == kept.id).values(**projection(after))
    )
    await _append(connection, kept.id, after.version, event)
    await indexing.change(connection, kept.id, kept.order, after)
    await webhooks.enqueue(connection, kept.id, after.version, event)
    await following.enqueue(connection, kept.id, number, kept.order, after, now)
    return Done(kept.order, Kept(kept.id, number, kept.citizen_id, after), event)


async def _stamped(
    connection: Connection, order: Order, kind: str, data: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """What the actor said, with what only we may say: the moments, and whose order it is."""
    if kind == "follow":
        # Its moments are those of the master, stamped there.
        return dict(data)
    said = {name: value for name, value in data.items() if name not in rules.STAMPS}
    if kind in rules.STAMPED:
        said |= rules.stamp(await rules.current(connection), order, kind, now)
    if order.unit:
        said.setdefault("unit", order.unit)
    if order.asked:
        said.setdefault("asked", order.asked)
    return said


async def find(connection: Connection, number: str, *, lock: bool = False) -> Kept:
    """The order with this number. Raises Unknown."""
    query = select(orders).where(orders.c.number == number)
    row = (await connection.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise Unknown(f"没有编号为 {number} 的工单")
    return read(row)


async def get(connection: Connection, order_id: int) -> Kept:
    """The order with this id. Raises Unknown."""
    row = (await connection.execute(select(orders).where(orders.c.id == order_id))).first()
    if row is None:
        raise Unknown("没有这张工单")
    return read(row)


async def of_draft(connection: Connection, draft_id: int, citizen_id: int) -> Kept | None:
    """The order that a citizen's draft has become."""
    query = select(orders).where(orders.c.draft_id == draft_id, orders.c.citizen_id == citizen_id)
    row = (await connection.execute(query)).first()
    return read(row) if row else None


async def of_citizen(connection: Connection, citizen_id: int, limit: int = 5) -> list[Kept]:
    """The newest orders of a citizen, newest first."""
    query = select(orders).where(orders.c.citizen_id == citizen_id)
    rows = await connection.execute(query.order_by(orders.c.id.desc()).limit(limit))
    return [read(row) for row in rows]


async def history(connection: Connection, order_id: int) -> list[Event]:
    """The events of an order, in the order in which they happened."""
    rows = await connection.execute(
        select(order_event).where(order_event.c.order_id == order_id).order_by(order_event.c.seq)
    )
    return [Event(row.kind, row.at, row.actor, row.data) for row in rows]


async def redact(connection: Connection, citizen_id: int, known: Iterable[str]) -> None:
    """Take a citizen's name and numbers out of their orders and of the events behind these.

    `known` are the name and the numbers by which they are known besides. What happened, and when,
    stays as it was; an order is still what its events say.
    """
    query = select(orders).where(orders.c.citizen_id == citizen_id).with_for_update()
    for kept in [read(row) for row in await connection.execute(query)]:
        await redact_one(connection, kept, known)


async def redact_one(connection: Connection, kept: Kept, known: Iterable[str]) -> None:
    """Do so with one locked order; its area and street stay."""
    events = [event.data for event in await history(connection, kept.id)]
    hidden = Redaction({*known, *names(events)})
    row = hidden.fields(projection(kept.order)) | _index("")
    await connection.execute(update(orders).where(orders.c.id == kept.id).values(**row))
    named = {name: row[name] for name in terms.FIELDS}
    await indexing.change(connection, kept.id, kept.order, replace(kept.order, **named))
    await connection.execute(delete(order_spot).where(order_spot.c.order_id == kept.id))
    for seq, data in enumerate(events, 1):
        await connection.execute(
            update(order_event)
            .where(order_event.c.order_id == kept.id, order_event.c.seq == seq)
            .values(data=hidden.fields(data))
        )


async def difference(connection: Connection, kept: Kept) -> list[str]:
    """The fields in which the kept row differs from what its events say (none, ever)."""
    told = fold(await history(connection, kept.id))
    return [name for name in COLUMNS if getattr(told, name) != getattr(kept.order, name)]


async def numbers(connection: Connection, day: datetime, count: int) -> list[str]:
    """Year, month, day and a serial of six digits, as hotline platforms number orders."""
    date = f"{city_time(day):%Y%m%d}"
    statement = (
        insert(order_number)
        .values(day=date, last=count)
        .on_conflict_do_update(index_elements=["day"], set_={"last": order_number.c.last + count})
        .returning(order_number.c.last)
    )
    last = (await connection.execute(statement)).scalar_one()
    return [f"{date}{serial:06d}" for serial in range(last - count + 1, last + 1)]


async def _append(connection: Connection, order_id: int, seq: int, event: Event) -> None:
    await connection.execute(insert(order_event).values(event_row(order_id, seq, event)))


def event_row(order_id: int, seq: int, event: Event) -> dict[str, Any]:
    """An event as the table of events has it."""
    return {
        "order_id": order_id,
        "seq": seq,
        "kind": event.kind,
        "at": event.at,
        "actor": event.actor,
        "data": dict(event.data),
        "facets": {name: event.data[name] for name in FACETS if name in event.data},
    }


def projection(order: Order) -> dict[str, Any]:
    """An order as the table of orders has it."""
    row = {name: getattr(order, name) for name in COLUMNS}
    return row | {name: list(row[name]) for name in LISTS} | _index(order.contact)


def _index(contact: str) -> dict[str, bytes | None]:
    return {"contact_index": blind(contact)}


def read(row: Any) -> Kept:
    """The order in a row of the table."""
    values: Mapping[str, Any] = row._mapping
    known = {name: values[name] for name in COLUMNS}
    known["state"] = State(known["state"])
    known |= {name: tuple(known[name]) for name in LISTS}
    return Kept(row.id, row.number, row.citizen_id, Order(**known))
