"""A unit closes an order: the gate lets it through, sends it to a reviewer, or back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from backend import attachments
from backend.database import Connection
from backend.orders import rules
from backend.orders.gate import Closing, Gate, examine
from backend.orders.lifecycle import LEADERS, Event, Refused, check
from backend.orders.store import Kept
from backend.tables import orders

RECENT = 20
"""Replies of a unit that a new one is compared with."""


async def judge(
    connection: Connection, kept: Kept, actor: str, data: Mapping[str, Any], now: datetime
) -> tuple[str, dict[str, Any]]:
    """What a `close` becomes: `close`, or `submit` for a reviewer; and the event's data.

    Raises Refused when it may not be closed now, or with everything that is missing. Supervisors
    may close what lacks an element, as they answer for it themselves; it stands in the event.
    """
    check(kept.order, Event("close", now, actor, data))
    gate = (await rules.current(connection)).gate
    verdict = examine(await _closing(connection, kept, str(data.get("reply", ""))), gate)
    leads = actor.partition(":")[0] in LEADERS
    if verdict.short or (verdict.missing and not leads):
        raise Refused(f"还不能办结：{verdict.words}")
    found = {"missing": list(verdict.missing), "doubts": list(verdict.doubts)}
    said = dict(data) | {name: words for name, words in found.items() if words}
    return ("close" if leads or not _reviewed(gate, bool(verdict.doubts)) else "submit"), said


def _reviewed(gate: Gate, doubtful: bool) -> bool:
    return gate.review == "always" or (gate.review == "doubtful" and doubtful)


async def _closing(connection: Connection, kept: Kept, reply: str) -> Closing:
    order = kept.order
    since = order.dispatched_at
    return Closing(
        order,
        reply,
        contacted=bool(order.contacted_at and (not since or order.contacted_at >= since)),
        evidence=await attachments.has_evidence(connection, kept.id, since),
        others=await _others(connection, kept),
    )


async def _others(connection: Connection, kept: Kept) -> list[str]:
    query = (
        select(orders.c.reply)
        .where(orders.c.unit == kept.order.unit, orders.c.id != kept.id, orders.c.reply != "")
        .order_by(orders.c.replied_at.desc())
        .limit(RECENT)
    )
    return list(await connection.scalars(query))
