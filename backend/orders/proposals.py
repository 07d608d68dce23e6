"""Which unit an order should go to, and why: the responsibility list, and what went well before."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from backend.database import Connection
from backend.orders import responsibility
from backend.orders.lifecycle import CLOSED, Order
from backend.orders.responsibility import Duty
from backend.orders.store import Kept
from backend.tables import order_event, orders

PAST = 100
"""How many closed orders alike are looked at, the newest first."""
LISTED, LISTED_CITY = 0.9, 0.75
"""How much a row of the list is worth: one of the area, one of the whole city."""
RETURNED = 0.2
"""What is left of a proposal that would go back to a unit that returned this very order."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A unit, why it, and how sure (0 to 1)."""

    unit: str
    reason: str
    confidence: float


async def propose(
    connection: Connection, kept: Kept, now: datetime, limit: int = 3
) -> list[Proposal]:
    """The units an order could go to, the likeliest first."""
    order = kept.order
    duties = await responsibility.of(connection, order.category, order.area, now)
    past = await _past(connection, order)
    returned = await _returned(connection, kept.id)
    found = [_of(unit, duties, past, returned) for unit in _units(duties, past)]
    return sorted(found, key=lambda proposal: -proposal.confidence)[:limit]


def _units(duties: Sequence[Duty], past: Counter[str]) -> list[str]:
    return list(dict.fromkeys([*(duty.unit for duty in duties), *past]))


def _of(
    unit: str, duties: Sequence[Duty], past: Counter[str], returned: frozenset[str]
) -> Proposal:
    own = next((duty for duty in duties if duty.unit == unit), None)
    listed, words = _listed(own, duties)
    done, total = past[unit], past.total()
    # Past orders speak where the list is silent, and tip the scales where it is not clear.
    share = done / (total + 5) if total else 0.0
    confidence = max(listed, 0.6 * share) + (1 - max(listed, 0.6 * share)) * 0.5 * share
    if done:
        words.append(f"近期同类工单{total}张中有{done}张由其办结")
    if unit in returned:
        confidence *= RETURNED
        words.append("本工单曾被其退回")
    return Proposal(unit, "；".join(words), round(confidence, 2))


def _listed(own: Duty | None, duties: Sequence[Duty]) -> tuple[float, list[str]]:
    """How much the list says for a unit: less where a row as close or closer names another."""
    if own is None:
        return 0.0, []
    where = own.area or "全市"
    words = [f"职责清单：{where} {own.category}" + (f"（{own.basis}）" if own.basis else "")]
    worth = LISTED if own.area else LISTED_CITY
    rivals = {duty.unit for duty in duties if duty.rank == own.rank} - {own.unit}
    closer = any(duty.rank > own.rank for duty in duties)
    if rivals:
        words.append(f"清单里{'、'.join(sorted(rivals))}也管这一项，有重叠")
    return worth / (1 + len(rivals)) * (0.4 if closer else 1), words


async def _past(connection: Connection, order: Order) -> Counter[str]:
    """Who closed orders of this matter in this area, the newest of them."""
    if not order.category:
        return Counter()
    query = (
        select(orders.c.unit)
        .where(
            orders.c.category == order.category,
            orders.c.area == order.area,
            orders.c.state.in_(CLOSED),
            orders.c.unit != "",
        )
        .order_by(orders.c.id.desc())
        .limit(PAST)
    )
    return Counter(await connection.scalars(query))


async def _returned(connection: Connection, order_id: int) -> frozenset[str]:
    """The units that have returned this order."""
    query = select(order_event.c.facets["unit"].astext).where(
        order_event.c.order_id == order_id,
        order_event.c.kind == "grant",
        order_event.c.facets["asked"].astext == "return",
    )
    return frozenset(await connection.scalars(query))
