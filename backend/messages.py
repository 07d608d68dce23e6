"""Every message that came in, under its key, with the one outcome it ended in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.message import Inbound, Outcome
from backend.tables import citizen, knowledge, message, orders

_INSERT = (
    insert(message)
    .values(
        key=bindparam("key"),
        citizen_id=bindparam("citizen_id"),
        kind=bindparam("kind"),
        text=bindparam("text"),
        payload=bindparam("payload"),
        received_at=bindparam("received_at"),
    )
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(message.c.id)
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that was already here: its id, and its outcome unless it is still to be handled."""

    id: int
    outcome: Outcome | None


async def record(connection: Connection, inbound: Inbound, citizen_id: int) -> int | None:
    """Keep a message under its key; None if a message with that key is kept already."""
    row = await connection.execute(
        _INSERT,
        {
            "key": inbound.key,
            "citizen_id": citizen_id,
            "kind": inbound.kind,
            "text": inbound.text,
            "payload": _payload(inbound),
            "received_at": inbound.received_at,
        },
    )
    message_id: int | None = row.scalar_one_or_none()
    return message_id


_BY_KEY = select(message.c.id, message.c.outcome).where(message.c.key == bindparam("key"))


async def find(connection: Connection, key: str) -> Stored | None:
    """The message kept under `key`."""
    row = (await connection.execute(_BY_KEY, {"key": key})).first()
    return Stored(row.id, Outcome(row.outcome) if row.outcome else None) if row else None


_FINISH = (
    update(message)
    .where(message.c.id == bindparam("key_id"))
    .values(
        outcome=bindparam("new_outcome"),
        knowledge_id=bindparam("new_knowledge_id"),
        order_id=bindparam("new_order_id"),
        confidence=bindparam("new_confidence"),
        seconds=bindparam("new_seconds"),
    )
)


async def finish(
    connection: Connection,
    message_id: int,
    outcome: Outcome,
    *,
    knowledge_id: int | None = None,
    order_id: int | None = None,
    confidence: float | None = None,
    seconds: float = 0.0,
) -> None:
    """Write the one outcome of a message; `seconds` is how long the citizen waited for it."""
    await connection.execute(
        _FINISH,
        {
            "key_id": message_id,
            "new_outcome": outcome,
            "new_knowledge_id": knowledge_id,
            "new_order_id": order_id,
            "new_confidence": confidence,
            "new_seconds": seconds,
        },
    )


async def oldest_unhandled(connection: Connection) -> tuple[int, Inbound] | None:
    """The id and content of the oldest message that was accepted and waits to be handled."""
    query = select(message, citizen.c.channel, citizen.c.openid).join_from(message, citizen)
    waiting = query.where(message.c.outcome.is_(None), citizen.c.openid.is_not(None))
    row = (await connection.execute(waiting.order_by(message.c.id).limit(1))).first()
    return (row.id, _restore(row)) if row else None


async def is_unhandled(connection: Connection, message_id: int) -> bool:
    """True if the message still has no outcome (nobody else has handled it meanwhile)."""
    query = select(message.c.outcome).where(message.c.id == message_id)
    return (await connection.execute(query)).scalar_one() is None


def _payload(inbound: Inbound) -> dict[str, Any]:
    rest = msgspec.to_builtins(inbound)
    kept = ("tap", "event", "attachment", "location", "data", "window")
    return {name: rest[name] for name in kept if rest[name]}


def _restore(row: Any) -> Inbound:
    return msgspec.convert(
        {
            "key": row.key,
            "channel": row.channel,
            "openid": row.openid or "",
            "kind": row.kind,
            "text": row.text,
            "received_at": row.received_at,
            **row.payload,
        },
        Inbound,
    )


async def outcomes(
    connection: Connection, *, since: datetime | None = None, limit: int | None = None
) -> Sequence[Mapping[Any, Any]]:
    """One row an inbound message, oldest first: the fields of DESIGN.md section 12."""
    query = (
        select(
            message.c.key.label("message_key"),
            citizen.c.openid,
            message.c.text,
            message.c.received_at,
            message.c.outcome,
            message.c.knowledge_id,
            knowledge.c.title.label("knowledge_title"),
            orders.c.number.label("order_no"),
            message.c.confidence,
            message.c.seconds,
        )
        .join_from(message, citizen, citizen.c.id == message.c.citizen_id)
        .outerjoin(knowledge, knowledge.c.id == message.c.knowledge_id)
        .outerjoin(orders, orders.c.id == message.c.order_id)
        .order_by(message.c.id)
    )
    if since is not None:
        query = query.where(message.c.received_at >= since)
    if limit is not None:
        query = query.limit(limit)
    return [row._mapping for row in await connection.execute(query)]
