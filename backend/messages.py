"""Every message that came in, under its key, with the one outcome it ended in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from backend.database import Connection
from backend.message import Inbound, Outcome
from backend.tables import citizen, knowledge, message, orders


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that was already here: its id, and its outcome unless it is still to be handled."""

    id: int
    outcome: Outcome | None


def columns(inbound: Inbound) -> dict[str, Any]:
    """What the table keeps of a message."""
    return {
        "key": inbound.key,
        "kind": inbound.kind,
        "text": inbound.text,
        "payload": _payload(inbound),
        "received_at": inbound.received_at,
    }


_BY_KEY = select(message.c.id, message.c.outcome).where(message.c.key == bindparam("key"))


async def find(connection: Connection, key: str) -> Stored | None:
    """The message kept under `key`."""
    row = (await connection.execute(_BY_KEY, {"key": key})).first()
    return Stored(row.id, Outcome(row.outcome) if row.outcome else None) if row else None


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
    """One row an inbound message, oldest first: the fields of docs/design.md section 12."""
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
