"""Clusters (并单): many orders about one matter, one of them the master (主工单) of the others.

The office acts on the master; `following.py` says what the linked ones take over of it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from backend.database import Connection
from backend.orders import following, joining, service, store
from backend.orders.following import ACTOR
from backend.orders.lifecycle import OPEN, Refused, State
from backend.orders.store import Kept
from backend.tables import orders

TAKES_OVER = "原主工单已撤回，由本工单接着办"
CHOSEN = "改作主工单"


async def join(
    connection: Connection, number: str, master: str, *, actor: str, now: datetime
) -> Kept:
    """Join an order to a cluster, at once where the cluster is, without telling the citizen.

    Whoever calls answers the citizen themself. Raises Refused when the two cannot be joined.
    """
    data = {"master": master}
    await service.act(connection, number, "link", actor=actor, now=now, data=data)
    return await follow(connection, number, now, quietly=True)


async def follow(
    connection: Connection, number: str, now: datetime, *, quietly: bool = False
) -> Kept:
    """Take a linked order to where its master is, and tell its citizen what that means for them.

    One that is there already stays as it is, so that it does no harm to do this twice.
    """
    kept = await store.find(connection, number)
    while kept.order.master and kept.order.state in OPEN:
        master = await store.find(connection, kept.order.master)
        if master.order.master:
            kept = await _relink(connection, number, master.order.master, now)
        elif master.order.state is State.WITHDRAWN:
            await _succeed(connection, master, now)
            kept = await store.find(connection, number)
        else:
            return await _catch_up(connection, number, master, now, quietly=quietly)
    return kept


async def _catch_up(
    connection: Connection, number: str, master: Kept, now: datetime, *, quietly: bool
) -> Kept:
    kept = await store.find(connection, number, lock=True)
    if kept.order.master != master.number or not following.is_behind(kept.order, master.order):
        return kept
    data = following.data(kept.order, master.order)
    # Closed in this very moment: the result is news to everybody.
    how = store if quietly and data["state"] in OPEN else service
    await how.act(connection, number, "follow", actor=ACTOR, now=now, data=data)
    return await store.find(connection, number)


async def _relink(connection: Connection, number: str, master: str, now: datetime) -> Kept:
    data = {"master": master}
    done = await store.act(connection, number, "link", actor=ACTOR, now=now, data=data)
    return done.kept


async def _succeed(connection: Connection, master: Kept, now: datetime) -> None:
    """Nobody is left alone when the master is withdrawn: the first linked one leads the others."""
    # Whoever comes second waits here, and finds nobody left.
    await store.find(connection, master.number, lock=True)
    linked = await connection.scalars(
        select(orders.c.number)
        .where(orders.c.master == master.number, orders.c.state.in_(OPEN))
        .order_by(orders.c.id)
    )
    heir, *others = linked.all() or [""]
    if not heir:
        return
    why = {"reason": TAKES_OVER}
    await store.act(connection, heir, "unlink", actor=ACTOR, now=now, data=why)
    for number in others:
        await _relink(connection, number, heir, now)


async def lead(connection: Connection, number: str, *, actor: str, now: datetime) -> Kept:
    """Make a linked order the master of its cluster. Raises Refused when it is none of one."""
    await joining.lock(connection)
    kept = await store.find(connection, number)
    if not kept.order.master:
        raise Refused("这张工单没有并入别的工单")
    before = await store.find(connection, kept.order.master)
    why = {"reason": CHOSEN}
    kept = await service.act(connection, number, "unlink", actor=actor, now=now, data=why)
    if before.order.state in OPEN:
        data = {"master": number}
        await service.act(connection, before.number, "link", actor=actor, now=now, data=data)
    else:
        said = {"master": number}
        await following.for_linked(connection, before.number, "link", actor, said, now)
    return kept


async def dissolve(
    connection: Connection, number: str, *, actor: str, reason: str, now: datetime
) -> int:
    """Let every linked order stand alone again; how many they are. Raises Refused."""
    if not reason.strip():
        raise Refused("解散时请填写理由")
    said = {"reason": reason}
    count = await following.for_linked(connection, number, "unlink", actor, said, now)
    if not count:
        raise Refused("没有并入这张工单的未办结工单")
    text = {"text": f"解散并单（{count} 张）：{reason}"}
    await service.act(connection, number, "note", actor=actor, now=now, data=text)
    return count


async def gather(
    connection: Connection, master: Kept, members: list[Kept], *, actor: str, now: datetime
) -> int:
    """Link several orders to one, by and by; how many they are."""
    wanted = [kept for kept in members if master.number not in (kept.number, kept.order.master)]
    said = {"master": master.number}
    for kept in wanted:
        await following.add(
            connection, kept.id, "link", now, master=master.number, actor=actor, said=said
        )
    return len(wanted)


async def linked(
    connection: Connection, number: str, *, before_id: int | None = None, limit: int = 20
) -> list[Kept]:
    """A page of the orders that are linked to a master, newest first."""
    query = select(orders).where(orders.c.master == number, orders.c.master != "")
    if before_id is not None:
        query = query.where(orders.c.id < before_id)
    rows = await connection.execute(query.order_by(orders.c.id.desc()).limit(limit))
    return [store.read(row) for row in rows]


async def sizes(connection: Connection, numbers: list[str]) -> Mapping[str, int]:
    """How many orders are linked to each of these, where any are; withdrawn ones do not count."""
    query = (
        select(orders.c.master, func.count())
        .where(
            orders.c.master.in_(numbers),
            orders.c.master != "",
            orders.c.state != State.WITHDRAWN,
        )
        .group_by(orders.c.master)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def do(connection: Connection, task: following.Task, now: datetime) -> None:
    """What a task of the queue says. A step that is not allowed any more has become needless."""
    kept = await store.get(connection, task.order_id)
    data: Mapping[str, Any] = task.data
    if task.kind == "follow":
        await follow(connection, kept.number, now)
    elif task.kind == "unlink" and kept.order.master != task.master:
        return
    else:
        await service.act(connection, kept.number, task.kind, actor=task.actor, now=now, data=data)
