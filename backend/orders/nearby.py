"""Open orders near a matter in place and time: the short list whose meaning is then compared."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, select, union_all

from backend.database import Connection
from backend.orders import store
from backend.orders.lifecycle import OPEN
from backend.orders.nearness import COMMON, Clustering, Matter, near, spots
from backend.orders.store import Kept
from backend.sealing import blind_terms
from backend.tables import order_spot, orders

SHORTLIST = 100
"""Newest orders at the same spots that are read, however many there are."""
MOST = 24
"""Of these near in place, the newest whose meaning is compared: 2 ms each, if they are new."""


async def nearby(
    connection: Connection,
    matter: Matter,
    within: Clustering,
    now: datetime,
    *,
    minutes: int = 0,
    most: int = MOST,
) -> list[Kept]:
    """Open orders near this matter, newest first, whatever they are about.

    They are of the last `within.days`, or of the last `minutes` if given.
    """
    keys = blind_terms(spots(matter, around=True)) if matter.is_common else []
    if not keys:
        return []
    since = now - (timedelta(minutes=minutes) if minutes else timedelta(days=within.days))
    newest = _newest(keys)
    query = (
        select(orders)
        .where(
            orders.c.id.in_(newest),
            orders.c.created_at >= since,
            orders.c.state.in_(OPEN),
            orders.c.type.in_(COMMON),
            orders.c.confidential.is_(False),
        )
        .order_by(orders.c.id.desc())
    )
    rows = [store.read(row) for row in await connection.execute(query)]
    return [kept for kept in rows if near(matter, Matter.of(kept.order), within)][:most]


def _newest(keys: Sequence[int]) -> Select[int]:
    """The newest orders at any of these spots; the index of each is read from its end only."""
    at_each = [
        select(order_spot.c.order_id)
        .where(order_spot.c.spot == key)
        .order_by(order_spot.c.order_id.desc())
        .limit(SHORTLIST)
        .subquery()
        for key in keys
    ]
    found = union_all(*(select(one.c.order_id) for one in at_each)).subquery()
    return select(found.c.order_id).order_by(found.c.order_id.desc()).limit(SHORTLIST)
