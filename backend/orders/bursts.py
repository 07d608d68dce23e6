"""Bursts (集中反映): many like orders in a short time raise one alert, which is kept up to date.

What is like what is found by the worker that knows meanings (bot/bursts.py) and kept in
`order_alike`; here it is counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from backend import notices
from backend.database import Connection
from backend.orders import store
from backend.orders.nearness import Clustering
from backend.orders.store import Kept
from backend.tables import burst, burst_order, order_alike, orders

RECENT = timedelta(hours=6)
"""After this long without a new order a burst is history and no alert any more."""
REMEMBERED = 20
"""Like orders that are kept of each; a burst is put together from pairs."""


class Unknown(LookupError):
    """There is no such burst."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Like orders of a short time; `settled_at` is None until the office has seen to it."""

    id: int
    area: str
    topic: str
    count: int
    began_at: datetime
    last_at: datetime
    settled_at: datetime | None
    settled_by: str


async def lock(connection: Connection) -> None:
    """Let nobody else count until the end of the transaction: one burst raises one alert."""
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("bursts"))))


async def note_alike(connection: Connection, kept: Kept, others: Sequence[Kept]) -> None:
    """Write down which earlier orders an order is like."""
    rows = [{"order_id": kept.id, "other_id": other.id} for other in others[:REMEMBERED]]
    if rows:
        await connection.execute(insert(order_alike).values(rows).on_conflict_do_nothing())


async def alike(connection: Connection, order_id: int, limit: int = 5) -> list[Kept]:
    """The orders that this one is like, the newest first."""
    query = select(orders).where(orders.c.id.in_(_beside([order_id])))
    rows = await connection.execute(query.order_by(orders.c.id.desc()).limit(limit))
    return [store.read(row) for row in rows]


async def look(connection: Connection, kept: Kept, within: Clustering) -> bool:
    """Raise an alert if an order is one too many, or bring the alert up to date; True if so."""
    at = kept.order.created_at
    window = timedelta(minutes=within.burst_minutes)
    members = await _members(connection, kept.id, at - window)
    if not within.burst or len(members) < within.burst:
        return False
    found = await _current(connection, [one.id for one in members], at - window)
    if found is None:
        found = await _begin(connection, members, at)
    await _join(connection, found, [one.id for one in members])
    await _update(connection, found, at, within)
    return True


def _beside(ids: Iterable[int]) -> Select[Any]:
    """The ids of orders that are like any of these."""
    known = list(ids)
    one = select(order_alike.c.other_id).where(order_alike.c.order_id.in_(known))
    other = select(order_alike.c.order_id).where(order_alike.c.other_id.in_(known))
    return select(one.union(other).subquery().c[0])


async def _members(connection: Connection, order_id: int, since: datetime) -> list[Any]:
    """The order, those like it, and those like these, that came since then."""
    near = list(await connection.scalars(_beside([order_id])))
    wide = list(await connection.scalars(_beside(near))) if near else []
    query = (
        select(orders.c.id, orders.c.area, orders.c.category, orders.c.created_at)
        .where(orders.c.id.in_({order_id, *near, *wide}), orders.c.created_at >= since)
        .order_by(orders.c.id)
    )
    return list(await connection.execute(query))


async def _current(connection: Connection, ids: list[int], since: datetime) -> int | None:
    query = (
        select(burst.c.id)
        .join(burst_order, burst_order.c.burst_id == burst.c.id)
        .where(burst_order.c.order_id.in_(ids), burst.c.last_at >= since)
        .order_by(burst.c.id)
        .limit(1)
    )
    found: int | None = await connection.scalar(query)
    return found


async def _begin(connection: Connection, members: list[Any], at: datetime) -> int:
    notice_id = await notices.add(
        connection, notices.OFFICE, "burst", "", at, order_id=members[0].id
    )
    row = {
        "area": _most([one.area for one in members]),
        "topic": _most([one.category for one in members]).rpartition("/")[2],
        "began_at": members[0].created_at,
        "last_at": at,
        "notice_id": notice_id,
    }
    return int(
        (await connection.execute(insert(burst).values(row).returning(burst.c.id))).scalar_one()
    )


def _most(words: list[str]) -> str:
    """The word that most orders have, of those that have any."""
    known = [word for word in words if word]
    return max(known, key=known.count, default="")


async def _join(connection: Connection, burst_id: int, ids: list[int]) -> None:
    rows = [{"burst_id": burst_id, "order_id": order_id} for order_id in ids]
    await connection.execute(insert(burst_order).values(rows).on_conflict_do_nothing())


async def _update(connection: Connection, burst_id: int, at: datetime, within: Clustering) -> None:
    count = select(func.count()).where(burst_order.c.burst_id == burst_id).scalar_subquery()
    statement = (
        update(burst)
        .where(burst.c.id == burst_id)
        .values(count=count, last_at=func.greatest(burst.c.last_at, at))
        .returning(burst)
    )
    row = (await connection.execute(statement)).one()
    where = "、".join(word for word in (row.area, row.topic) if word)
    text = f"集中反映：{within.burst_minutes} 分钟内多人反映相似的问题，已有 {row.count} 件"
    await notices.reword(connection, row.notice_id, f"{text}（{where}）" if where else text)


async def active(connection: Connection, now: datetime) -> list[Burst]:
    """The bursts that nobody has seen to yet."""
    where = (burst.c.settled_at.is_(None), burst.c.last_at >= now - RECENT)
    rows = await connection.execute(select(burst).where(*where).order_by(burst.c.id.desc()))
    return [_read(row) for row in rows]


async def newest(connection: Connection, limit: int = 50) -> list[Burst]:
    """The latest bursts, newest first."""
    rows = await connection.execute(select(burst).order_by(burst.c.id.desc()).limit(limit))
    return [_read(row) for row in rows]


async def find(connection: Connection, burst_id: int) -> Burst:
    """The burst with this id. Raises Unknown."""
    row = (await connection.execute(select(burst).where(burst.c.id == burst_id))).first()
    if row is None:
        raise Unknown("没有这次集中反映")
    return _read(row)


async def members(
    connection: Connection, burst_id: int, *, before_id: int | None = None, limit: int = 1000
) -> list[Kept]:
    """The orders of a burst, newest first."""
    query = (
        select(orders)
        .join(burst_order, burst_order.c.order_id == orders.c.id)
        .where(burst_order.c.burst_id == burst_id)
    )
    if before_id is not None:
        query = query.where(orders.c.id < before_id)
    rows = await connection.execute(query.order_by(orders.c.id.desc()).limit(limit))
    return [store.read(row) for row in rows]


async def settle(connection: Connection, burst_id: int, login: str, now: datetime) -> None:
    """The office has seen to it: no alert any more."""
    await connection.execute(
        update(burst)
        .where(burst.c.id == burst_id, burst.c.settled_at.is_(None))
        .values(settled_at=now, settled_by=login)
    )


def _read(row: Any) -> Burst:
    return Burst(
        row.id, row.area, row.topic, row.count, row.began_at, row.last_at, row.settled_at,
        row.settled_by,
    )  # fmt: skip
