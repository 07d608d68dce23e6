"""A matter that came twice by two ways, found among the open orders of the last days."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapidfuzz import fuzz
from sqlalchemy import and_, select

from backend.database import Connection
from backend.orders import clusters, store
from backend.orders.lifecycle import OPEN, Refused
from backend.orders.nearness import is_apart
from backend.orders.store import Kept
from backend.sealing import blind
from backend.tables import orders

FINDER = "system:duplicates"
"""Who joins what is surely the same."""
RECENT = timedelta(days=7)
MOST = 100
"""Orders that one is compared with at most, for each way in which they may be the same."""
SURE = 90
"""From this likeness on (0 to 100), two texts of the same person are the same matter."""
POSSIBLE = 60
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Alike:
    """An order that may be the same matter; `score` is how alike the texts are, 0 to 100.

    `same_person`: the same citizen, or the same phone by whatever way it came.
    """

    kept: Kept
    score: float
    same_person: bool

    @property
    def sure(self) -> bool:
        """Whether it is the same matter beyond doubt."""
        return self.same_person and self.score >= SURE


async def alike(connection: Connection, kept: Kept, now: datetime) -> list[Alike]:
    """Open orders that may be the same matter as this one, the most alike first."""
    found = [compared(kept, other) for other in await _candidates(connection, kept, now)]
    near = [one for one in found if one.score >= POSSIBLE]
    return sorted(near, key=lambda one: (-one.score, one.kept.id))


async def join(connection: Connection, kept: Kept, now: datetime) -> Kept:
    """Join a new order to an earlier one that is surely the same matter, if there is one.

    Two that are filed in the same moment do not see each other; the office sees them then.
    """
    if is_apart(kept.order):
        return kept
    same = [one.kept for one in await alike(connection, kept, now) if one.sure]
    # A special desk (专席) has terms of its own, which its order would lose at another.
    earlier = [
        one for one in same if one.id < kept.id and set(kept.order.tags) <= set(one.order.tags)
    ]
    if not earlier:
        return kept
    first = min(earlier, key=lambda one: one.id)
    try:
        return await clusters.join(connection, kept.number, first.number, actor=FINDER, now=now)
    except Refused:
        # The master of the first has been closed meanwhile, or the first is secret: it stays alone.
        return kept


async def _candidates(connection: Connection, kept: Kept, now: datetime) -> Sequence[Kept]:
    order = kept.order
    ways = []
    if order.contact:
        ways.append(orders.c.contact_index == blind(order.contact))
    if kept.citizen_id is not None:
        ways.append(orders.c.citizen_id == kept.citizen_id)
    if order.area and order.category:
        ways.append(and_(orders.c.area == order.area, orders.c.category == order.category))
    found: dict[int, Kept] = {}
    for way in ways:
        newest = select(orders.c.id).where(way).order_by(orders.c.id.desc()).limit(MOST)
        query = select(orders).where(
            orders.c.id.in_(newest),
            orders.c.id != kept.id,
            orders.c.created_at >= now - RECENT,
            orders.c.state.in_(OPEN),
        )
        found |= {row.id: store.read(row) for row in await connection.execute(query)}
    return list(found.values())


def compared(kept: Kept, other: Kept) -> Alike:
    """How alike two orders are by their texts, and whether they are of one person."""
    score = fuzz.ratio(_words(kept.order.facts), _words(other.order.facts))
    phone, citizen_id = kept.order.contact, kept.citizen_id
    same_phone = bool(phone) and phone == other.order.contact
    return Alike(
        other, score, same_phone or (citizen_id is not None and citizen_id == other.citizen_id)
    )


def _words(text: str) -> str:
    return _NOT_WORDS.sub("", text)
