"""How linked orders (并单) follow their master: what they take over, and the queue it waits in.

What is done to a master concerns perhaps hundreds of others. The step on the master is committed
with one row for each of them; `clusterwork.py` then takes each along in a transaction of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.orders.lifecycle import FOLLOWED, LEADING, OPEN, Order, State
from backend.redaction import GONE, Redaction
from backend.tables import cluster_task, orders

ACTOR = "system:clusters"
"""Who takes linked orders along."""
LONGEST_WAIT = 3600
"""Seconds between two attempts at a task that fails."""
TITLES = ("先生", "女士", "小姐", "同志", "阿姨", "师傅", "老师", "某")


@dataclass(frozen=True, slots=True)
class Task:
    """A step that waits to be done to one order."""

    id: int
    order_id: int
    kind: str
    master: str
    actor: str
    data: Mapping[str, Any]
    attempts: int


def state(master: Order) -> State:
    """Where a linked order stands when its master stands there."""
    return master.state if master.state in LEADING else State.CALLING_BACK


def is_behind(order: Order, master: Order) -> bool:
    """Whether an open linked order stands elsewhere than its master."""
    return order.state in OPEN and _standing(order) != _standing(master)


def _standing(order: Order) -> tuple[object, ...]:
    return (state(order), order.unit, *(getattr(order, name) for name in FOLLOWED))


def data(order: Order, master: Order) -> dict[str, Any]:
    """What a `follow` event says: all that the linked order takes over of its master."""
    moments = {name: getattr(master, name) for name in (*FOLLOWED, "replied_at")}
    said: dict[str, Any] = {
        "state": state(master),
        "step": step(order, master),
        "unit": master.unit,
        **{name: moment.isoformat() for name, moment in moments.items() if moment},
    }
    return said | ({"reply": reply(master)} if state(master) is State.CALLING_BACK else {})


def step(order: Order, master: Order) -> str:
    """Which step of the master brings a linked order to where it now is; '' for none of note."""
    match state(master):
        case State.CALLING_BACK:
            return "close"
        case State.REVIEWING:
            return "submit"
        case State.HANDLING if order.signed_at != master.signed_at:
            return "sign"
        case State.HANDLING if order.paused_at != master.paused_at:
            return "pause" if master.paused_at else "resume"
        case State.HANDLING if order.deadline != master.deadline:
            return "grant"
        case State.SIGNING if order.dispatched_at != master.dispatched_at:
            return "dispatch"
        case _:
            return ""


def reply(master: Order) -> str:
    """The result for those who are not its citizen: without that citizen's name and numbers."""
    name = master.citizen_name.strip()
    called = [f"{name[:1]}{title}" for title in TITLES] if name else []
    hidden = Redaction({name, master.contact, *called}).text(master.reply)
    return hidden.replace(GONE, "反映人")


async def enqueue(
    connection: Connection, order_id: int, number: str, before: Order, after: Order, now: datetime
) -> None:
    """Note after a step who is to be taken along: the order itself, those linked to it, or none."""
    if after.master and after.master != before.master:
        row = _row("follow", after.master, ACTOR, {}, now) | {"order_id": order_id}
        await connection.execute(insert(cluster_task).values(row))
    if _standing(before) != _standing(after) or before.master != after.master:
        await for_linked(connection, number, "follow", ACTOR, {}, now)


async def for_linked(
    connection: Connection,
    number: str,
    kind: str,
    actor: str,
    said: Mapping[str, Any],
    now: datetime,
) -> int:
    """A task for each open order that is linked to this one; how many there are."""
    where = (orders.c.master == number, orders.c.master != "", orders.c.state.in_(OPEN))
    row = _row(kind, number, actor, said, now)
    columns = [literal(value, cluster_task.c[name].type).label(name) for name, value in row.items()]
    query = select(orders.c.id, *columns).where(*where).order_by(orders.c.id)
    done = await connection.execute(insert(cluster_task).from_select(["order_id", *row], query))
    return int(done.rowcount)


async def add(
    connection: Connection,
    order_id: int,
    kind: str,
    now: datetime,
    *,
    master: str = "",
    actor: str = ACTOR,
    said: Mapping[str, Any] | None = None,
) -> None:
    """A task for one order."""
    row = _row(kind, master, actor, said or {}, now) | {"order_id": order_id}
    await connection.execute(insert(cluster_task).values(row))


def _row(
    kind: str, master: str, actor: str, said: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    return {"kind": kind, "master": master, "actor": actor, "data": dict(said), "due_at": now}


async def claim(connection: Connection, now: datetime, *kinds: str) -> Task | None:
    """Take the next task out of the queue, for as long as this transaction holds."""
    due = (
        select(cluster_task.c.id)
        .where(cluster_task.c.due_at <= now, cluster_task.c.kind.in_(kinds))
        .order_by(cluster_task.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    columns = [cluster_task.c[name] for name in Task.__dataclass_fields__]
    taken = delete(cluster_task).where(cluster_task.c.id == due).returning(*columns)
    row = (await connection.execute(taken)).first()
    return Task(**row._mapping) if row else None


async def postpone(connection: Connection, task: Task, now: datetime) -> None:
    """Try a task that failed again later."""
    wait = timedelta(seconds=min(2 ** (task.attempts + 1), LONGEST_WAIT))
    await connection.execute(
        update(cluster_task)
        .where(cluster_task.c.id == task.id)
        .values(attempts=cluster_task.c.attempts + 1, due_at=now + wait)
    )


async def drop(connection: Connection, task: Task) -> None:
    """Take a task out of the queue for good."""
    await connection.execute(delete(cluster_task).where(cluster_task.c.id == task.id))


async def left(connection: Connection, number: str) -> int:
    """How many orders of a master's cluster are still to be taken along."""
    query = select(func.count(cluster_task.c.order_id.distinct())).where(
        cluster_task.c.master == number, cluster_task.c.master != ""
    )
    return int(await connection.scalar(query) or 0)
