"""Which orders may be joined (并入) to which: checked before a `link`, whoever wants it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from backend.database import Connection
from backend.orders import store
from backend.orders.lifecycle import OPEN, Refused
from backend.orders.nearness import is_apart
from backend.orders.store import Kept, Unknown


async def lock(connection: Connection) -> None:
    """Let nobody else join orders until the end of the transaction.

    Two who joined two orders to each other at once would leave both without a master.
    """
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("clusters"))))


async def check(connection: Connection, number: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a `link` with the master at the head of the cluster. Raises Refused."""
    await lock(connection)
    kept = await store.find(connection, number)
    master = await head(connection, str(data.get("master", "")).strip())
    _may_join(kept, master)
    return {**data, "master": master.number}


def _may_join(kept: Kept, master: Kept) -> None:
    if master.number == kept.number:
        raise Refused("不能并入自己，或并入已经并入本工单的工单")
    if master.order.state not in OPEN:
        raise Refused(f"工单 {master.number} 现在是“{master.order.state}”，不能再并入")
    if is_apart(kept.order) or is_apart(master.order):
        raise Refused("举报、表扬和要求保密的工单不并单")


async def head(connection: Connection, number: str) -> Kept:
    """The order itself, or the master of the cluster it belongs to. Raises Refused."""
    if not number:
        raise Refused("并入时请填写主工单")
    try:
        kept = await store.find(connection, number)
        while kept.order.master:
            kept = await store.find(connection, kept.order.master)
    except Unknown as unknown:
        raise Refused(str(unknown)) from None
    return kept
