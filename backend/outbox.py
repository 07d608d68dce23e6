"""What is to be sent: rows committed with the work that caused them, delivered by the worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.message import Body, Notice, Reply
from backend.tables import citizen, outbox

LEASE = timedelta(seconds=15)
"""A worker that died with a row gives it up after this long; one that lives renews its lease.

Told by the database's own time, the one clock that all replicas have and that nobody turns.
"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed row: what to send to whom. `dedup` stays the same through all its retries."""

    id: int
    citizen_id: int
    channel: str
    openid: str
    rungs: tuple[Body, ...]
    rung: int
    reserved: bool
    attempts: int
    order_id: int | None

    @property
    def body(self) -> Body:
        """What to say on the present rung."""
        return self.rungs[self.rung]

    @property
    def dedup(self) -> str:
        """The same for every attempt, different for every row."""
        return f"hy{self.id}"


_INSERT = insert(outbox).returning(outbox.c.id)


async def enqueue(
    connection: Connection,
    citizen_id: int,
    rungs: Sequence[Body],
    now: datetime,
    *,
    author: str = "bot",
    message_id: int | None = None,
    order_id: int | None = None,
    reserved: bool = False,
    passive: bool = False,
) -> int:
    """Put a message to a citizen into the outbox, in the caller's transaction.

    `rungs` are the ways to say it, best first; the worker takes the next when one is closed.
    `passive` rows are given as the answer to the request that caused them and cost no quota.
    Returns the row's id.
    """
    values = {
        "citizen_id": citizen_id,
        "message_id": message_id,
        "order_id": order_id,
        "author": author,
        "rungs": [pack(body) for body in rungs],
        "state": "passive" if passive else "pending",
        "reserved": reserved,
        "due_at": now,
        "created_at": now,
        "sent_at": now if passive else None,
    }
    row_id: int | None = await connection.scalar(_INSERT, values)
    assert row_id is not None
    return row_id


def pack(body: Body) -> dict[str, Any]:
    """A body as JSON that says which of the two it is."""
    kind = "notice" if isinstance(body, Notice) else "reply"
    return {"kind": kind, **msgspec.to_builtins(body)}


def unpack(data: dict[str, Any]) -> Body:
    """The body that `pack` made."""
    target: type[Body] = Notice if data["kind"] == "notice" else Reply
    return msgspec.convert({k: v for k, v in data.items() if k != "kind"}, target)


_PASSIVE = select(outbox.c.rungs).where(
    outbox.c.message_id == bindparam("message_id"), outbox.c.state == "passive"
)


async def passive_reply(connection: Connection, message_id: int) -> Reply | None:
    """What was given as the direct answer to a message, to be given again on a retry."""
    row = (await connection.execute(_PASSIVE, {"message_id": message_id})).first()
    body = unpack(row.rungs[0]) if row else None
    return body if isinstance(body, Reply) else None


async def claim(connection: Connection, now: datetime, limit: int = 20) -> list[Parcel]:
    """Lease rows that are due, at most one a citizen so that each reads them in order."""
    earlier = outbox.alias()
    free = or_(outbox.c.leased_until.is_(None), outbox.c.leased_until < func.now())
    first = ~exists().where(
        earlier.c.citizen_id == outbox.c.citizen_id,
        earlier.c.state == "pending",
        earlier.c.id < outbox.c.id,
    )
    due = (
        select(outbox.c.id)
        .where(outbox.c.state == "pending", outbox.c.due_at <= now, free, first)
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    rows = await connection.execute(
        update(outbox)
        .where(outbox.c.id == due.c.id, citizen.c.id == outbox.c.citizen_id)
        .values(leased_until=func.now() + LEASE, attempts=outbox.c.attempts + 1)
        .returning(
            outbox.c.id,
            outbox.c.citizen_id,
            citizen.c.channel,
            citizen.c.openid,
            outbox.c.rungs,
            outbox.c.rung,
            outbox.c.reserved,
            outbox.c.attempts,
            outbox.c.order_id,
        )
    )
    return [
        Parcel(
            **{
                **row._asdict(),
                "openid": row.openid or "",
                "rungs": tuple(unpack(data) for data in row.rungs),
            }
        )
        for row in rows
    ]


async def renew(connection: Connection, row_id: int) -> None:
    """Keep a claimed row for another lease."""
    await connection.execute(
        update(outbox).where(outbox.c.id == row_id).values(leased_until=func.now() + LEASE)
    )


async def settle(
    connection: Connection, row_id: int, state: str, now: datetime, error: str = ""
) -> None:
    """End a row: `sent`, `failed`, `unreachable` or `dropped`, with the reason to show."""
    await connection.execute(
        update(outbox)
        .where(outbox.c.id == row_id)
        .values(
            state=state,
            leased_until=None,
            error=error,
            sent_at=now if state == "sent" else None,
        )
    )


async def postpone(
    connection: Connection, row_id: int, until: datetime, error: str, *, rung: int | None = None
) -> None:
    """Give a row back to be tried at `until`, on another rung if one is named."""
    values: dict[str, Any] = {"due_at": until, "leased_until": None, "error": error}
    if rung is not None:
        values["rung"] = rung
    await connection.execute(update(outbox).where(outbox.c.id == row_id).values(**values))
