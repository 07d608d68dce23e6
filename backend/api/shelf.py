"""The orders of a platform: fetched only for whoever may see them."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from backend import personal
from backend.api.problem import Wrong
from backend.database import Connection
from backend.orders import store
from backend.orders.lifecycle import State
from backend.orders.store import Kept, Unknown
from backend.platforms import Platform, Scope
from backend.tables import orders, platform_order


class Owned(NamedTuple):
    """An order, the number that the platform itself gave it, whether it filed it itself, and
    whether it is told who the citizen is: of its own, with the scope for it. Else the order is
    masked."""

    kept: Kept
    external_number: str
    own: bool
    clear: bool


async def find(connection: Connection, platform: Platform, number: str) -> Owned:
    """An order that this platform may see. Raises Unknown for all others, as if they did not
    exist."""
    query = _visible(platform).where(orders.c.number == number)
    row = (await connection.execute(query)).first()
    if row is None:
        raise Unknown(f"没有编号为 {number} 的工单")
    return _owned(platform, row)


async def find_own(connection: Connection, platform: Platform, number: str) -> Owned:
    """An order to act on: who may read all orders acts on its own only. Raises Unknown, or Wrong
    403 for one that it may only see."""
    found = await find(connection, platform, number)
    if not found.own:
        raise Wrong(403, "这张工单不是贵平台提交的，只能查看，不能办理，也不能补充附件")
    return found


def _owned(platform: Platform, row: Any) -> Owned:
    kept, clear = store.read(row), row.own and Scope.PERSONAL in platform.scopes
    shown = kept if clear else personal.masked(kept)
    return Owned(shown, row.external_number, row.own, clear)


async def known(connection: Connection, platform: Platform, external_number: str) -> Kept | None:
    """The order that the platform already filed under its number.

    Until the end of the transaction nobody else files under the same number.
    """
    if not external_number:
        return None
    lock = func.pg_advisory_xact_lock(func.hashtextextended(external_number, platform.id))
    await connection.execute(select(lock))
    query = (
        select(orders)
        .join(platform_order, platform_order.c.order_id == orders.c.id)
        .where(
            platform_order.c.platform_id == platform.id,
            platform_order.c.external_number == external_number,
            platform_order.c.external_number != "",
        )
    )
    row = (await connection.execute(query)).first()
    return store.read(row) if row else None


async def own(
    connection: Connection, platform: Platform, order_id: int, external_number: str
) -> None:
    """Write down whose order it is."""
    await connection.execute(
        insert(platform_order).values(
            order_id=order_id, platform_id=platform.id, external_number=external_number
        )
    )


async def master(connection: Connection, kept: Kept) -> Kept | None:
    """The order that this one was joined to (并入), if there is one."""
    if not kept.order.master:
        return None
    with suppress(Unknown):
        return await store.find(connection, kept.order.master)
    return None


async def page(
    connection: Connection,
    platform: Platform,
    *,
    state: State | None,
    external_number: str,
    since: datetime | None,
    cursor: str,
    limit: int,
) -> tuple[list[Owned], str | None]:
    """Orders by when they last changed, and where the next page begins."""
    place = (orders.c.updated_at, orders.c.id)
    query = _visible(platform).order_by(*place).limit(limit + 1)
    if state is not None:
        query = query.where(orders.c.state == state)
    if external_number:
        query = query.where(platform_order.c.external_number == external_number)
    if since is not None:
        query = query.where(orders.c.updated_at >= since)
    if cursor:
        query = query.where(tuple_(*place) > tuple_(*_read(cursor)))
    rows = list(await connection.execute(query))
    found = [_owned(platform, row) for row in rows[:limit]]
    more = len(rows) > limit
    return found, _write(found[-1].kept) if more else None


def _visible(platform: Platform) -> Select[Any]:
    number = func.coalesce(platform_order.c.external_number, text("''"))
    own = platform_order.c.order_id.is_not(None).label("own")
    query = select(orders, number.label("external_number"), own)
    mine = (platform_order.c.order_id == orders.c.id) & (
        platform_order.c.platform_id == platform.id
    )
    if Scope.READ_ALL in platform.scopes:
        return query.outerjoin(platform_order, mine)
    return query.join(platform_order, mine)


def _write(kept: Kept) -> str:
    place = f"{kept.order.updated_at.isoformat()} {kept.id}"
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[datetime, int]:
    try:
        place = urlsafe_b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}").decode("ascii")
        moment, _, order_id = place.partition(" ")
        at, number = datetime.fromisoformat(moment), int(order_id)
        at.astimezone(UTC)
    except (binascii.Error, ValueError, OverflowError):
        raise Wrong(400, "cursor 应取自上一页的回答") from None
    if at.tzinfo is None or not 0 < number < 2**63:
        raise Wrong(400, "cursor 应取自上一页的回答")
    return at, number
