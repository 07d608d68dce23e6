"""The transcript of a chat: what the citizen said and what they were told, in order."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from backend.database import Connection
from backend.message import Body, Notice, Reply
from backend.outbox import unpack
from backend.tables import attachment, knowledge, message, orders, outbox, staff


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, voice or video in the chat; `state` is pending, stored or failed."""

    id: int
    kind: str
    state: str


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a chat.

    `author` is '' for the citizen, else bot, system, survey or the login of an agent, who is
    called `author_name`. Incoming lines have an `outcome`; outgoing ones the `state` of their
    delivery (pending, passive, sent, failed, unreachable, dropped) and its `error`.
    """

    id: int
    incoming: bool
    at: datetime
    author: str = ""
    author_name: str = ""
    kind: str = "text"
    text: str = ""
    choices: tuple[str, ...] = ()
    event: str = ""
    outcome: str | None = None
    state: str = ""
    error: str = ""
    attempts: int = 0
    order_number: str = ""
    pictures: tuple[Picture, ...] = ()

    @property
    def key(self) -> str:
        """Tells this line from all others of the page."""
        return f"{'in' if self.incoming else 'out'}{self.id}"


async def history(connection: Connection, citizen_id: int, limit: int = 50) -> list[Line]:
    """The newest `limit` lines, oldest first."""
    said = await connection.execute(_said(citizen_id, limit))
    told = await connection.execute(_told(citizen_id, limit))
    incoming, outgoing = map(_incoming, said), map(_outgoing, told)
    # Within one moment the answer comes after the question, so newest first it comes before it.
    merged = heapq.merge(
        outgoing, incoming, key=lambda line: (line.at, not line.incoming), reverse=True
    )
    lines = [line for line, _ in zip(merged, range(limit), strict=False)]
    return await _with_pictures(connection, lines[::-1])


def _said(citizen_id: int, limit: int) -> Select[Any]:
    return (
        select(message, orders.c.number)
        .outerjoin_from(message, orders, orders.c.id == message.c.order_id)
        .where(message.c.citizen_id == citizen_id)
        .order_by(message.c.id.desc())
        .limit(limit)
    )


def _told(citizen_id: int, limit: int) -> Select[Any]:
    return _outgoing_rows().where(outbox.c.citizen_id == citizen_id).limit(limit)


def _outgoing_rows() -> Select[Any]:
    return (
        select(outbox, orders.c.number, func.coalesce(staff.c.name, "").label("author_name"))
        .outerjoin_from(outbox, orders, orders.c.id == outbox.c.order_id)
        .outerjoin(staff, staff.c.login == outbox.c.author)
        .order_by(outbox.c.id.desc())
    )


async def of_order(connection: Connection, order_id: int, limit: int = 100) -> list[Line]:
    """What the citizen was told about an order, newest first, with its delivery."""
    rows = await connection.execute(
        _outgoing_rows().where(outbox.c.order_id == order_id).limit(limit)
    )
    return [_outgoing(row) for row in rows]


def _incoming(row: Any) -> Line:
    payload: Mapping[str, Any] = row.payload
    place = payload.get("location") or {}
    return Line(
        id=row.id,
        incoming=True,
        at=row.received_at,
        kind=row.kind,
        text=row.text or place.get("label", "") or payload.get("tap", ""),
        event=payload.get("event", ""),
        outcome=row.outcome,
        order_number=row.number or "",
    )


def _outgoing(row: Any) -> Line:
    # Nothing is left of what was said to a citizen who has gone (citizens.erase).
    body = unpack(row.rungs[min(row.rung, len(row.rungs) - 1)]) if row.rungs else None
    return Line(
        id=row.id,
        incoming=False,
        at=row.created_at,
        author=row.author,
        author_name=row.author_name,
        kind="notice" if isinstance(body, Notice) else "text",
        text=_words(body),
        choices=_labels(body),
        state=row.state,
        error=row.error,
        attempts=row.attempts,
        order_number=row.number or "",
    )


def _words(body: Body | None) -> str:
    if body is None:
        return ""
    if isinstance(body, Notice):
        return "\n".join(value for value in body.fields.values() if value)
    return body.text if not body.tail else f"{body.text}\n{body.tail}"


def _labels(body: Body | None) -> tuple[str, ...]:
    return tuple(choice.label for choice in body.choices) if isinstance(body, Reply) else ()


async def _with_pictures(connection: Connection, lines: Sequence[Line]) -> list[Line]:
    found = await _pictures(connection, [line.id for line in lines if line.incoming])
    return [
        replace(line, pictures=tuple(found.get(line.id, ()))) if line.incoming else line
        for line in lines
    ]


async def _pictures(
    connection: Connection, message_ids: Iterable[int]
) -> Mapping[int, list[Picture]]:
    found: defaultdict[int, list[Picture]] = defaultdict(list)
    rows = await connection.execute(
        select(attachment).where(attachment.c.message_id.in_(list(message_ids)))
    )
    for row in rows:
        found[row.message_id].append(Picture(row.id, row.kind, row.state))
    return found


@dataclass(frozen=True, slots=True)
class Understood:
    """What became of the citizen's last words to the bot."""

    text: str
    outcome: str
    knowledge_title: str
    confidence: float | None


async def last_understood(connection: Connection, citizen_id: int) -> Understood | None:
    """How the bot took the last words it answered itself; None if there are none."""
    row = (
        await connection.execute(
            select(message.c.text, message.c.outcome, message.c.confidence, knowledge.c.title)
            .outerjoin_from(message, knowledge, knowledge.c.id == message.c.knowledge_id)
            .where(
                message.c.citizen_id == citizen_id,
                message.c.kind != "event",
                message.c.outcome.is_not(None),
                message.c.outcome != "agent",
            )
            .order_by(message.c.id.desc())
            .limit(1)
        )
    ).first()
    return Understood(row.text, row.outcome, row.title or "", row.confidence) if row else None
